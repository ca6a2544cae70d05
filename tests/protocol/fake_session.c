/*
 * fake_session - a session process for the tests of the front process. It implements the session
 * link (kernel/session_link.h) and misbehaves on command: it ignores interrupts, dies, prints
 * broken text.
 *
 * conftest.py builds it; mnist-kernel starts it through $MNIST_SESSION. A cell consists of these
 * lines:
 *
 *     print "text" · warn "text"        a SESSION_LINK_STREAM frame
 *     write 1 TEXT · write 2 TEXT       bytes written directly into a pipe; \xHH and \n are decoded
 *     show TEXT                         a display_data
 *     flood N · prints N                N display_data, N lines into stdout
 *     name = WORD · $name               sets the only variable and forks a standby; prints it
 *     A * B                             a result
 *     ask name "prompt"                 a question; its answer is printed
 *     train                             runs until interrupted
 *     stubborn                          ignores interrupts
 *     fail · fail quietly               fails; fails without an error output
 *     error TEXT                        sends an error output; the cell continues
 *     kill N                            this process gets signal N
 *     damage                            later cells of this process and its standbys die of SIGSEGV
 *     exit N                            ends with this status
 *     die later                         ends with SIGKILL 50 ms after the cell
 *     stray                             leaves a process with its own sid that ignores SIGTERM
 *     lonely                            kills the standby
 *     page                              a text for the pager
 */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/session_link.h"

struct fake {
    int link;
    struct session_link_reader reader;
    struct session_link_shared *shared;
    const char *token;
    uint64_t mark, cell;
    int count;
    bool allow_stdin, changed, die_later, quiet, damaged;
    char name[64], value[64]; /* the variable */
    pid_t copy, older;
    json_t *payload;
};

static void on_interrupt(int number)
{
    (void)number;
}

static bool stopped(const struct fake *fake)
{
    return atomic_load(&fake->shared->interrupted_cell) == fake->cell;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(file, bytes, size);
        if (done < 0 && errno != EINTR)
            return;
        bytes += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
}

static void send_frame(struct fake *fake, enum session_link_kind kind, const void *payload,
                       size_t size)
{
    char mark[SESSION_LINK_MARK_SIZE];
    session_link_mark(mark, fake->token, ++fake->mark);
    write_all(1, mark, sizeof mark);
    write_all(2, mark, sizeof mark);
    if (!session_link_send(fake->link, kind, fake->mark, payload, size, -1))
        _exit(0);
}

/* object is consumed. */
static void send_object(struct fake *fake, enum session_link_kind kind, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    send_frame(fake, kind, text, strlen(text));
    free(text);
    json_decref(object);
}

static void send_output(struct fake *fake, const char *type, json_t *content)
{
    char *text = json_dumps(content, JSON_COMPACT),
         *payload = malloc(strlen(type) + strlen(text) + 2);
    size_t size = strlen(type) + 1 + strlen(text);
    memcpy(payload, type, strlen(type) + 1);
    memcpy(payload + strlen(type) + 1, text, strlen(text));
    send_frame(fake, SESSION_LINK_OUTPUT, payload, size);
    free(payload);
    free(text);
    json_decref(content);
}

static void send_text(struct fake *fake, char stream, const char *text, size_t size)
{
    char payload[4096] = {stream};
    size = size < sizeof payload - 2 ? size : sizeof payload - 2;
    memcpy(payload + 1, text, size);
    payload[1 + size] = '\n';
    send_frame(fake, SESSION_LINK_STREAM, payload, size + 2);
}

static void display(struct fake *fake, const char *text)
{
    send_output(
        fake, "display_data",
        json_pack("{s:{s:s}, s:{}, s:{}}", "data", "text/plain", text, "metadata", "transient"));
}

static void result(struct fake *fake, const char *text)
{
    send_output(fake, "execute_result",
                json_pack("{s:i, s:{s:s}, s:{}}", "execution_count", fake->count, "data",
                          "text/plain", text, "metadata"));
}

/* Writes TEXT of `write N TEXT`, with \xHH and \n. */
static void write_escaped(int file, const char *text)
{
    char bytes[4096];
    size_t used = 0;
    for (; *text != '\0' && used < sizeof bytes; text++) {
        if (text[0] == '\\' && text[1] == 'n') {
            bytes[used++] = '\n';
            text++;
        } else if (text[0] == '\\' && text[1] == 'x' && isxdigit((unsigned char)text[2])) {
            const char digits[] = {text[2], text[3], '\0'};
            bytes[used++] = (char)strtoul(digits, NULL, 16);
            text += 3;
        } else {
            bytes[used++] = *text;
        }
    }
    write_all(file, bytes, used);
}

