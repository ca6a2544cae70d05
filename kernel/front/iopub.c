/*
 * iopub - orders, limits and sends the messages on iopub.
 *
 * Invariants: joined text is sent before any other output of the cell; the status sent last is
 * `busy` as long as a cell runs; only outputs (never status, execute_input or error) are omitted.
 */
#include "kernel/front/iopub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front/output_quota.h"
#include "mnist/base/clock.h"

enum { WELCOMES_A_TURN = 100, TOPIC_SIZE_MAX = 1024 };

struct iopub {
    struct channel *channel;
    struct message_author *author;
    size_t pending_max;
    struct stream_buffer stream;
    struct output_quota output_quota; /* of the text owner's text */
    const struct message *cell;       /* request of the running cell, or NULL */
    struct message *last;             /* request of the cell before it, or NULL */
    bool silent;                      /* the running cell has no outputs */
    bool full;                        /* outputs are being omitted */
    unsigned long long omitted;       /* omitted outputs that are not reported yet */
};

static void send_draft(struct iopub *p, const struct message_draft *draft)
{
    struct frames frames;
    if (message_encode(p->author, draft, &frames, NULL))
        channel_send(p->channel, &frames);
}

/* content is consumed. */
static void send_as(struct iopub *p, const char *topic, const struct message *parent,
                    const char *type, json_t *content)
{
    const struct message_draft draft = {
        .type = type, .to = parent, .topic = topic, .content = content};
    if (content != NULL)
        send_draft(p, &draft);
    json_decref(content);
}

/* The cell to which text belongs: the running one, or else the last one. */
static const struct message *text_owner(const struct iopub *p)
{
    return p->cell != NULL ? p->cell : p->last;
}

/* ---- the limits ---- */

static void report_omitted(struct iopub *p)
{
    if (p->omitted == 0)
        return;
    json_t *text =
        json_sprintf("[%llu output%s omitted here: a client of this kernel reads too slowly]\n",
                     p->omitted, p->omitted == 1 ? " was" : "s were");
    p->omitted = 0;
    send_as(p, "stream", text_owner(p), "stream",
            json_pack("{s:s, s:o}", "name", "stderr", "text", text));
}

/* True if an output may be sent now; otherwise counts it as omitted. Sending stops above
   pending_max and resumes below half of it. */
static bool admit(struct iopub *p)
{
    size_t pending = channel_pending(p->channel);
    if (p->full && pending < p->pending_max / 2) {
        p->full = false;
        report_omitted(p);
    } else if (pending > p->pending_max) {
        p->full = true;
    }
    if (p->full)
        p->omitted++;
    return !p->full;
}

/* Reports the text beyond the cell's quota. Call it after the joined text has been sent. */
static void report_truncated(struct iopub *p)
{
    char *line = output_quota_report(&p->output_quota);
    if (line != NULL)
        send_as(p, "stream", text_owner(p), "stream",
                json_pack("{s:s, s:s}", "name", "stderr", "text", line));
    free(line);
}

/* ---- life cycle ---- */

static void send_stream(void *context, const char *name, const char *text, size_t size)
{
    struct iopub *p = context;
    if (admit(p))
        send_as(p, "stream", text_owner(p), "stream",
                json_pack("{s:s, s:o}", "name", name, "text", json_stringn(text, size)));
}

struct iopub *iopub_new(struct channel *channel, struct message_author *author, size_t pending_max)
{
    struct iopub *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->channel = channel;
    p->author = author;
    p->pending_max = pending_max;
    stream_buffer_init(&p->stream, send_stream, p);
    return p;
}

void iopub_free(struct iopub **iopub)
{
    if (*iopub == NULL)
        return;
    stream_buffer_release(&(*iopub)->stream);
    message_free(&(*iopub)->last);
    free(*iopub);
    *iopub = NULL;
}

/* ---- cells ---- */

void iopub_begin_cell(struct iopub *p, const struct message *cell, bool silent)
{
    stream_buffer_end(&p->stream); /* late text of the previous cell */
    report_truncated(p);
    output_quota_begin(&p->output_quota);
    p->cell = cell;
    p->silent = silent;
    iopub_status(p, cell, "busy");
}

void iopub_flush_cell(struct iopub *p)
{
    stream_buffer_end(&p->stream);
    report_omitted(p);
}

void iopub_close_cell(struct iopub *p)
{
    iopub_flush_cell(p);
    report_truncated(p);
}

void iopub_end_cell(struct iopub *p, struct message **cell)
{
    iopub_status(p, *cell, "idle");
    message_forget_content(*cell);
    p->cell = NULL;
    message_free(&p->last);
    p->last = *cell;
    *cell = NULL;
}

bool iopub_text(struct iopub *p, enum stream_buffer_source source, const char *bytes, size_t size)
{
    if (text_owner(p) == NULL)
        return false;
    if (!p->silent)
        stream_buffer_write(&p->stream, source, bytes,
                            output_quota_take(&p->output_quota, source, bytes, size));
    return true;
}

void iopub_output(struct iopub *p, const char *type, const char *content, size_t size)
{
    if (p->cell == NULL || p->silent)
        return;
    stream_buffer_flush(&p->stream);
    const struct message_draft draft = {
        .type = type, .to = p->cell, .topic = type, .content_text = content, .content_size = size};
    if (strcmp(type, "error") == 0 || admit(p))
        send_draft(p, &draft);
}

/* ---- other messages ---- */

/* Front ends show the status that they received last, so `busy` is repeated after another request's
   `idle`. */
static void repeat_busy(struct iopub *p)
{
    if (p->cell != NULL)
        send_as(p, "status", p->cell, "status", json_pack("{s:s}", "execution_state", "busy"));
}

void iopub_status(struct iopub *p, const struct message *parent, const char *state)
{
    send_as(p, "status", parent, "status", json_pack("{s:s}", "execution_state", state));
    if (strcmp(state, "idle") == 0 && parent != p->cell)
        repeat_busy(p);
}

void iopub_send(struct iopub *p, const struct message *parent, const char *type, json_t *content)
{
    if (parent == p->cell)
        stream_buffer_flush(&p->stream);
    send_as(p, type, parent, type, content);
}

void iopub_forward(struct iopub *p, struct frames *frames, bool idle)
{
    channel_send(p->channel, frames);
    if (idle)
        repeat_busy(p);
}

/* The topic of iopub_welcome is the subscription itself, so that it matches for every new
   subscriber. */
static void send_welcome(struct iopub *p, const char *topic, size_t size)
{
    json_t *subscription = json_stringn(topic, size);
    if (subscription != NULL && strlen(topic) == size)
        send_as(p, topic, NULL, "iopub_welcome", json_pack("{s:O}", "subscription", subscription));
    json_decref(subscription);
}

void iopub_welcome(struct iopub *p)
{
    struct frames frames;
    for (int i = 0; i < WELCOMES_A_TURN && channel_receive(p->channel, &frames); i++) {
        const struct frame *request = frames.count == 1 ? &frames.items[0] : NULL;
        if (request != NULL && channel_subscribe(p->channel, request) &&
            request->size <= TOPIC_SIZE_MAX)
            send_welcome(p, (const char *)request->bytes + 1, request->size - 1);
        frames_release(&frames);
    }
}

/* ---- called by the main loop ---- */

int64_t iopub_deadline(const struct iopub *p)
{
    return stream_buffer_deadline(&p->stream);
}

void iopub_act(struct iopub *p)
{
    if (stream_buffer_deadline(&p->stream) <= clock_ms())
        stream_buffer_flush(&p->stream);
}
