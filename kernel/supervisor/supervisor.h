/*
 * supervisor - keeps a session process alive: starts it, interrupts it, replaces it when it dies,
 * and ends it.
 *
 * front.c owns one. It waits for its descriptors and its deadline, calls supervisor_act, and
 * reports ended children. Frames go to the front's table (session_frames.c), which calls the
 * supervisor_on_ functions below for those about the session's own state. No function blocks
 * except supervisor_end.
 *
 *                 start                  READY              run
 *     DOWN ────────────────> STARTING ──────────> IDLE <──────────> BUSY
 *      ^                       │  ^                │      DONE       │
 *      │ back-off              │  │ promote or     │ death           │ death: at the next READY,
 *      └───────────────────────┘  └─ start ────────┴─────────────────┘ the cell gets an error
 *              death
 *
 * After SUPERVISOR_START_TRIES consecutive deaths the session is given up until supervisor_want is
 * called.
 *
 * A death is detected by the end of the link or by the process's status. It is handled when both
 * have arrived, after the last frames and the pipes have been read. So a cell that was finished
 * before its session died counts as finished.
 */
#ifndef KERNEL_SUPERVISOR_SUPERVISOR_H
#define KERNEL_SUPERVISOR_SUPERVISOR_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/session_link.h"

enum {
    SUPERVISOR_WAITS = 4,             /* entries of supervisor_waits */
    SUPERVISOR_START_TRIES = 5,       /* consecutive deaths before the session is given up */
    SUPERVISOR_STATE_DEATHS = 2,      /* unexplained deaths before a state is rolled back */
    SUPERVISOR_BACK_OFF_MS = 100,     /* before the second start; doubles each time */
    SUPERVISOR_REPEAT_MS = 200,       /* between the SIGINTs of one interrupt */
    SUPERVISOR_STATUS_WAIT_MS = 2000, /* after the link was closed, for the process's status */
    SUPERVISOR_QUIT_WAIT_MS = 1000,   /* from SESSION_LINK_QUIT to SIGTERM */
    SUPERVISOR_TERM_WAIT_MS = 300,    /* from SIGTERM to SIGKILL */
};

struct supervisor;

struct supervisor_config {
    const char *program;   /* mnist-session; borrowed */
    int interrupt_wait_ms; /* from an interrupt to SIGKILL, if the cell does not end */
    int ready_wait_ms;     /* from a start to SIGKILL, if no READY arrives */

    void *context;
    /* The session is idle; a cell can be run. */
    void (*ready)(void *context);
    /* Every frame of the session, in order. A handler may keep the frame's descriptor. */
    void (*frame)(void *context, struct session_link_frame *frame);
    /* Text that the session wrote to stdout (1) or stderr (2). */
    void (*text)(void *context, int stream, const char *bytes, size_t size);
    /* The session died and was replaced (ready follows), or no session can be started. what
       describes the event and the restored state; busy: the running cell is lost; error: content
       of the cell's error, if its cause is known, or NULL. */
    void (*died)(void *context, const char *what, bool busy, const json_t *error);
};

/* A cell to be run. The pointers are borrowed until the cell is finished or lost. */
struct supervisor_cell {
    uint64_t id;         /* unique in this kernel */
    int execution_count; /* by which messages refer to the cell */
    bool silent, allow_stdin;
    bool resets;                    /* begins with `reset`: if the session dies of the cell, it can
                                       be run in a new session */
    const json_t *user_expressions; /* an object, or NULL */
    const char *code;               /* no NUL within code_size */
    size_t code_size;
};

/* Starts a session immediately. NULL when memory runs out. Caller frees with supervisor_free, after
   supervisor_end. */
struct supervisor *supervisor_new(const struct supervisor_config *config);
void supervisor_free(struct supervisor **supervisor);

/* Sends a cell to the session; only when supervisor_is_ready. False: memory ran out; the cell
   does not run. */
bool supervisor_run(struct supervisor *supervisor, const struct supervisor_cell *cell)
    __attribute__((warn_unused_result));
bool supervisor_is_ready(const struct supervisor *supervisor);

/* True if no session could be started; no session becomes ready before supervisor_want is called.
   */
bool supervisor_gave_up(const struct supervisor *supervisor);

/* A cell is waiting: if the session was given up, tries to start it once more. */
void supervisor_want(struct supervisor *supervisor);

/* Sends the user's answer to a question; answer is the payload of SESSION_LINK_INPUT. */
void supervisor_answer(struct supervisor *supervisor, const char *answer, size_t size);

/* Interrupts the running cell. False: no cell is running. */
bool supervisor_interrupt(struct supervisor *supervisor);

/* ---- frames about the session's own state ---- */

void supervisor_on_ready(struct supervisor *supervisor, const struct session_link_frame *frame);
void supervisor_on_standby(struct supervisor *supervisor, struct session_link_frame *frame);
void supervisor_on_reset(struct supervisor *supervisor, const struct session_link_frame *frame);

/* SESSION_LINK_NAMES: if a cell is running, it has changed the session. */
void supervisor_on_names(struct supervisor *supervisor);

/* SESSION_LINK_DONE: the session is idle. False: no cell was running. */
bool supervisor_on_done(struct supervisor *supervisor);

/* ---- called by the main loop ---- */

/* The descriptors to wait for, as in poll(2), the time until which to wait, and the work that is
   then due. */
void supervisor_waits(struct supervisor *supervisor, struct pollfd waits[SUPERVISOR_WAITS]);
int64_t supervisor_deadline(const struct supervisor *supervisor);
void supervisor_act(struct supervisor *supervisor);

/* A child process has ended with this status (waitpid). */
void supervisor_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* Ends the session, its standbys and all orphans, and waits for their end. No callback is called
   afterwards. */
void supervisor_end(struct supervisor *supervisor);

#endif
