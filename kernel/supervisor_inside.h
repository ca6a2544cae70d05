/*
 * supervisor_inside - what the supervisor's files share: its states, and a few steps of its own.
 *
 * supervisor.c starts, watches and buries the session process, supervisor_frames.c reads what it says,
 * supervisor_end.c ends it with the kernel.
 */
#ifndef KERNEL_SUPERVISOR_INSIDE_H
#define KERNEL_SUPERVISOR_INSIDE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/child.h"
#include "kernel/supervisor.h"

enum { TEXT_SIZE = 512 };

enum state { STATE_DOWN, STATE_GIVEN_UP, STATE_STARTING, STATE_IDLE, STATE_BUSY };

struct supervisor {
    struct supervisor_config config;
    enum state state;
    struct child *child; /* NULL: DOWN or GIVEN_UP */
    bool reaped;         /* the child's process has ended, with status */
    int status;
    int64_t closed_ms; /* when the link was found closed; 0 = it is open */

    int copy_socket; /* the newest waiting copy; -1 = none */
    pid_t copy_pid;

    int count;       /* of the running cell */
    uint64_t cell;   /* its number */
    int known_count; /* the last cell after which all is in the copy */

    int lost_copies;     /* copies that died before they were ready, in a row */
    int failures;        /* deaths since a cell was last done */
    int64_t start_ms;    /* DOWN: when to start */
    int64_t ready_by_ms; /* STARTING: until when */

    int64_t interrupted_ms, signal_ms; /* BUSY: first and next SIGINT; 0 = not interrupted */
    bool stubborn;                     /* was killed because it did not stop */
    bool late;                         /* was killed because it was not ready in time */

    bool grieving;  /* a death has not been reported yet */
    bool open_cell; /* it ended a cell */
    bool adopting;  /* STARTING: a copy was asked to take over */
    bool moved; /* BUSY: the session goes on in a fork; what it left is no doing of the cell's */
    char what[TEXT_SIZE];
};

/* Reports the death that is still unreported; left says what is left of the session's state. */
void supervisor_report(struct supervisor *s, const char *left, const json_t *error);

void supervisor_forget_copy(struct supervisor *s);
void supervisor_signal(const struct supervisor *s, int number);

/* Reads frames, at most max of them. What ready() or frame() set off may have replaced nothing: the
   child is the same. */
void supervisor_read_frames(struct supervisor *s, int max);

#endif
