/*
 * cell_environment - what a cell of C finds around it, and what is put back in order behind it.
 *
 * stdout is not buffered, so that what is printed appears at once and in the order of write(2) and of
 * child processes; stdin asks the reader of the notebook; memory and time have a limit. Locale, rounding,
 * signal handlers, umask and environment variables are as the cell before left them (process_state.h).
 * Afterwards the three standard files, the working folder, the signal mask, the limits and the processors
 * are as they were, and processes that the cell has left running are ended.
 */
#ifndef MNIST_C_CELLS_CELL_ENVIRONMENT_H
#define MNIST_C_CELLS_CELL_ENVIRONMENT_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include "mnist/c_cells/streams.h"
#include "mnist/output/output.h"

enum { CELL_ENVIRONMENT_CHILDREN_MAX = 256 };

/* A cell's stdin: a stream whose lines come from the front end. */
struct cell_input {
    FILE *file;            /* NULL = the cell has closed it                */
    struct output *output; /* asks for a line; NULL = the cell is over: end of file */
    char *line;            /* the last answer, of which `read` bytes have been read */
    size_t size, read;
};

struct cell_environment {
    struct cell_input *input; /* the cell's stdin; NULL = none */
    FILE *input_before;
    struct streams streams;
    int folder; /* the working folder */
    struct rlimit limits[RLIM_NLIMITS];
    cpu_set_t processors;                                     /* that it may run on */
    int children[CELL_ENVIRONMENT_CHILDREN_MAX], child_count; /* that were there before */
};

/* memory: bytes that the cell may take beside what is in use; 0 = any. */
void cell_environment_begin(struct cell_environment *around, struct output *output,
                            uint64_t memory);

/* The cell's function has returned: process state, timers and limits are put back, and processes that the cell left
   running are ended. keeps(context, pid): the process is the session's own, though it was started while the cell ran.
   Returns the number of ended processes. */
int cell_environment_stop(struct cell_environment *around, bool (*keeps)(void *context, int pid),
                          void *context);

/* After cell_environment_stop: restores standard streams, working folder and processors. */
void cell_environment_end(struct cell_environment *around);

#endif
