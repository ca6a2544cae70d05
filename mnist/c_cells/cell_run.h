/*
 * cell_run - a loaded cell's function, run: once or, for `%%c time`, many times; its value shown.
 *
 * cells.c calls it, in the session or in the copy that checks a cell (sanitize.h). Around it: cell_environment.h; over it: crash.h.
 */
#ifndef MNIST_C_CELLS_CELL_RUN_H
#define MNIST_C_CELLS_CELL_RUN_H

#include <jansson.h>

#include "mnist/c_cells/cells.h"

struct cell_run {
    const struct cells_config *config;
    const struct cells_request *request;
    struct crash_record *record;
    const char *object; /* the file that the function was loaded from */
    const json_t *type; /* of the cell's value (type_json.h); NULL = it has none */
};

/* Returns unless the cell ends the process. */
void cell_run(const struct cell_run *run, void (*function)(void));

#endif
