/*
 * main - the session process: `mnist-session --link FD --shared FD --token HEX`.
 *
 * The front starts it (session_process.c). It reads cells from the session link, runs them
 * (mnist/session.h), sends their outputs and replies, and keeps a standby of itself up to date.
 * One thread does all of this. An interrupt arrives through the shared page (session_link.h),
 * which commands poll; SIGINT only ends blocking calls.
 *
 *     SESSION_LINK_EXECUTE ─> session_run ─> outputs ─> SESSION_LINK_DONE
 *                                               └─ if the cell has changed the session: names for
 *                                                  completion and a new standby, before DONE
 *
 * Invariant: the process that received EXECUTE sends its DONE. A standby that was forked in
 * run_cell and is promoted later returns to serve without a reply; the front has already answered
 * the cell.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kernel/session/session_output.h"
#include "kernel/session/session_standby.h"
#include "kernel/session_link.h"
#include "mnist/base/utf8_json.h"
#include "mnist/language/cell.h"
#include "mnist/language/live_names.h"
#include "mnist/session.h"

struct session_worker {
    int link;
    struct session_link_reader reader;
    struct session_link_shared *shared;
    struct session_output output;
    struct session *session;
    struct session_standby standby;
    bool uncopied; /* the session has changed since the newest standby was forked */
    uint64_t cell; /* id of the running cell; 0 = no cell has run */
};

static bool worker_stop(void *context)
{
    struct session_worker *worker = context;
    uint64_t cell = atomic_load_explicit(&worker->shared->interrupted_cell, memory_order_relaxed);
    return worker->cell != 0 && cell == worker->cell;
}

static void on_interrupt(int signal_number)
{
    (void)signal_number; /* only to end a blocking call with EINTR */
}

static void set_signals(void)
{
    struct sigaction interrupt = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &interrupt, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* write(2) then fails with EFBIG beyond `ulimit -f` */
}

static void forget_parent(void *context)
{
    struct session_worker *worker = context;
    session_after_fork(worker->session);
}

static bool send_ready(struct session_worker *worker)
{
    struct session_report report;
    json_t *ready = json_pack("{s:i}", "pid", (int)getpid());
    if (worker->session != NULL && session_last_words(worker->session, -1, &report)) {
        json_t *error = json_object();
        session_output_describe(&report, error);
        json_object_set_new(ready, "error", error);
        session_report_release(&report);
    }
    return session_output_send(&worker->output, SESSION_LINK_READY, ready);
}

static void send_names(struct session_worker *worker)
{
    const struct live_names *names = session_names(worker->session);
    json_t *list = json_array();
    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:o}", "kind", name_kind_word(names->items[i].kind), "name",
                            utf8_json(names->items[i].name), "note",
                            utf8_json(names->items[i].note != NULL ? names->items[i].note : "")));
    session_output_send(&worker->output, SESSION_LINK_NAMES, list);
}

/* Sends the declarations of earlier C cells (empty if no C cell has run) and the folder of
   mnist.h. */
static void send_c_scope(struct session_worker *worker)
{
    char *include = NULL, *scope = session_c_scope(worker->session, &include);
    if (scope != NULL && include != NULL)
        session_output_send(
            &worker->output, SESSION_LINK_C_SCOPE,
            json_pack("{s:s, s:[o]}", "scope", scope, "flags", json_sprintf("-I%s", include)));
    free(scope);
    free(include);
}

/* This standby was promoted: uses its own socket as the link. The parent-death signal is not
   inherited by a fork, so it is set again; the front, a subreaper, is the parent now. */
static void become_session(struct session_worker *worker)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    session_link_reader_release(&worker->reader);
    session_link_reader_init(&worker->reader, worker->link);
    worker->output.link = worker->link;
    worker->output.reader = &worker->reader;
}

/* Forks a standby. Returns true in this process. Returns false in the standby when it is
   promoted; it has then forked its own standby and sent READY, and must not answer the cell. */
