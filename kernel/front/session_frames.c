/*
 * session_frames - one handler for each kind of frame, and the table.
 */
#include "kernel/front/session_frames.h"

#include "kernel/front/introspection.h"

typedef void frame_handler(const struct session_frames *to, struct session_link_frame *frame);

/* ---- the session's own state ---- */

static void on_ready(const struct session_frames *to, struct session_link_frame *frame)
{
    supervisor_on_ready(to->supervisor, frame);
}

static void on_standby(const struct session_frames *to, struct session_link_frame *frame)
{
    supervisor_on_standby(to->supervisor, frame);
}

static void on_reset(const struct session_frames *to, struct session_link_frame *frame)
{
    supervisor_on_reset(to->supervisor, frame);
}

/* ---- completion ---- */

static void on_names(const struct session_frames *to, struct session_link_frame *frame)
{
    supervisor_on_names(to->supervisor);
    introspection_take_names(to->names, (const char *)frame->payload, frame->size);
}

static void on_c_scope(const struct session_frames *to, struct session_link_frame *frame)
{
    c_introspection_take_scope(to->c_introspection, (const char *)frame->payload, frame->size);
}

/* ---- the running cell ---- */

static void on_stream(const struct session_frames *to, struct session_link_frame *frame)
{
    execute_on_stream(to->execute, frame);
}

static void on_output(const struct session_frames *to, struct session_link_frame *frame)
{
    execute_on_output(to->execute, frame);
}

static void on_death_output(const struct session_frames *to, struct session_link_frame *frame)
{
    execute_on_death_output(to->execute, frame);
}

static void on_input_request(const struct session_frames *to, struct session_link_frame *frame)
{
    execute_on_input_request(to->execute, frame);
}

/* The supervisor is first: execute starts the next cell, which needs an idle session. */
static void on_done(const struct session_frames *to, struct session_link_frame *frame)
{
    if (supervisor_on_done(to->supervisor))
        execute_on_done(to->execute, frame);
}

/* The kinds that only the front sends have no handler. */
static frame_handler *const handlers[SESSION_LINK_KINDS] = {
    [SESSION_LINK_READY] = on_ready,
    [SESSION_LINK_COPY] = on_standby,
    [SESSION_LINK_RESET] = on_reset,
    [SESSION_LINK_NAMES] = on_names,
    [SESSION_LINK_C_SCOPE] = on_c_scope,
    [SESSION_LINK_STREAM] = on_stream,
    [SESSION_LINK_OUTPUT] = on_output,
    [SESSION_LINK_DEATH_OUTPUT] = on_death_output,
    [SESSION_LINK_INPUT_REQUEST] = on_input_request,
    [SESSION_LINK_DONE] = on_done,
};

void session_frames_dispatch(const struct session_frames *receivers,
                             struct session_link_frame *frame)
{
    unsigned kind = (unsigned)frame->kind;
    if (kind < SESSION_LINK_KINDS && handlers[kind] != NULL)
        handlers[kind](receivers, frame);
}
