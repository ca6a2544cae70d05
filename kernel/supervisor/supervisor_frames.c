/*
 * supervisor_frames - handles the frames of the session process about its own state: ready, a copy,
 * the end of a cell. All other frames are passed to the front unchanged.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "kernel/supervisor/subreaper.h"
#include "kernel/supervisor/supervisor_internal.h"
#include "mnist/base/clock.h"

/* 0 = there is none. */
static pid_t pid_of(const struct session_link_frame *frame, bool *before)
{
    json_t *object = json_loadb((const char *)frame->payload, frame->size, 0, NULL);
    json_int_t pid = json_integer_value(json_object_get(object, "pid"));
    *before = json_is_true(json_object_get(object, "before"));
    json_decref(object);
    return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static void take_copy(struct supervisor *s, struct session_link_frame *frame)
{
    bool before;
    pid_t pid = pid_of(frame, &before);
    if (pid <= 0 || frame->descriptor < 0)
        return;
    supervisor_add_copy(s, pid, frame->descriptor, before);
    frame->descriptor = -1;
}

/* The session comes to `reset`, and ends. */
static void take_fresh(struct supervisor *s, const struct session_link_frame *frame)
{
    json_t *object = json_loadb((const char *)frame->payload, frame->size, 0, NULL);
    json_int_t from = json_integer_value(json_object_get(object, "from"));
    json_decref(object);
    if (s->state == STATE_BUSY && from >= 0 && from <= INT32_MAX)
        s->fresh_from = (int)from;
}

static void become_ready(struct supervisor *s, const struct session_link_frame *frame)
{
    char left[TEXT_SIZE];
    if (s->state != STATE_STARTING)
        return;
    if (s->rerun) {
        supervisor_rerun(s);
        return;
    }
    s->state = STATE_IDLE;
    if (!s->adopting)
        snprintf(left, sizeof left,
                 "there was no copy of it, so a fresh session was started: load the data again");
    else
        supervisor_describe_copy(s, left);
    s->adopting = false;
    s->lost_copies = 0;
    json_t *object = json_loadb((const char *)frame->payload, frame->size, 0, NULL);
    supervisor_report(s, left, json_object_get(object, "error"));
    json_decref(object);
    s->config.ready(s->config.context);
}

/* Processes that a cell has let go are ended with it. */
static void end_strangers(struct supervisor *s)
{
    char line[80];
    int ended = subreaper_end_orphans(s->child->group, s->child->pid, s->newest.pid);
    if (ended > 0) {
        snprintf(line, sizeof line, "%d process%s that the cell had let go %s ended\n", ended,
                 ended > 1 ? "es" : "", ended > 1 ? "were" : "was");
        s->config.text(s->config.context, 2, line, strlen(line));
    }
}

static void finish_cell(struct supervisor *s, const struct session_link_frame *frame)
{
    if (s->state != STATE_BUSY)
        return;
    s->state = STATE_IDLE;
    s->failures = 0;
    s->interrupted_ms = 0;
    s->done_count = s->count;
    if (!s->uncopied)
        s->known_count = s->count;
    end_strangers(s);
    s->config.frame(s->config.context, frame);
}

static void take_frame(struct supervisor *s, struct session_link_frame *frame)
{
    if (frame->mark != 0) {
        pipe_advance(s->child->out, frame->mark);
        pipe_advance(s->child->err, frame->mark);
    }
    switch (frame->kind) {
    case SESSION_LINK_READY: become_ready(s, frame); break;
    case SESSION_LINK_COPY: take_copy(s, frame); break;
    case SESSION_LINK_FRESH: take_fresh(s, frame); break;
    case SESSION_LINK_DONE: finish_cell(s, frame); break;
    case SESSION_LINK_NAMES:
        s->uncopied = s->uncopied || s->state == STATE_BUSY;
        s->config.frame(s->config.context, frame);
        break;
    case SESSION_LINK_C_SCOPE:
    case SESSION_LINK_STREAM:
    case SESSION_LINK_OUTPUT:
    case SESSION_LINK_WILL:
    case SESSION_LINK_INPUT_REQUEST: s->config.frame(s->config.context, frame); break;
    case SESSION_LINK_EXECUTE:
    case SESSION_LINK_INPUT:
    case SESSION_LINK_TAKE_OVER:
    case SESSION_LINK_QUIT: break;
    }
}

void supervisor_read_frames(struct supervisor *s, int max)
{
    for (int i = 0; i < max; i++) {
        struct session_link_frame frame;
        enum session_link_status status = session_link_read(&s->child->reader, &frame);
        if (status == SESSION_LINK_AGAIN)
            return;
        if (status != SESSION_LINK_OK) {
            if (s->closed_ms == 0)
                s->closed_ms = clock_ms();
            supervisor_signal(
                s, SIGKILL); /* whoever closed the link or broke it cannot be a session any more */
            return;
        }
        take_frame(s, &frame);
        session_link_frame_release(&frame);
    }
}