static bool keep_copy(struct session_worker *worker, bool before)
{
    bool original = true;
    enum session_standby_role role = SESSION_STANDBY_FAILED;
    while (session_can_be_copied(worker->session) &&
           (role = session_standby_take(&worker->standby, &worker->link, before, forget_parent,
                                        worker)) == SESSION_STANDBY_COPY) {
        become_session(worker);
        original = false;
    }
    worker->uncopied = role == SESSION_STANDBY_FAILED;
    if (!original)
        send_ready(worker);
    return original;
}

/* Ends this process; the front starts a new one, which resumes the cell at the statement. Returns
   only if the front cannot be reached. */
static void begin_fresh_session(void *context, int statement)
{
    struct session_worker *worker = context;
    if (session_output_send(&worker->output, SESSION_LINK_RESET,
                            json_pack("{s:i}", "from", statement)))
        _exit(0);
}

static json_t *evaluate(struct session_worker *worker, const json_t *given)
{
    struct error error;
    const char *expression = json_string_value(given);
    char *plain = NULL;
    if (expression == NULL || strlen(expression) != json_string_length(given))
        error_set(&error, ERROR_USAGE, "an expression must be a string without NUL");
    else
        plain = session_evaluate(worker->session, expression, &error);
    if (plain == NULL)
        return json_pack("{s:s, s:s, s:o, s:[o]}", "status", "error", "ename",
                         error_name(error.kind), "evalue", utf8_json(error.text), "traceback",
                         utf8_json(error.text));
    json_t *value = json_pack("{s:s, s:{s:o}, s:{}}", "status", "ok", "data", "text/plain",
                              utf8_json(plain), "metadata");
    free(plain);
    return value;
}

static json_t *evaluate_all(struct session_worker *worker, json_t *expressions)
{
    json_t *values = json_object(), *expression;
    const char *key;
    json_object_foreach(expressions, key, expression)
        json_object_set_new(values, key, evaluate(worker, expression));
    return values;
}

static json_t *reply_content(struct session_worker *worker, const struct session_report *report,
                             json_t *expressions)
{
    json_t *content = json_object();
    bool ok = report->status == SESSION_OK;
    json_object_set_new(content, "status", json_string(ok ? "ok" : "error"));
    if (ok)
        json_object_set_new(content, "user_expressions", evaluate_all(worker, expressions));
    else
        session_output_describe(report, content);
    if (ok && report->exits)
        json_array_append_new(worker->output.payload,
                              json_pack("{s:s, s:b}", "source", "ask_exit", "keepkernel", 0));
    json_object_set(content, "payload", worker->output.payload);
    return content;
}

/* Sends a reply with an error in place of the cell's own reply. */
static void send_failure(struct session_worker *worker, const char *text)
{
    session_output_send(&worker->output, SESSION_LINK_DONE,
                        json_pack("{s:s, s:s, s:s, s:[s]}", "status", "error", "ename",
                                  error_name(ERROR_SYSTEM), "evalue", text, "traceback", text));
}

static void run_cell(struct session_worker *worker, json_t *request, const char *code)
{
    struct session_report report;
    worker->cell = (uint64_t)json_integer_value(json_object_get(request, "cell"));
    session_output_begin(&worker->output, worker->cell,
                         (int)json_integer_value(json_object_get(request, "execution_count")),
                         json_is_true(json_object_get(request, "silent")),
                         json_is_true(json_object_get(request, "allow_stdin")));
    if ((worker->standby.newest == 0 || worker->uncopied) &&
        session_needs_copy(worker->session, code) && !keep_copy(worker, true))
        return;
    session_skip(worker->session, (int)json_integer_value(json_object_get(request, "from")));
    session_run(worker->session, worker->output.execution_count, code, &worker->output.output,
                &report);
    if (report.status != SESSION_OK)
        session_output_error(&worker->output, &report);
    json_t *reply = reply_content(worker, &report, json_object_get(request, "user_expressions"));
    bool original = true;
    if (report.changed) {
        send_names(worker);
        send_c_scope(worker);
        original = keep_copy(worker, false);
    }
    session_report_release(&report);
    if (!original)
        json_decref(reply);
    else if (!session_output_send(&worker->output, SESSION_LINK_DONE, reply))
        send_failure(worker, "the cell has run, but its reply is too large to be sent");
}

