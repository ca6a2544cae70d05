/*
 * execute - runs cells one after the other. The messages of one cell:
 *
 *     client              front (this file)                  session
 *     ──────              ─────────────────                  ───────
 *     execute_request ──> shell   cell_queue
 *                         iopub   status busy
 *                         iopub   execute_input
 *                                              EXECUTE ────>
 *                         iopub   stream         <──── pipes, STREAM
 *                         iopub   display_data   <──── OUTPUT
 *                         stdin   input_request  <──── input request
 *     input_reply ──────> stdin                 INPUT ────>
 *                         iopub   execute_result <──── OUTPUT
 *                                                <──── NAMES, COPY (if the cell changed
 *                                                      something)
 *                         shell   execute_reply  <──── DONE
 *                         iopub   status idle
 *
 * Invariants: each request gets exactly one reply, in the order of the requests. A failed cell has
 * exactly one `error` output, before its reply; an aborted cell has none. A cell that fails with
 * stop_on_error aborts the cells that were sent before its sender could know of the failure: those
 * in the queue, those already received by the socket, and late ones (request_dates.h).
 */
#include "kernel/front/execute.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front/cell_queue.h"
#include "kernel/front/input_question.h"
#include "kernel/front/reply.h"
#include "kernel/front/request_dates.h"
#include "mnist/base/clock.h"
#include "mnist/language/cell.h"

struct execute {
    struct execute_config config;
    struct supervisor *supervisor;
    struct cell_queue queue;
    struct queued_cell *running;
    bool receiving;                 /* requests are only queued; no cell is started */
    int execution_count;            /* of the latest stored cell */
    uint64_t last_id;               /* of the latest started cell */
    struct input_question question; /* of the running cell */
    struct request_dates dates;
    char death_output[SESSION_LINK_DEATH_OUTPUT_MAX + 1]; /* of the running cell */
    size_t death_output_size;                             /* 0 = none */
    char note[EXECUTE_NOTE_SIZE]; /* for the next cell's stderr: the session died between cells */
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
    assert(e->supervisor == NULL && supervisor != NULL);
    e->supervisor = supervisor;
}

void execute_free(struct execute **execute)
{
    if (*execute == NULL)
        return;
    struct queued_cell *cell;
    while ((cell = cell_queue_pop(&(*execute)->queue)) != NULL)
        queued_cell_free(&cell);
    queued_cell_free(&(*execute)->running);
    free(*execute);
    *execute = NULL;
}

/* ---- replies ---- */

