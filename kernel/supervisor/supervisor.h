/*
 * supervisor - keeps a session process alive: starts it, hears it, interrupts it, replaces it when
 * it dies, ends it.
 *
 * front.c owns one, waits for its descriptors and its deadline, and hands it the reports of
 * children that ended; execute.c runs cells on it and listens. Nothing here waits, except
 * supervisor_end.
 *
 *                    start                 READY               run
 *     DOWN ─────────────────────> STARTING ─────────> IDLE <─────────> BUSY
 *      ^                          │  ^                 │      DONE      │
 *      │  after a while, longer   │  │ take over,      │ died           │ died: the cell stays open
 *      └──────────────────────────┘  └─ or start ──────┴────────────────┘ until the successor is READY
 *         each time: died
 *         (SUPERVISOR_START_TRIES times in a row: GIVEN_UP, until the next cell wants a session)
 *
 * Death is known by the end of the link and by the process's status, whichever comes first; it is
 * dealt with when both are there, after the last frames and the pipes have been read: a cell that
 * was done before its session died is done.
 */
#ifndef KERNEL_SUPERVISOR_SUPERVISOR_H
#define KERNEL_SUPERVISOR_SUPERVISOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/front/channel.h"
#include "kernel/session_link.h"

enum {
    SUPERVISOR_WAITS = 4,         /* entries of supervisor_waits */
    SUPERVISOR_START_TRIES = 5,   /* deaths in a row without a cell between, then it is given up */
    SUPERVISOR_STATE_DEATHS = 2,  /* of sessions of one state, then the state is rolled back */
    SUPERVISOR_BACK_OFF_MS = 100, /* before the second start; doubles with each */
    SUPERVISOR_REPEAT_MS = 200,   /* between the signals of one interrupt */
    SUPERVISOR_STATUS_WAIT_MS = 2000, /* how long a closed link waits for the process's status */
    SUPERVISOR_QUIT_WAIT_MS = 1000,   /* SESSION_LINK_QUIT, then SIGTERM */
    SUPERVISOR_TERM_WAIT_MS = 300,    /* SIGTERM, then SIGKILL */
};

struct supervisor;

struct supervisor_config {
    const char *program;   /* mnist-session; borrowed */
    int interrupt_wait_ms; /* from an interrupt to SIGKILL when the cell does not end */
    int ready_wait_ms;     /* from a start to READY */

    void *context;
    /* A cell may be run now. */
    void (*ready)(void *context);
    /* STREAM, OUTPUT, INPUT_REQUEST, NAMES or DONE; after DONE the session is idle. */
    void (*frame)(void *context, const struct session_link_frame *frame);
    /* What the session printed to stdout (1) or stderr (2). */
    void (*text)(void *context, int stream, const char *bytes, size_t size);
    /* The session died and was replaced (then ready follows), or could not be. What happened, and
       what is left; busy: a cell was running, and is now over; error: what that did, as an error's
       content, or NULL. */
    void (*died)(void *context, const char *what, bool busy, const json_t *error);
};

/* Starts a session at once. NULL when out of memory. Caller frees with supervisor_free, after
   supervisor_end. */
struct supervisor *supervisor_new(const struct supervisor_config *config);
void supervisor_free(struct supervisor **supervisor);

/* Sends a cell's SESSION_LINK_EXECUTE; only when supervisor_is_ready. cell: its number, never
   used before; count: the execution count that the user knows it by; resets: it begins with
   `reset`, so it can run in a fresh session if this one dies of it. False: no memory; the cell
   does not run. */
bool supervisor_run(struct supervisor *supervisor, uint64_t cell, int count, const char *request,
                    size_t size, bool resets) __attribute__((warn_unused_result));
bool supervisor_is_ready(const struct supervisor *supervisor);

/* No session could be started; nothing will be ready before supervisor_want is called. */
bool supervisor_gave_up(const struct supervisor *supervisor);

/* A cell is waiting; when the session was given up, a start is tried again. */
void supervisor_want(struct supervisor *supervisor);

/* Sends the user's answer (SESSION_LINK_INPUT). */
void supervisor_answer(struct supervisor *supervisor, const char *answer, size_t size);

/* Stops the running cell. False: there is none. */
bool supervisor_interrupt(struct supervisor *supervisor);

/* For the main loop: what to wait for, and until when at most; then act, whatever became ready. */
void supervisor_waits(struct supervisor *supervisor, struct channel_wait waits[SUPERVISOR_WAITS]);
int64_t supervisor_deadline(const struct supervisor *supervisor);
void supervisor_act(struct supervisor *supervisor);

/* Child pid ended with this status (waitpid). */
void supervisor_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* Ends the session, its copy and whatever they left behind, and waits for that. Nothing is heard
   any more. */
void supervisor_end(struct supervisor *supervisor);

#endif