/* Runs the cell in the payload of SESSION_LINK_EXECUTE: a JSON object, NUL, the cell's text,
   which is used in place. */
static void execute(struct session_worker *worker, const struct session_link_frame *frame)
{
    const char *flags = (const char *)frame->payload;
    size_t flags_size = strnlen(flags, frame->size);
    json_t *request =
        flags_size < frame->size ? json_loadb(flags, flags_size, JSON_ALLOW_NUL, NULL) : NULL;
    if (request != NULL)
        run_cell(worker, request, flags + flags_size + 1);
    else
        send_failure(worker, "the cell could not be read and was not run");
    json_decref(request);
}

/* Runs cells until the front closes the link or sends SESSION_LINK_QUIT. */
static void serve(struct session_worker *worker)
{
    for (;;) {
        struct session_link_frame frame;
        enum session_link_status status = session_link_read(&worker->reader, &frame);
        if (status == SESSION_LINK_AGAIN)
            continue;
        if (status != SESSION_LINK_OK)
            return;
        enum session_link_kind kind = frame.kind;
        if (kind == SESSION_LINK_EXECUTE)
            execute(worker, &frame);
        session_link_frame_release(&frame);
        if (kind == SESSION_LINK_QUIT)
            return;
    }
}

static struct session_link_shared *map_shared(int file)
{
    void *page =
        mmap(NULL, sizeof(struct session_link_shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return page == MAP_FAILED ? NULL : page;
}

struct arguments {
    int link, shared;
    const char *token;
};

static bool parse_arguments(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {{"link", required_argument, NULL, 'l'},
                                            {"shared", required_argument, NULL, 's'},
                                            {"token", required_argument, NULL, 't'},
                                            {0}};
    *arguments = (struct arguments){-1, -1, NULL};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'l': arguments->link = (int)strtol(optarg, NULL, 10); break;
        case 's': arguments->shared = (int)strtol(optarg, NULL, 10); break;
        case 't': arguments->token = optarg; break;
        default: return false;
        }
    }
    return arguments->link > 2 && arguments->shared > 2 && arguments->token != NULL &&
           strlen(arguments->token) == SESSION_LINK_TOKEN_SIZE;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    if (!parse_arguments(&arguments, argc, argv)) {
        fprintf(stderr,
                "mnist-session is started by mnist-kernel only; run `mnist` for a prompt.\n");
        return 2;
    }
    struct session_worker worker = {.link = arguments.link};
    fcntl(worker.link, F_SETFD, FD_CLOEXEC);
    set_signals();
    struct error error;
    worker.shared = map_shared(arguments.shared);
    const struct session_config config = {
        .colours = true,
        .executable = argv[0],
        .stop = worker_stop,
        .stop_context = &worker,
        .fresh = begin_fresh_session,
        .fresh_context = &worker,
        .crash = worker.shared != NULL ? &worker.shared->crash : NULL,
    };
    session_link_reader_init(&worker.reader, worker.link);
    if (worker.shared == NULL ||
        !session_output_init(&worker.output, worker.link, &worker.reader, arguments.token)) {
        fprintf(stderr, "mnist-session: no shared page: %s\n", strerror(errno));
        return 1;
    }
    worker.output.stop = worker_stop;
    worker.output.stop_context = &worker;
    worker.session = session_new(&config, &error);
    if (worker.session == NULL) {
        fprintf(stderr, "mnist-session: %s\n", error.text);
        return 1;
    }
    if (send_ready(&worker)) {
        send_names(&worker);
        send_c_scope(&worker);
        serve(&worker);
    }
    session_free(&worker.session);
    session_output_release(&worker.output);
    session_link_reader_release(&worker.reader);
    return 0;
}
