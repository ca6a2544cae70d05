/*
 * execute - running cells one after the other.
 */
#include "kernel/front/execute.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front/front_memory.h"
#include "kernel/front/reply.h"
#include "mnist/base/clock.h"
#include "mnist/base/utf8.h"
#include "mnist/language/cell.h"

/* An execute request, and what it asks for. */
struct cell {
    struct message *message;
    struct cell *next;
    bool silent, store, stop_on_error, allow_stdin;
    int count;       /* the execution count it goes by, once it has begun */
    uint64_t number; /* of SESSION_LINK_EXECUTE */
    char started[CLOCK_TEXT_SIZE];
    int64_t ahead_us; /* the clock of who sent it, of ours; 0 = by no more than a message takes */
    char refusal[EXECUTE_REFUSAL_SIZE]; /* why the cell cannot run; "" = it can */
    bool error_sent;                    /* its one `error` output is on iopub */
};

struct execute {
    struct execute_config config;
    struct supervisor *supervisor;
    struct cell *first, *last;    /* those that wait */
    size_t waiting, waiting_size; /* cells, and bytes of their messages */
    struct cell *running;
    bool receiving;                     /* requests are only brought in; none begins */
    int count;                          /* execution count of the latest stored cell */
    uint64_t number;                    /* cells begun so far */
    char question[MESSAGE_ID_SIZE_MAX]; /* id of the input_request that is open; "" = none */
    int64_t aborting_until_ms; /* a late request that was sent before this failure was known is
                                     aborted too, until then; 0 = none failed */
    char failed_at[CLOCK_TEXT_SIZE];    /* when the failed cell's reply left */
    char unseen_until[CLOCK_TEXT_SIZE]; /* when a browser may have seen it   */
    char will[SESSION_LINK_WILL_MAX +
              1]; /* the running cell's SESSION_LINK_WILL; will_size 0 = none */
    size_t will_size;
    char note[EXECUTE_NOTE_SIZE]; /* for the next cell's stderr: a death in between; "" = nothing */
};

struct execute *execute_new(const struct execute_config *config)
{
    struct execute *e = calloc(1, sizeof *e);
    if (e != NULL)
        e->config = *config;
    return e;
}

void execute_set_supervisor(struct execute *e, struct supervisor *supervisor)
{
    e->supervisor = supervisor;
}

static void cell_free(struct cell **cell)
{
    if (*cell != NULL)
        message_free(&(*cell)->message);
    free(*cell);
    *cell = NULL;
}

static struct cell *take_first(struct execute *e)
{
    struct cell *cell = e->first;
    if (cell == NULL)
        return NULL;
    e->first = cell->next;
    e->last = e->first != NULL ? e->last : NULL;
    e->waiting--;
    e->waiting_size -= cell->message->frames.size;
    cell->next = NULL;
    return cell;
}

void execute_free(struct execute **execute)
{
    if (*execute == NULL)
        return;
    struct cell *cell;
    while ((cell = take_first(*execute)) != NULL)
        cell_free(&cell);
    cell_free(&(*execute)->running);
    free(*execute);
    *execute = NULL;
}

/* ---- replies ---- */

static json_t *reply_metadata(const struct cell *cell)
{
    return cell->started[0] != '\0' ? json_pack("{s:s}", "started", cell->started) : json_object();
}

/* Publishes a reply's content as the running cell's `error` output. */
static void send_error_output(struct execute *e, const json_t *content)
{
    json_t *output = json_pack("{s:O*, s:O*, s:O*}", "ename", json_object_get(content, "ename"),
                               "evalue", json_object_get(content, "evalue"), "traceback",
                               json_object_get(content, "traceback"));
    char *text = output != NULL ? json_dumps(output, JSON_COMPACT) : NULL;
    if (text != NULL)
        iopub_output(e->config.iopub, "error", text, strlen(text));
    free(text);
    json_decref(output);
    e->running->error_sent = true;
}

static bool is_failure(const json_t *content)
{
    const char *status = json_string_value(json_object_get(content, "status"));
    return status == NULL || strcmp(status, "ok") != 0;
}

