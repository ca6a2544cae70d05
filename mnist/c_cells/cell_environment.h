/*
 * cell_environment - the state of the process that a C cell runs in, and its restoration
 * afterwards.
 *
 *     stdin      a stream whose lines the front end supplies
 *     stdout     unbuffered: output appears immediately and in order
 *     memory     limited (RLIMIT_AS)
 *
 * cell_run.c calls begin, the cell's function, stop, end. Restored are the three standard streams,
 * the working folder, the resource limits, the timers and the processor affinity; child processes
 * that the cell has left running are killed. Locale, rounding mode, signal handlers, umask and
 * environment variables persist from cell to cell (process_state.h). The time limit is crash.h's.
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
    int folder; /* descriptor of the working folder */
    struct rlimit limits[RLIM_NLIMITS];
    cpu_set_t processors;                                     /* affinity                 */
    int children[CELL_ENVIRONMENT_CHILDREN_MAX], child_count; /* from before the cell     */
};

/* memory: limit in bytes of the memory that the cell allocates; 0 = none. */
void cell_environment_begin(struct cell_environment *around, struct output *output,
                            uint64_t memory);

/* After the cell's function: restores process state, timers and limits, and kills the child
   processes that the cell has left running, with their descendants. keeps(context, pid): the
   process is the session's, though it was started while the cell ran. Returns the number of killed
   processes. */
int cell_environment_stop(struct cell_environment *around, bool (*keeps)(void *context, int pid),
                          void *context);

/* After cell_environment_stop: restores standard streams, working folder and processors. */
void cell_environment_end(struct cell_environment *around);

#endif