/* Publishes a reply's content as the running cell's `error` output. */
static void publish_error(struct execute *e, const json_t *content)
{
    assert(e->running != NULL);
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

/* Publishes the payload of SESSION_LINK_OUTPUT: message type, NUL, content. Returns the content's
   size, or 0 if the type is missing or too long. */
static size_t publish_output(struct execute *e, const char *payload, size_t size)
{
    size_t type_size = strnlen(payload, size) + 1;
    if (type_size < 2 || type_size >= size || type_size > MESSAGE_TYPE_SIZE_MAX)
        return 0;
    iopub_output(e->config.iopub, payload, payload + type_size, size - type_size);
    return size - type_size;
}

/* Ends the running cell: its last text, its reply, `idle`. If it failed and the session did not
   send an `error` output, the death output and an error are published first. content is consumed.
   */
static void finish(struct execute *e, json_t *content)
{
    struct queued_cell *cell = e->running;
    assert(cell != NULL);
    iopub_close_cell(e->config.iopub);
    if (is_failure(content) && !cell->error_sent) {
        publish_output(e, e->death_output, e->death_output_size);
        publish_error(e, content);
    }
    e->death_output_size = 0;
    e->running = NULL;
    input_question_close(&e->question);
    json_object_set_new(content, "execution_count", json_integer(cell->execution_count));
    reply(e->config.shell, e->config.author, cell->message, "execute_reply", content,
          queued_cell_metadata(cell));
    iopub_end_cell(e->config.iopub, &cell->message);
    queued_cell_free(&cell);
}

/* Answers a cell that was not run; content and cell are consumed. Its execution_count is null, so
   its prompt stays empty. An aborted cell has no `error` output; any other refused cell has one,
   unless it is silent. */
static void answer_unrun(struct execute *e, struct queued_cell *cell, json_t *content, bool aborted)
{
    assert(cell != e->running);
    iopub_status(e->config.iopub, cell->message, "busy");
    if (!aborted && !cell->silent) {
        json_t *output = json_copy(content);
        json_object_del(output, "status");
        iopub_send(e->config.iopub, cell->message, "error", output);
    }
    json_object_set_new(content, "execution_count", json_null());
    reply(e->config.shell, e->config.author, cell->message, "execute_reply", content,
          queued_cell_metadata(cell));
    iopub_status(e->config.iopub, cell->message, "idle");
    queued_cell_free(&cell);
}

/* ---- aborting cells after a failure ---- */

static const char after_failure[] = "not run: a previous cell failed";

static void abort_cell(struct execute *e, struct queued_cell *cell, const char *text)
{
    answer_unrun(e, cell, reply_error("Aborted", text), true);
}

/* Aborts the first count cells of the queue. */
static void abort_queue(struct execute *e, size_t count, const char *text)
{
    struct queued_cell *cell;
    for (; count > 0 && (cell = cell_queue_pop(&e->queue)) != NULL; count--)
        abort_cell(e, cell, text);
}

/* A cell has failed: returns the number of waiting cells that must be aborted. All requests that
   the socket has received are queued first. Call it before the reply is sent: a client that has
   the reply may send a cell at once, and that cell must be run. */
static size_t stop_queue(struct execute *e, const struct queued_cell *cell)
{
    if (!cell->stop_on_error || cell->silent)
        return 0;
    if (!e->receiving) { /* true if the failure occurs while requests are being received */
        e->receiving = true;
        e->config.receive_waiting(e->config.context);
        e->receiving = false;
    }
    request_dates_fail(&e->dates, cell->clock_offset_us);
    return e->queue.count;
}

/* Answers a cell that cannot run with an error, and aborts the queue. cell is consumed. */
static void refuse(struct execute *e, struct queued_cell *cell, const char *name, const char *text)
{
    size_t aborted = stop_queue(e, cell);
    answer_unrun(e, cell, reply_error(name, text), false);
    abort_queue(e, aborted, after_failure);
}

/* Refuses a cell because the queue is full. The cells in the queue are older and are not aborted.
   */
static void refuse_overflow(struct execute *e, struct queued_cell *cell)
{
    if (cell->stop_on_error && !cell->silent)
        request_dates_fail(&e->dates, cell->clock_offset_us);
    answer_unrun(
        e, cell,
        reply_error("UsageError", "the queue is full: run the cell again when others have ended"),
        false);
}

/* ---- starting a cell ---- */

void execute_request(struct execute *e, struct message **message)
{
    struct queued_cell *cell = queued_cell_new(message);
    if (cell == NULL)
        return;
    if (cell_queue_is_full(&e->queue)) {
        refuse_overflow(e, cell);
        return;
    }
    if (request_dates_is_early(&e->dates, cell->message)) {
        abort_cell(e, cell, after_failure);
        return;
    }
    bool can_run = cell->refusal[0] == '\0';
    cell_queue_push(&e->queue, cell);
    if (can_run)
        supervisor_want(e->supervisor); /* if the start fails at once, it refuses the queue */
    execute_ready(e);
}

/* Publishes `busy` and execute_input, and the note, if any, as the cell's first text. */
static void announce(struct execute *e, const struct queued_cell *cell)
{
    assert(e->running == cell);
    iopub_begin_cell(e->config.iopub, cell->message, cell->silent);
    if (!cell->silent)
        iopub_send(e->config.iopub, cell->message, "execute_input",
                   json_pack("{s:O, s:i}", "code", json_object_get(cell->message->content, "code"),
                             "execution_count", cell->execution_count));
    if (e->note[0] != '\0')
        iopub_text(e->config.iopub, STREAM_BUFFER_TEXT_STDERR, e->note, strlen(e->note));
    e->note[0] = '\0';
}

/* Ends the running cell; if content (consumed) is a failure, aborts the queue. */
static void end_running(struct execute *e, json_t *content)
{
    assert(e->running != NULL);
    size_t aborted = is_failure(content) ? stop_queue(e, e->running) : 0;
    finish(e, content);
    abort_queue(e, aborted, after_failure);
}

static bool send_to_session(struct execute *e, const struct queued_cell *cell)
{
    const json_t *content = cell->message->content;
    const struct supervisor_cell request = {
        .id = cell->id,
        .execution_count = cell->execution_count,
        .silent = cell->silent,
        .allow_stdin = cell->allow_stdin,
        .resets = cell_resets(queued_cell_code(cell)),
        .user_expressions = json_object_get(content, "user_expressions"),
        .code = queued_cell_code(cell),
        .code_size = json_string_length(json_object_get(content, "code")),
    };
    return supervisor_run(e->supervisor, &request);
}

static void begin(struct execute *e, struct queued_cell *cell)
{
    assert(e->running == NULL && cell->refusal[0] == '\0');
    e->running = cell;
    cell->id = ++e->last_id;
    e->execution_count += cell->store_history;
    cell->execution_count = e->execution_count;
    clock_print(cell->started);
    announce(e, cell);
    if (!send_to_session(e, cell)) {
        end_running(e, reply_error("SystemError", "out of memory: the cell was not run"));
        return;
    }
    if (cell->store_history)
        history_add(e->config.history, cell->execution_count, queued_cell_code(cell));
}

void execute_ready(struct execute *e)
{
    while (e->running == NULL && !e->receiving && e->queue.first != NULL) {
        if (e->queue.first->refusal[0] != '\0') {
            struct queued_cell *cell = cell_queue_pop(&e->queue);
            char text[CELL_REFUSAL_SIZE];
            snprintf(text, sizeof text, "%s", cell->refusal);
            refuse(e, cell, "UsageError", text);
        } else if (supervisor_is_ready(e->supervisor)) {
            begin(e, cell_queue_pop(&e->queue));
        } else {
            return;
        }
    }
}

/* ---- frames of the running cell ---- */

void execute_on_stream(struct execute *e, const struct session_link_frame *frame)
{
    if (frame->size > 1)
        iopub_text(e->config.iopub,
                   frame->payload[0] == 2 ? STREAM_BUFFER_TEXT_STDERR : STREAM_BUFFER_TEXT_STDOUT,
                   (const char *)frame->payload + 1, frame->size - 1);
}

void execute_on_output(struct execute *e, const struct session_link_frame *frame)
{
    const char *type = (const char *)frame->payload;
    bool error = strcmp(type, "error") == 0;
    if (e->running == NULL || (error && e->running->error_sent))
        return;
    size_t size = publish_output(e, type, frame->size);
    if (size > 0 && error)
        e->running->error_sent = true;
    if (size > 0 && strcmp(type, "execute_result") == 0 && e->running->store_history)
        history_set_result(e->config.history, type + frame->size - size, size);
}

void execute_on_death_output(struct execute *e, const struct session_link_frame *frame)
{
    if (e->running == NULL || frame->size > SESSION_LINK_DEATH_OUTPUT_MAX)
        return;
    memcpy(e->death_output, frame->payload, frame->size);
    e->death_output_size = frame->size;
}

void execute_on_input_request(struct execute *e, const struct session_link_frame *frame)
{
    if (e->running == NULL || !e->running->allow_stdin) {
        supervisor_answer(e->supervisor, "{}", 2);
        return;
    }
    iopub_flush_cell(e->config.iopub);
    input_question_ask(&e->question, e->config.stdin_channel, e->config.author, e->running->message,
                       (const char *)frame->payload, frame->size);
}

void execute_on_done(struct execute *e, const struct session_link_frame *frame)
{
    if (e->running == NULL)
        return;
    json_t *content = json_loadb((const char *)frame->payload, frame->size, 0, NULL);
    if (!json_is_object(content)) {
        json_decref(content);
        content = reply_error("SystemError", "the session's reply could not be read");
    }
    end_running(e, content);
    execute_ready(e);
}

/* ---- the user ---- */

void execute_input_reply(struct execute *e, const struct message *message)
{
    char *answer = input_question_answer(&e->question, message);
    if (answer != NULL)
        supervisor_answer(e->supervisor, answer, strlen(answer));
    free(answer);
}

void execute_interrupt(struct execute *e)
{
    if (e->running != NULL) {
        supervisor_interrupt(e->supervisor);
        return;
    }
    struct queued_cell *cell = cell_queue_pop(&e->queue);
    if (cell == NULL)
        return;
    answer_unrun(e, cell, reply_error("KeyboardInterrupt", "interrupted before it started"), false);
    abort_queue(e, e->queue.count, "not run: the previous cell was interrupted");
}

/* ---- the death of the session ---- */

/* The promoted standby may know what the cell did (error); otherwise what describes the death. */
static json_t *death_content(const char *what, const json_t *error)
{
    json_t *content = error != NULL ? json_deep_copy(error) : reply_error("SessionDied", what);
    if (content != NULL)
        json_object_set_new(content, "status", json_string("error"));
    return content;
}

void execute_died(struct execute *e, const char *what, bool busy, const json_t *error)
{
    if (busy && e->running != NULL)
        end_running(e, death_content(what, error));
    else
        snprintf(e->note, sizeof e->note, "Between the cells, %s.\n", what);
    struct queued_cell *cell;
    while (supervisor_gave_up(e->supervisor) && (cell = cell_queue_pop(&e->queue)) != NULL)
        refuse(e, cell, "SessionDied", what);
}
