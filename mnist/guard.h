/*
 * guard - the shell program's net under a cell of C: a copy of the program that takes over when the cell ends it.
 *
 *     mnist ──> guardian: waits, and ends with the status of the last of the others
 *       └─> worker: runs the cells        before a cell of C: └─> copy: waits
 *                 × a cell crashes                                └─> is the worker now, tells what happened, goes on
 *
 * The process that the user started becomes the guardian at the first cell of C; without one, nothing is forked. The kernel
 * needs none of this: it keeps copies anyway (kernel/snapshot.h).
 */
#ifndef MNIST_GUARD_H
#define MNIST_GUARD_H

#include <stdbool.h>

#include "mnist/c/crash.h"

struct guard;

/* In memory that all of them share. NULL without memory. Never freed. */
struct guard *guard_new(void);

/* Where the worker notes how it died. */
struct crash_record *guard_record(struct guard *guard);

enum guard_role {
    GUARD_WORKER,    /* run the cell, then guard_done                        */
    GUARD_SUCCESSOR, /* the cell has ended its process: *status is waitpid's */
    GUARD_FAILED,    /* no process to be had: errno                          */
};

/* Before a cell of C. forget(context) is called in new processes, to drop threads and pipes. */
enum guard_role guard_before(struct guard *guard, void (*forget)(void *context), void *context,
                             int *status);
void guard_done(struct guard *guard);

/* In the worker: goes on in a fork of it, where its other threads are gone (renew.h). False: no process to be had, or
   there is no guardian: this is the process that the user started. */
bool guard_renew(struct guard *guard, void (*forget)(void *context), void *context);

#endif
