/*
 * session_frames - the table of all frames that a session process sends (session_link.h).
 *
 * supervisor.c reads the frames, and front.c passes each one on to session_frames_dispatch. To
 * add a kind of frame, add it to enum session_link_kind and add a handler to the table.
 */
#ifndef KERNEL_FRONT_SESSION_FRAMES_H
#define KERNEL_FRONT_SESSION_FRAMES_H

#include "kernel/front/c_introspection.h"
#include "kernel/front/execute.h"
#include "kernel/supervisor/supervisor.h"
#include "mnist/language/live_names.h"

/* The receivers of frames. All pointers are borrowed. */
struct session_frames {
    struct supervisor *supervisor;
    struct execute *execute;
    struct c_introspection *c_introspection;
    struct live_names *names;
};

/* Calls the handler of the frame. A frame of an unknown kind is ignored. frame stays the caller's,
   but a handler may take its descriptor. */
void session_frames_dispatch(const struct session_frames *receivers,
                             struct session_link_frame *frame);

#endif