/* ---- the copy ---- */

static void take_copy(struct fake *fake)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    pid_t copy = fork();
    if (copy == 0) {
        struct session_link_frame frame;
        enum session_link_status status;
        close(fake->link);
        close(ends[0]);
        session_link_reader_release(&fake->reader);
        session_link_reader_init(&fake->reader, ends[1]);
        while ((status = session_link_read(&fake->reader, &frame)) == SESSION_LINK_AGAIN)
            continue;
        if (status != SESSION_LINK_OK || frame.kind != SESSION_LINK_TAKE_OVER)
            _exit(0);
        session_link_frame_release(&frame);
        fake->link = ends[1];
        fake->copy = fake->older = 0;
        send_object(fake, SESSION_LINK_READY, json_pack("{s:i}", "pid", (int)getpid()));
        return;
    }
    char text[64];
    snprintf(text, sizeof text, "{\"pid\":%d}", (int)copy);
    session_link_send(fake->link, SESSION_LINK_COPY, 0, text, strlen(text), ends[0]);
    close(ends[0]);
    close(ends[1]);
    if (fake->older > 0) {
        kill(fake->older, SIGKILL);
        waitpid(fake->older, NULL, 0);
    }
    fake->older = fake->copy;
    fake->copy = copy;
}

/* ---- lines ---- */

static void leave_stray(void)
{
    if (fork() != 0)
        return;
    setsid();
    signal(SIGTERM, SIG_IGN);
    for (int file = 0; file < 64; file++)
        close(file);
    for (;;)
        pause();
}

/* The text between the first and the last quote; all of it without quotes. */
static char *unquote(char *text)
{
    char *first = strchr(text, '"'), *last = strrchr(text, '"');
    if (first == NULL || last == first)
        return text;
    *last = '\0';
    return first + 1;
}

/* False: interrupted, or there is no answer. */
static bool ask(struct fake *fake, char *line)
{
    struct session_link_frame frame;
    if (!fake->allow_stdin)
        return false;
    send_object(fake, SESSION_LINK_INPUT_REQUEST,
                json_pack("{s:s, s:b}", "prompt", unquote(line), "password", 0));
    for (;;) {
        struct pollfd wait = {.fd = fake->link, .events = POLLIN};
        if (stopped(fake))
            return false;
        if (poll(&wait, 1, 100) <= 0)
            continue;
        enum session_link_status status = session_link_read(&fake->reader, &frame);
        if (status == SESSION_LINK_OK)
            break;
        if (status != SESSION_LINK_AGAIN)
            _exit(0);
    }
    json_t *object = json_loadb((char *)frame.payload, frame.size, 0, NULL);
    const char *value = json_string_value(json_object_get(object, "value"));
    if (value != NULL)
        send_text(fake, 1, value, strlen(value));
    session_link_frame_release(&frame);
    json_decref(object);
    return value != NULL;
}

static bool train(struct fake *fake)
{
    display(fake, "training");
    while (!stopped(fake))
        pause_ms(5);
    return false;
}

static void assign(struct fake *fake, const char *line)
{
    if (sscanf(line, "%63[a-z] = %63s", fake->name, fake->value) == 2)
        fake->changed = true;
}