/* Publishes an output as the session sent it: the message type, a NUL, its content. Returns the
   content's size, 0 when the payload is no output: its type is missing or too long. */
static size_t publish(struct execute *e, const char *payload, size_t size)
{
    size_t type_size = strnlen(payload, size) + 1;
    if (type_size < 2 || type_size >= size || type_size > MESSAGE_TYPE_SIZE_MAX)
        return 0;
    iopub_output(e->config.iopub, payload, payload + type_size, size - type_size);
    return size - type_size;
}

/* The running cell is over: its last text, its reply, idle. A failed cell has exactly one `error`
   output: it is sent here if the session has not sent it, after the output that the session left
   for this case. content is consumed. */
static void finish(struct execute *e, json_t *content)
{
    struct cell *cell = e->running;
    iopub_close_cell(e->config.iopub);
    if (is_failure(content) && !cell->error_sent) {
        publish(e, e->will, e->will_size);
        send_error_output(e, content);
    }
    e->will_size = 0;
    e->running = NULL;
    e->question[0] = '\0';
    json_object_set_new(content, "execution_count", json_integer(cell->count));
    reply(e->config.shell, e->config.author, cell->message, "execute_reply", content,
          reply_metadata(cell));
    iopub_end_cell(e->config.iopub, &cell->message);
    cell_free(&cell);
}

/* Answers a cell that is not run at all; consumed. Its prompt stays empty: no number was given to
   it. An aborted cell did not fail itself, so it has no `error` output; any other refused cell has
   one, unless it is silent. */
static void answer_unrun(struct execute *e, struct cell *cell, json_t *content, bool aborted)
{
    iopub_status(e->config.iopub, cell->message, "busy");
    if (!aborted && !cell->silent) {
        json_t *output = json_copy(content);
        json_object_del(output, "status");
        iopub_send(e->config.iopub, cell->message, "error", output);
    }
    json_object_set_new(content, "execution_count", json_null());
    reply(e->config.shell, e->config.author, cell->message, "execute_reply", content,
          reply_metadata(cell));
    iopub_status(e->config.iopub, cell->message, "idle");
    cell_free(&cell);
}

static void abort_cell(struct execute *e, struct cell *cell, const char *text)
{
    answer_unrun(e, cell, reply_error("Aborted", text), true);
}

/* How many cells were sent before anyone can know that the present one failed. Called before its
   reply leaves: a client that has the reply may send a cell at once, and that one is to be run. */
static size_t count_doomed(struct execute *e)
{
    if (!e->receiving) { /* else a failure while requests are brought in */
        e->receiving = true;
        e->config.receive_waiting(e->config.context);
        e->receiving = false;
    }
    return e->waiting;
}

static void abort_queue(struct execute *e, size_t doomed, const char *text)
{
    struct cell *cell;
    for (; doomed > 0 && (cell = take_first(e)) != NULL; doomed--)
        abort_cell(e, cell, text);
}

/* A front end sends the cells of Run All about a millisecond apart, so some arrive after the
   reply of one that failed. Sent in ignorance of it were those whose date is not later than that
   reply's; and, from a front end in a browser, those of the next EXECUTE_BROWSER_MS, since no
   reply gets there through its server sooner. Browsers write milliseconds, jupyter_client
   microseconds: by that they are told apart. Dates are by the clock of who sent the failed cell.
   */
static void expect_late_requests(struct execute *e, int64_t ahead_us)
{
    clock_print_ahead(e->failed_at, ahead_us);
    clock_print_ahead(e->unseen_until, ahead_us + 1000 * EXECUTE_BROWSER_MS);
    e->aborting_until_ms = clock_ms() + EXECUTE_LATE_WAIT_MS;
}

/* Characters of a date in UTC before its zone, "Z" or "+00:00". 0 = of another zone, or no date. */
static size_t utc_size(const char *date)
{
    size_t size = strcspn(date, "Z+");
    return strcmp(date + size, "Z") == 0 || strcmp(date + size, "+00:00") == 0 ? size : 0;
}

