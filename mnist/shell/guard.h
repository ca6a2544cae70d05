/*
 * guard - the shell program's net under cells of C: copies of the program, of which one takes over
 * when the program's process ends.
 *
 *     mnist ──> guardian: waits, and ends with the status of the last of the others
 *       └─> worker: runs the cells        before a cell of C: └─> copy: waits
 *                 × a cell crashes                                └─> is the worker now, tells what happened, goes on
 *
 * The process that the user started becomes the guardian at the first cell of C; without one,
 * nothing is forked. A copy waits on after its cell, because the cell may have damaged memory that
 * only a later command uses; so does the copy of the cell of C before it, as the older one. The
 * kernel needs none of this: it keeps copies anyway (kernel/session/standby.h).
 *
 * A signal that a cell sends to its process group ends the worker alone. SIGKILL to the group, or
 * to all processes (`kill(-1, ...)`), ends everything.
 */
#ifndef MNIST_SHELL_GUARD_H
#define MNIST_SHELL_GUARD_H

#include <stdbool.h>

#include "mnist/c_cells/faults/crash.h"

struct guard;

/* In memory that all of them share. NULL without memory. Never freed. */
struct guard *guard_new(void);

/* Where the worker notes how it died. */
struct crash_record *guard_record(struct guard *guard);

enum guard_role {
    GUARD_WORKER,    /* run the cell                                 */
    GUARD_SUCCESSOR, /* a process has ended, as *death says          */
    GUARD_FAILED,    /* no process to be had: errno                  */
};

struct guard_death {
    int status; /* waitpid's                                             */
    int cell;   /* that ran: the one of guard_before, or a later one     */
};

/* A cell, the user's count of it, is about to run. */
void guard_begin_cell(struct guard *guard, int cell);

/* Before a cell of C. forget(context) is called in new processes, to drop threads and pipes. */
enum guard_role guard_before(struct guard *guard, void (*forget)(void *context), void *context,
                             struct guard_death *death);

/* The program ends with this status, whatever still happens in the worker. */
void guard_end(struct guard *guard, int status);

#endif
