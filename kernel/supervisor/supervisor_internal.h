/*
 * supervisor_internal - the struct and functions shared by the supervisor's files.
 *
 *     supervisor.c           states: start, run, interrupt, death
 *     supervisor_frames.c    frames about the session's own state
 *     supervisor_standbys.c  the standbys, and the decision which one is promoted
 *     supervisor_end.c       the end of the kernel
 */
#ifndef KERNEL_SUPERVISOR_SUPERVISOR_INTERNAL_H
#define KERNEL_SUPERVISOR_SUPERVISOR_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/supervisor/session_process.h"
#include "kernel/supervisor/supervisor.h"

enum { TEXT_SIZE = 512 };

enum supervisor_state { STATE_DOWN, STATE_GIVEN_UP, STATE_STARTING, STATE_IDLE, STATE_BUSY };

/* A standby: a forked copy of the session that waits to be promoted (session/session_standby.h).
   Cells are identified by their execution counts; 0 = no cell. */
struct waiting_standby {
    int socket; /* -1 = no standby */
    pid_t pid;
    int changed_by; /* the cell that produced this state */
    int last_cell;  /* the last cell after which the session was in this state; of the older only */
};

struct supervisor {
    struct supervisor_config config;
    enum supervisor_state state;
    struct session_process *child; /* NULL in STATE_DOWN and STATE_GIVEN_UP */
    bool reaped;                   /* the child's process has ended, with status */
    int status;
    int64_t closed_ms; /* when the link was found closed; 0 = it is open */

    struct waiting_standby newest; /* with the session's current state */
    struct waiting_standby older;  /* with the state before its last change */
    int changed_by;                /* of the current state, as in waiting_standby */
    int last_cell;                 /* the last cell that has finished */
    int saved_cell;                /* the last cell whose changes are all in the newest standby */
    bool unsaved;                  /* a cell changed the session, and no standby has the change */
    int deaths;                    /* unexplained deaths of sessions with the current state */
    int rolled_back;   /* a cell that was rolled back and is not reported yet; 0 = none */
    bool damaged;      /* it was rolled back because its state was damaged */
    int lost_standbys; /* consecutive standbys that died before they were ready */

    struct supervisor_cell cell; /* STATE_BUSY, or resume_pending: the running cell */
    int reset_statement;         /* the `reset` that the cell has reached; -1 = none */
    bool resume_pending;         /* a new session is being started to resume the cell */
    bool resumed;                /* STATE_BUSY: this session was started to resume the cell */

    int failures;        /* consecutive deaths without a finished cell in between */
    int64_t start_ms;    /* STATE_DOWN: when to start */
    int64_t ready_by_ms; /* STATE_STARTING: deadline */

    int64_t interrupted_ms, signal_ms; /* STATE_BUSY: time of the first and of the next SIGINT; 0 =
                                          the cell was not interrupted */
    bool interrupt_timed_out;          /* killed because the cell ignored the interrupt */
    bool start_timed_out;              /* killed because it was not ready in time */

    bool death_unreported; /* a death has not been reported yet */
    bool cell_lost;        /* that death ended a cell */
    bool promoting;        /* STATE_STARTING: a standby was sent SESSION_LINK_TAKE_OVER */
    char cause[TEXT_SIZE]; /* of that death */
};

/* Reports the unreported death, if any; state_left describes the state that was restored. */
void supervisor_report_death(struct supervisor *s, const char *state_left, const json_t *error);

void supervisor_signal(const struct supervisor *s, int number);

/* Sends the running cell to the new session that was started for it, from the `reset` on. */
void supervisor_resume_cell(struct supervisor *s);

/* ---- standbys ---- */

void supervisor_drop_standbys(struct supervisor *s);
void supervisor_standby_ended(struct supervisor *s, pid_t pid);

/* Adds a new standby, with the state before the running cell or after it. The socket is consumed.
   */
void supervisor_add_standby(struct supervisor *s, pid_t pid, int socket, bool before);

/* Counts a death of the session if its memory may be damaged. Call it before supervisor_promote. */
void supervisor_count_death(struct supervisor *s);

/* Promotes a standby. False: no standby is alive. */
bool supervisor_promote(struct supervisor *s);

/* Describes the state of the promoted standby, for supervisor_report_death. */
void supervisor_describe_state(struct supervisor *s, char state_left[TEXT_SIZE]);

#endif