/* False: the cell ends here with an error. */
static bool run_line(struct fake *fake, char *line)
{
    double a, b;
    int n;
    char text[128];
    if (strncmp(line, "print ", 6) == 0) {
        char *shown = unquote(line);
        send_text(fake, 1, shown, strlen(shown));
    } else if (strncmp(line, "warn ", 5) == 0) {
        char *shown = unquote(line);
        send_text(fake, 2, shown, strlen(shown));
    } else if (sscanf(line, "write %d ", &n) == 1)
        write_escaped(n, line + 8);
    else if (strncmp(line, "show ", 5) == 0)
        display(fake, line + 5);
    else if (sscanf(line, "flood %d", &n) == 1) {
        for (int i = 0; i < n; i++) {
            snprintf(text, sizeof text, "message %d", i);
            display(fake, text);
        }
    } else if (sscanf(line, "prints %d", &n) == 1) {
        for (int i = 0; i < n; i++) {
            int size = snprintf(text, sizeof text, "line %d\n", i);
            write_all(1, text, (size_t)size);
        }
    } else if (line[0] == '$')
        result(fake, fake->value);
    else if (sscanf(line, "%lf * %lf", &a, &b) == 2) {
        snprintf(text, sizeof text, "%g", a * b);
        result(fake, text);
    } else if (strncmp(line, "ask ", 4) == 0)
        return ask(fake, line);
    else if (strncmp(line, "train", 5) == 0)
        return train(fake);
    else if (strcmp(line, "stubborn") == 0) {
        for (;;)
            pause_ms(1000);
    } else if (strncmp(line, "error ", 6) == 0)
        send_output(fake, "error",
                    json_pack("{s:s, s:s, s:[s]}", "ename", "FakeError", "evalue", line + 6,
                              "traceback", line + 6));
    else if (strncmp(line, "fail", 4) == 0) {
        fake->quiet = strcmp(line, "fail quietly") == 0;
        return false;
    } else if (sscanf(line, "kill %d", &n) == 1) {
        kill(getpid(), n);
        pause_ms(1000);
    } else if (sscanf(line, "exit %d", &n) == 1)
        _exit(n);
    else if (strcmp(line, "damage") == 0)
        fake->changed = fake->damaged = true;
    else if (strcmp(line, "die later") == 0)
        fake->die_later = true;
    else if (strcmp(line, "stray") == 0)
        leave_stray();
    else if (strcmp(line, "lonely") == 0)
        kill(fake->copy, SIGKILL);
    else if (strcmp(line, "page") == 0)
        json_array_append_new(fake->payload, json_pack("{s:s, s:{s:s}, s:i}", "source", "page",
                                                       "data", "text/plain", "help", "start", 0));
    else if (strchr(line, '=') != NULL)
        assign(fake, line);
    return true;
}

static void run_cell(struct fake *fake, json_t *request, const char *text)
{
    fake->cell = (uint64_t)json_integer_value(json_object_get(request, "cell"));
    fake->count = (int)json_integer_value(json_object_get(request, "execution_count"));
    fake->allow_stdin = json_is_true(json_object_get(request, "allow_stdin"));
    fake->changed = fake->die_later = fake->quiet = false;
    if (fake->damaged)
        kill(getpid(), SIGSEGV);
    fake->payload = json_array();
    char *code = strdup(text), *rest = code, *line;
    bool good = true;
    while (good && (line = strsep(&rest, "\n")) != NULL)
        good = run_line(fake, line);
    free(code);
    json_t *done = good ? json_pack("{s:s, s:{}}", "status", "ok", "user_expressions")
                        : json_pack("{s:s, s:s, s:s, s:[s]}", "status", "error", "ename",
                                    stopped(fake) ? "KeyboardInterrupt" : "FakeError", "evalue",
                                    "it failed", "traceback", "it failed");
    if (!good && !fake->quiet) {
        json_t *shown = json_copy(done);
        json_object_del(shown, "status");
        send_output(fake, "error", shown);
    }
    json_object_set_new(done, "payload", fake->payload);
    uint64_t cell = fake->cell;
    pid_t self = getpid();
    if (fake->changed)
        take_copy(fake);
    if (getpid() == self && cell == fake->cell)
        send_object(fake, SESSION_LINK_DONE, done);
    else
        json_decref(done);
    if (fake->die_later && getpid() == self) {
        pause_ms(50);
        kill(getpid(), SIGKILL);
    }
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return 2;
    struct fake fake = {.link = (int)strtol(argv[2], NULL, 10), .token = argv[6]};
    const char *fail = getenv("FAKE_SESSION_FAILS");
    if (fail != NULL) {
        fprintf(stderr, "%s\n", fail);
        return 1;
    }
    fake.shared = mmap(NULL, sizeof *fake.shared, PROT_READ | PROT_WRITE, MAP_SHARED,
                       (int)strtol(argv[4], NULL, 10), 0);
    sigaction(SIGINT, &(struct sigaction){.sa_handler = on_interrupt}, NULL);
    session_link_reader_init(&fake.reader, fake.link);
    send_object(&fake, SESSION_LINK_READY, json_pack("{s:i}", "pid", (int)getpid()));
    for (;;) {
        struct session_link_frame frame;
        enum session_link_status status = session_link_read(&fake.reader, &frame);
        if (status == SESSION_LINK_AGAIN)
            continue;
        if (status != SESSION_LINK_OK || frame.kind == SESSION_LINK_QUIT)
            return 0;
        const char *flags = (const char *)frame.payload;
        json_t *request =
            frame.kind == SESSION_LINK_EXECUTE ? json_loadb(flags, strlen(flags), 0, NULL) : NULL;
        if (request != NULL)
            run_cell(&fake, request, flags + strlen(flags) + 1);
        json_decref(request);
        session_link_frame_release(&frame);
    }
}