static const char *date_of(const struct message *message)
{
    return json_string_value(json_object_get(message->header, "date"));
}

static bool sent_too_early(const struct execute *e, const struct message *message)
{
    const size_t milliseconds = strlen("2024-05-01T12:00:00.123");
    const char *date = date_of(message);
    if (e->aborting_until_ms == 0 || clock_ms() > e->aborting_until_ms || date == NULL)
        return false;
    size_t size = utc_size(date);
    const char *limit = size == milliseconds ? e->unseen_until : e->failed_at;
    return size >= milliseconds && strncmp(date, limit, size) <= 0;
}

static const char after_failure[] = "not run: a cell before it failed";

/* A cell that stops the queue when it fails does so here, before its reply leaves. Returns how many
   waiting cells are to be aborted after the reply. */
static size_t stop_queue(struct execute *e, const struct cell *cell)
{
    if (!cell->stop_on_error || cell->silent)
        return 0;
    size_t doomed = count_doomed(e);
    expect_late_requests(e, cell->ahead_us);
    return doomed;
}

/* Answers a cell that cannot run with an error, and aborts the queue as any failed cell does.
   cell is consumed. */
static void refuse(struct execute *e, struct cell *cell, const char *name, const char *text)
{
    size_t doomed = stop_queue(e, cell);
    answer_unrun(e, cell, reply_error(name, text), false);
    abort_queue(e, doomed, after_failure);
}

/* The queue is full. The cells in it came earlier and are not aborted. */
static void refuse_at_once(struct execute *e, struct cell *cell)
{
    if (cell->stop_on_error && !cell->silent)
        expect_late_requests(e, cell->ahead_us);
    answer_unrun(e, cell, reply_error("UsageError", "too many cells are waiting already"), false);
}

/* ---- beginning ---- */

/* Whether the request holds a cell that can be run; else *reason says what is wrong with it. */
static bool check_code(const struct message *message, char reason[EXECUTE_REFUSAL_SIZE])
{
    const json_t *code = json_object_get(message->content, "code");
    const char *text = json_string_value(code);
    struct error error = {.text = "the cell contains a NUL character; delete it, then run the cell "
                                  "again"};
    if (message->problem[0] != '\0')
        error_set(&error, ERROR_DATA, "%s", message->problem);
    else if (text == NULL)
        error_set(&error, ERROR_DATA, "the request has no code");
    else if (cell_size_check(json_string_length(code), &error) &&
             strlen(text) == json_string_length(code))
        return true;
    utf8_copy(reason, EXECUTE_REFUSAL_SIZE, error.text, strlen(error.text));
    return false;
}

static bool is_blank(const struct message *message)
{
    const char *code = message_text(message, "code", "");
    return code[strspn(code, " \t\r\n\f\v")] == '\0';
}

static void read_fields(struct cell *cell)
{
    cell->silent = message_flag(cell->message, "silent", false);
    cell->store = message_flag(cell->message, "store_history", !cell->silent) && !cell->silent &&
                  !is_blank(cell->message);
    cell->stop_on_error = message_flag(cell->message, "stop_on_error", true);
    cell->allow_stdin = message_flag(cell->message, "allow_stdin", true);
    cell->ahead_us = clock_until(date_of(cell->message));
    if (llabs(cell->ahead_us) < 1000 * EXECUTE_UNDER_WAY_MS)
        cell->ahead_us = 0;
}

void execute_request(struct execute *e, struct message **message)
{
    struct cell *cell = front_memory_alloc_zeroed(sizeof *cell);
    if (cell == NULL)
        return;
    cell->message = *message;
    *message = NULL;
    read_fields(cell);
    if (e->waiting == EXECUTE_QUEUE_MAX || e->waiting_size > EXECUTE_QUEUE_SIZE_MAX) {
        refuse_at_once(e, cell);
        return;
    }
    if (sent_too_early(e, cell->message)) {
        abort_cell(e, cell, after_failure);
        return;
    }
    bool good = check_code(cell->message, cell->refusal);
    if (e->last != NULL)
        e->last->next = cell;
    else
        e->first = cell;
    e->last = cell;
    e->waiting++;
    e->waiting_size += cell->message->frames.size;
    if (good)
        supervisor_want(e->supervisor);
    execute_ready(e);
}

