/*
 * supervisor_internal - what the supervisor's files share: its states, and a few steps of its own.
 *
 * supervisor.c starts, watches and buries the session process, supervisor_frames.c reads what it
 * says, supervisor_copies.c has the copies that wait, supervisor_end.c ends all with the kernel.
 */
#ifndef KERNEL_SUPERVISOR_SUPERVISOR_INTERNAL_H
#define KERNEL_SUPERVISOR_SUPERVISOR_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/supervisor/session_process.h"
#include "kernel/supervisor/supervisor.h"

enum { TEXT_SIZE = 512 };

enum state { STATE_DOWN, STATE_GIVEN_UP, STATE_STARTING, STATE_IDLE, STATE_BUSY };

/* A copy of the session that waits to take over (standby.h). */
struct waiting_copy {
    int socket; /* -1 = there is none */
    pid_t pid;
    int made_by; /* execution count of the cell that made its state; 0 = the state has no cell */
    int count;   /* of the last cell after which the session was in this state; the older's alone */
};

struct supervisor {
    struct supervisor_config config;
    enum state state;
    struct session_process *child; /* NULL: DOWN or GIVEN_UP */
    bool reaped;                   /* the child's process has ended, with status */
    int status;
    int64_t closed_ms; /* when the link was found closed; 0 = it is open */

    struct waiting_copy newest; /* of the state that the session works on    */
    struct waiting_copy older;  /* of the state before its last change        */
    int made_by;                /* of the session's state, as in waiting_copy */
    int deaths;                 /* unexplained, of sessions of this state     */
    int rolled_back;            /* a cell, for the report; 0 = none           */
    bool damaged;               /* that is why                                */

    int count;       /* of the running cell */
    uint64_t cell;   /* its number */
    int done_count;  /* of the last cell that ended */
    int known_count; /* of the last cell whose changes are all in the newest copy */

    char *request; /* of the running cell, [request_size] */
    size_t request_size;
    bool resets;    /* it begins with `reset`                                      */
    int fresh_from; /* the statement with which a fresh session goes on; -1 = none */
    bool rerun;     /* STARTING, DOWN: a fresh session will go on with the cell    */
    bool has_rerun; /* BUSY: this session was started for the cell                 */

    int lost_copies;     /* copies that died before they were ready, in a row */
    int failures;        /* deaths since a cell was last done */
    int64_t start_ms;    /* DOWN: when to start */
    int64_t ready_by_ms; /* STARTING: until when */

    int64_t interrupted_ms, signal_ms; /* BUSY: first and next SIGINT; 0 = not interrupted */
    bool stubborn;                     /* was killed because it did not stop */
    bool late;                         /* was killed because it was not ready in time */

    bool death_unreported; /* a death has not been reported yet */
    bool open_cell;        /* it ended a cell */
    bool adopting;         /* STARTING: a copy was asked to take over */
    bool uncopied;         /* a cell changed the session, and no copy has that change */
    char what[TEXT_SIZE];
};

/* Reports the death that is still unreported; left says what is left of the session's state. */
void supervisor_report(struct supervisor *s, const char *left, const json_t *error);

/* ---- copies ---- */

void supervisor_forget_copies(struct supervisor *s);
void supervisor_copy_ended(struct supervisor *s, pid_t pid);

/* A new copy, of the state before the running cell or after it. The socket is consumed. */
void supervisor_add_copy(struct supervisor *s, pid_t pid, int socket, bool before);

/* The session has died: is its state to blame? Before supervisor_take_over. */
void supervisor_count_death(struct supervisor *s);

/* A copy becomes the session. False: none is alive. */
bool supervisor_take_over(struct supervisor *s);

/* What the session that has taken over still has, for supervisor_report. */
void supervisor_describe_copy(struct supervisor *s, char left[TEXT_SIZE]);

/* The fresh session that was started for the running cell is ready: sends it the cell. */
void supervisor_rerun(struct supervisor *s);

void supervisor_signal(const struct supervisor *s, int number);

/* Reads frames, at most max of them. What ready() or frame() set off may have replaced nothing: the
   child is the same. */
void supervisor_read_frames(struct supervisor *s, int max);

#endif
