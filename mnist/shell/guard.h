/*
 * guard - crash recovery of the shell program: forked standbys, one of which takes over when a C
 * cell ends the process.
 *
 *     mnist ──> guardian: waits; ends with the exit status of the last worker
 *       └─> worker: executes cells   before a C cell ──fork──> standby: waits
 *              × a cell crashes                                   └─> new worker; reports the crash
 *
 * The process that the user started becomes the guardian at the first C cell; without C cells there
 * is no fork. Two standbys are kept: the one from before the last C cell, and the one from before
 * the C cell before that, because a C cell may damage memory that only a later cell uses. The
 * kernel has its own standbys (kernel/session/session_standby.h).
 *
 * A signal that a cell sends to its process group ends only the worker. SIGKILL to the group or to
 * all processes (`kill(-1, ...)`) ends everything.
 */
#ifndef MNIST_SHELL_GUARD_H
#define MNIST_SHELL_GUARD_H

#include <stdbool.h>

#include "mnist/process/crash_record.h"

struct guard;

/* In shared memory. NULL if memory runs out. Never freed. */
struct guard *guard_new(void);

/* The record in which the worker writes the cause of its end. */
struct crash_record *guard_record(struct guard *guard);

enum guard_role {
    GUARD_WORKER,    /* the caller executes the cell                        */
    GUARD_SUCCESSOR, /* a standby that takes over; *death describes the end */
    GUARD_FAILED,    /* no process could be created; errno is set           */
};

struct guard_death {
    int status; /* of waitpid                                                 */
    int cell;   /* execution count of the cell that ended the process         */
};

/* A cell with this execution count begins. */
void guard_begin_cell(struct guard *guard, int cell);

/* Call before a C cell. New processes call forget(context) to drop threads and pipes of their
   parent. */
enum guard_role guard_before(struct guard *guard, void (*forget)(void *context), void *context,
                             struct guard_death *death);

/* The program ends with this exit status, even if the worker crashes afterwards. */
void guard_end(struct guard *guard, int status);

#endif