/* What the session gets to see of a cell. Caller frees; NULL when out of memory. */
static char *link_request(const struct cell *cell)
{
    const json_t *content = cell->message->content;
    json_t *expressions = json_object_get(content, "user_expressions");
    json_t *request = json_pack("{s:I, s:O, s:i, s:b, s:b}", "cell", (json_int_t)cell->number,
                                "code", json_object_get(content, "code"), "count", cell->count,
                                "silent", cell->silent, "allow_stdin", cell->allow_stdin);
    if (json_is_object(expressions))
        json_object_set(request, "user_expressions", expressions);
    else
        json_object_set_new(request, "user_expressions", json_object());
    char *text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    json_decref(request);
    return text;
}

static void announce(struct execute *e, const struct cell *cell)
{
    iopub_begin_cell(e->config.iopub, cell->message, cell->silent);
    if (!cell->silent)
        iopub_send(e->config.iopub, cell->message, "execute_input",
                   json_pack("{s:O, s:i}", "code", json_object_get(cell->message->content, "code"),
                             "execution_count", cell->count));
    if (e->note[0] != '\0')
        iopub_text(e->config.iopub, STREAM_BUFFER_TEXT_STDERR, e->note, strlen(e->note));
    e->note[0] = '\0';
}

/* Ends the running cell, which failed if its reply's content (consumed) says so. */
static void end_running(struct execute *e, json_t *content)
{
    size_t doomed = is_failure(content) ? stop_queue(e, e->running) : 0;
    finish(e, content);
    abort_queue(e, doomed, after_failure);
}

static void begin(struct execute *e, struct cell *cell)
{
    e->running = cell;
    cell->number = ++e->number;
    e->count += cell->store;
    cell->count = e->count;
    clock_print(cell->started);
    announce(e, cell);
    char *request = link_request(cell);
    bool sent = request != NULL &&
                supervisor_run(e->supervisor, cell->number, cell->count, request, strlen(request),
                               cell_resets(message_text(cell->message, "code", "")));
    free(request);
    if (!sent) {
        end_running(e, reply_error("SystemError", "out of memory: the cell was not run"));
        return;
    }
    if (cell->store)
        history_add(e->config.history, cell->count, message_text(cell->message, "code", ""));
}

/* A cell that cannot run is refused when its turn comes, so that replies keep the order of the
   requests. */
void execute_ready(struct execute *e)
{
    while (e->running == NULL && !e->receiving && e->first != NULL) {
        if (e->first->refusal[0] != '\0') {
            struct cell *cell = take_first(e);
            char text[EXECUTE_REFUSAL_SIZE];
            snprintf(text, sizeof text, "%s", cell->refusal);
            refuse(e, cell, "UsageError", text);
        } else if (supervisor_is_ready(e->supervisor)) {
            begin(e, take_first(e));
        } else {
            return;
        }
    }
}

/* ---- while it runs ---- */

/* Keeps a result for the history; the message itself goes on as it came. */
static void remember_result(struct execute *e, const char *content, size_t size)
{
    if (!e->running->store)
        return;
    json_t *object = json_loadb(content, size, 0, NULL);
    const char *plain =
        json_string_value(json_object_get(json_object_get(object, "data"), "text/plain"));
    if (plain != NULL)
        history_set_output(e->config.history, plain);
    json_decref(object);
}

static void take_output(struct execute *e, const struct session_link_frame *frame)
{
    const char *type = (const char *)frame->payload;
    bool error = strcmp(type, "error") == 0;
    if (e->running == NULL || (error && e->running->error_sent))
        return;
    size_t size = publish(e, type, frame->size);
    if (size > 0 && error)
        e->running->error_sent = true;
    if (size > 0 && strcmp(type, "execute_result") == 0)
        remember_result(e, type + frame->size - size, size);
}

