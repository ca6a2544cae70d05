/*
 * supervisor_frames - the frames with which a session process reports its own state: ready, a new
 * standby, a reset, the end of a cell.
 *
 * The front's table of frames (session_frames.c) calls these functions.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "kernel/supervisor/subreaper.h"
#include "kernel/supervisor/supervisor_internal.h"

/* The payload as a JSON object, or NULL. Caller releases it. */
static json_t *payload_of(const struct session_link_frame *frame)
{
    return json_loadb((const char *)frame->payload, frame->size, 0, NULL);
}

/* The payload's pid; 0 if it is missing or invalid. */
static pid_t pid_of(const json_t *object)
{
    json_int_t pid = json_integer_value(json_object_get(object, "pid"));
    return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

void supervisor_on_standby(struct supervisor *s, struct session_link_frame *frame)
{
    json_t *object = payload_of(frame);
    pid_t pid = pid_of(object);
    bool before = json_is_true(json_object_get(object, "before"));
    json_decref(object);
    if (pid <= 0 || frame->descriptor < 0)
        return;
    supervisor_add_standby(s, pid, frame->descriptor, before);
    frame->descriptor = -1;
}

void supervisor_on_names(struct supervisor *s)
{
    s->unsaved = s->unsaved || s->state == STATE_BUSY;
}

void supervisor_on_reset(struct supervisor *s, const struct session_link_frame *frame)
{
    json_t *object = payload_of(frame);
    json_int_t from = json_integer_value(json_object_get(object, "from"));
    json_decref(object);
    if (s->state == STATE_BUSY && from >= 0 && from <= INT32_MAX)
        s->reset_statement = (int)from;
}

void supervisor_on_ready(struct supervisor *s, const struct session_link_frame *frame)
{
    char state_left[TEXT_SIZE];
    if (s->state != STATE_STARTING)
        return;
    if (s->resume_pending) {
        supervisor_resume_cell(s);
        return;
    }
    s->state = STATE_IDLE;
    if (!s->promoting)
        snprintf(state_left, sizeof state_left,
                 "there was no copy of it, so a new session was started: load the data again");
    else
        supervisor_describe_state(s, state_left);
    s->promoting = false;
    s->lost_standbys = 0;
    json_t *object = payload_of(frame);
    supervisor_report_death(s, state_left, json_object_get(object, "error"));
    json_decref(object);
    s->config.ready(s->config.context);
}

/* Ends processes that the cell started and whose parent has ended. */
static void end_orphans(struct supervisor *s)
{
    char line[80];
    int ended = subreaper_end_orphans(s->child->group, s->child->pid, s->newest.pid);
    if (ended > 0) {
        snprintf(line, sizeof line, "%d process%s left running by the cell %s ended\n", ended,
                 ended > 1 ? "es" : "", ended > 1 ? "were" : "was");
        s->config.text(s->config.context, 2, line, strlen(line));
    }
}

bool supervisor_on_done(struct supervisor *s)
{
    if (s->state != STATE_BUSY)
        return false;
    assert(s->child != NULL);
    s->state = STATE_IDLE;
    s->failures = 0;
    s->interrupted_ms = 0;
    s->last_cell = s->cell.execution_count;
    if (!s->unsaved)
        s->saved_cell = s->last_cell;
    end_orphans(s);
    return true;
}
