/*
 * cell_run - runs the function of a loaded cell, once or, for `%%c time`, many times, and shows its
 * value.
 *
 * cells.c calls it, in the session process or in the copy that checks a cell (faults/sanitize.h).
 *
 *     cell_environment_begin ─> crash_call: the cell's function ─> cell_environment_stop
 *     ─> lines about processes and threads left running ─> cell_environment_end ─> the cell's value
 */
#ifndef MNIST_C_CELLS_CELL_RUN_H
#define MNIST_C_CELLS_CELL_RUN_H

#include <jansson.h>

#include "mnist/c_cells/cells.h"

struct cell_run {
    const struct cells_config *config;
    const struct cells_request *request;
    struct crash_record *record;
    const char *object; /* path of the shared object with the function      */
    const json_t *type; /* of the cell's value (type_json.h); NULL = no value */
};

/* Does not return if the cell ends the process. Calls may be nested: a cell runs a command that a
   cell has registered. */
void cell_run(const struct cell_run *run, void (*function)(void));

#endif
