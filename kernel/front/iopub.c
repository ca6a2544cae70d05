/*
 * iopub - messages on iopub.
 */
#include "kernel/front/iopub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front/output_quota.h"
#include "mnist/base/clock.h"

enum { WELCOMES_A_TURN = 100, TOPIC_SIZE_MAX = 1024, SUBSCRIBED = 1 };

struct iopub {
    struct channel *channel;
    struct message_author *author;
    size_t pending_max;
    struct stream_buffer stream;
    struct output_quota output_quota; /* of the owner's text */
    const struct message *cell;       /* running; NULL = none */
    struct message *last;             /* the one before */
    bool silent;
    bool full;                  /* more than pending_max waits for clients */
    unsigned long long omitted; /* outputs left out and not yet told */
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

static const struct message *owner(const struct iopub *p)
{
    return p->cell != NULL ? p->cell : p->last;
}

/* ---- the limit ---- */

static void tell_omitted(struct iopub *p)
{
    if (p->omitted == 0)
        return;
    json_t *text =
        json_sprintf("[%llu output%s left out here: a client of this kernel reads too slowly]\n",
                     p->omitted, p->omitted == 1 ? " was" : "s were");
    p->omitted = 0;
    send_as(p, "stream", owner(p), "stream",
            json_pack("{s:s, s:o}", "name", "stderr", "text", text));
}

/* Whether an output may go out now; counts it when not. */
static bool admit(struct iopub *p)
{
    size_t pending = channel_pending(p->channel);
    if (p->full && pending < p->pending_max / 2) {
        p->full = false;
        tell_omitted(p);
    } else if (pending > p->pending_max) {
        p->full = true;
    }
    if (p->full)
        p->omitted++;
    return !p->full;
}

/* After the cell's joined text, whose end it is. */
static void tell_cut(struct iopub *p)
{
    char *line = output_quota_tell(&p->output_quota);
    if (line != NULL)
        send_as(p, "stream", owner(p), "stream",
                json_pack("{s:s, s:s}", "name", "stderr", "text", line));
    free(line);
}

/* ---- life cycle ---- */

static void send_stream(void *context, const char *name, const char *text, size_t size)
{
    struct iopub *p = context;
    if (admit(p))
        send_as(p, "stream", owner(p), "stream",
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
    stream_buffer_end(&p->stream); /* late text of the cell before */
    tell_cut(p);
    output_quota_begin(&p->output_quota);
    p->cell = cell;
    p->silent = silent;
    iopub_status(p, cell, "busy");
}

void iopub_flush_cell(struct iopub *p)
{
    stream_buffer_end(&p->stream);
    tell_omitted(p);
}

void iopub_close_cell(struct iopub *p)
{
    iopub_flush_cell(p);
    tell_cut(p);
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
    if (owner(p) == NULL)
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

/* ---- others ---- */

static void say_busy_again(struct iopub *p)
{
    if (p->cell != NULL)
        send_as(p, "status", p->cell, "status", json_pack("{s:s}", "execution_state", "busy"));
}

void iopub_status(struct iopub *p, const struct message *parent, const char *state)
{
    send_as(p, "status", parent, "status", json_pack("{s:s}", "execution_state", state));
    if (strcmp(state, "idle") == 0 && parent != p->cell)
        say_busy_again(p);
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
        say_busy_again(p);
}

/* The topic of the welcome is the subscription itself, so that the new subscriber gets it whatever
   it asked for. */
static void greet(struct iopub *p, const char *topic, size_t size)
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
        const struct frame *first = frames.count == 1 ? &frames.items[0] : NULL;
        if (first != NULL && first->size > 0 && first->size <= TOPIC_SIZE_MAX &&
            first->bytes[0] == SUBSCRIBED)
            greet(p, (const char *)first->bytes + 1, first->size - 1);
        frames_release(&frames);
    }
}

/* ---- time ---- */

int64_t iopub_deadline(const struct iopub *p)
{
    return stream_buffer_deadline(&p->stream);
}

void iopub_act(struct iopub *p)
{
    if (stream_buffer_deadline(&p->stream) <= clock_ms())
        stream_buffer_flush(&p->stream);
}