static void take_will(struct execute *e, const struct session_link_frame *frame)
{
    if (e->running == NULL || frame->size > SESSION_LINK_WILL_MAX)
        return;
    memcpy(e->will, frame->payload, frame->size);
    e->will_size = frame->size;
}

static void ask(struct execute *e, const struct session_link_frame *frame)
{
    if (e->running == NULL || !e->running->allow_stdin) {
        supervisor_answer(e->supervisor, "{}", 2);
        return;
    }
    iopub_flush_cell(e->config.iopub);
    struct frames frames;
    const struct message_draft draft = {.type = "input_request",
                                        .to = e->running->message,
                                        .content_text = (const char *)frame->payload,
                                        .content_size = frame->size};
    if (message_encode(e->config.author, &draft, &frames, e->question))
        channel_send(e->config.stdin_channel, &frames);
}

void execute_input_reply(struct execute *e, const struct message *message)
{
    const char *value = message_text(message, "value", NULL);
    const char *to = json_string_value(json_object_get(message->parent, "msg_id"));
    if (e->question[0] == '\0' || value == NULL || (to != NULL && strcmp(to, e->question) != 0))
        return;
    e->question[0] = '\0';
    json_t *object = json_pack("{s:s}", "value", value);
    char *answer = json_dumps(object, JSON_COMPACT);
    if (answer != NULL)
        supervisor_answer(e->supervisor, answer, strlen(answer));
    free(answer);
    json_decref(object);
}

void execute_interrupt(struct execute *e)
{
    if (e->running != NULL) {
        supervisor_interrupt(e->supervisor);
        return;
    }
    struct cell *cell = take_first(e);
    if (cell == NULL)
        return;
    answer_unrun(e, cell, reply_error("KeyboardInterrupt", "interrupted before it began"), false);
    abort_queue(e, e->waiting, "not run: the cell before it was interrupted");
}

/* ---- the end of a cell ---- */

static void take_done(struct execute *e, const struct session_link_frame *frame)
{
    if (e->running == NULL)
        return;
    json_t *content = json_loadb((const char *)frame->payload, frame->size, 0, NULL);
    if (!json_is_object(content)) {
        json_decref(content);
        content = reply_error("SystemError", "the session's answer could not be read");
    }
    end_running(e, content);
    execute_ready(e);
}

void execute_frame(struct execute *e, const struct session_link_frame *frame)
{
    switch (frame->kind) {
    case SESSION_LINK_OUTPUT: take_output(e, frame); break;
    case SESSION_LINK_WILL: take_will(e, frame); break;
    case SESSION_LINK_INPUT_REQUEST: ask(e, frame); break;
    case SESSION_LINK_DONE: take_done(e, frame); break;
    case SESSION_LINK_STREAM:
        if (frame->size > 1)
            iopub_text(e->config.iopub,
                       frame->payload[0] == 2 ? STREAM_BUFFER_TEXT_STDERR
                                              : STREAM_BUFFER_TEXT_STDOUT,
                       (const char *)frame->payload + 1, frame->size - 1);
        break;
    default: break;
    }
}

/* What the successor found out about it is told rather than what could be seen from here. */
static json_t *death_content(const char *what, const json_t *error)
{
    json_t *content = error != NULL ? json_deep_copy(error) : reply_error("SessionDied", what);
    if (content != NULL)
        json_object_set_new(content, "status", json_string("error"));
    return content;
}

void execute_died(struct execute *e, const char *what, bool busy, const json_t *error)
{
    if (busy && e->running != NULL) {
        end_running(e, death_content(what, error));
    } else {
        snprintf(e->note, sizeof e->note, "Between the cells, %s.\n", what);
    }
    struct cell *cell;
    while (supervisor_gave_up(e->supervisor) && (cell = take_first(e)) != NULL)
        refuse(e, cell, "SessionDied", what);
}
