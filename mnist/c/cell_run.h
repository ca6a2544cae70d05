/*
 * cell_run - a loaded cell's function, run: once or, for `%%c time`, many times; its value shown.
 *
 * cells.c calls it, in the session or in the copy that checks a cell (check.h). Around it: surroundings.h; over it: crash.h.
 */
#ifndef MNIST_C_CELL_RUN_H
#define MNIST_C_CELL_RUN_H

#include <jansson.h>

#include "mnist/c/cells.h"

struct cell_run {
    const struct cells_config *config;
    const struct cells_request *request;
    struct crash_record *record;
    const char *object; /* the file that the function was loaded from */
    const json_t *type; /* of the cell's value (describe.h); NULL = it has none */
};

/* Returns unless the cell ends the process. */
void cell_run(const struct cell_run *run, void (*function)(void));

#endif
