/*
 * cells - C cells: compiled, loaded into the session process, run; their definitions kept for later
 * cells.
 *
 *     text ── mnist-clang (clang/cell_parse.h) ──> items ── translation_unit.h ──> C source
 *          ── compiler.h ──> shared object ── shared_object.h ──> function
 *          ── cell_run.h, faults/crash.h ──> outputs
 *
 * mnist/commands/c_cell.c calls it. A cell that does not compile changes nothing. A cell that ends
 * the process is reported by the copy of the process that takes over (faults/crash.h). Shared
 * objects are never unloaded, because pointers to their content may exist.
 */
#ifndef MNIST_C_CELLS_CELLS_H
#define MNIST_C_CELLS_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/c_cells/faults/crash.h"
#include "mnist/output/output.h"

enum { CELLS_MAX = 100000, CELLS_FLAGS_MAX = 32 };

struct cells;

struct cells_config {
    const char *clang;           /* path of mnist-clang                                     */
    const char *include;         /* folder of mnist.h                                       */
    bool colours;                /* in the compiler's messages                              */
    struct crash_record *record; /* shared with the copies of the process; NULL = no copies */
    bool (*stop)(void *context);
    bool (*keeps)(void *context, int pid); /* true: the session's process, not the cell's      */
    void (*forget)(void *context); /* called in a copy of the process: drops threads and pipes */
    void (*hush)(void *context);   /* discards outputs of mnist.h until the cell ends          */
    void *context;
};

enum cells_mode {
    CELLS_RUN,
    CELLS_TIME,  /* run many times and measured (timing.h)                                */
    CELLS_CHECK, /* run in a copy of the process with sanitizers (sanitize.h); keeps no
                    definitions                                                           */
};

struct cells_request {
    enum cells_mode mode;
    const char *text; /* C; an empty first line in place of %%c               */
    int number;       /* the cell's number in messages; 0 = none              */
    const char *compiler;
    const char *flags[CELLS_FLAGS_MAX + 1]; /* of the compiler, NULL at the end */
    const char *links[CELLS_FLAGS_MAX + 1]; /* -lm ..., NULL at the end         */
    uint64_t memory;                        /* limit in bytes; 0 = none         */
    int seconds;                            /* time limit; 0 = none             */
    struct output *output;
};

/* A failure: an error, and details. */
struct cells_trouble {
    struct error error;
    char *messages;             /* of the compiler; NULL = none; caller frees            */
    struct crash_report report; /* of CELLS_CHECK; text NULL = none; caller releases     */
};

/* NULL with error set. Caller frees with cells_free, which also removes the cells' files. */
struct cells *cells_new(const struct cells_config *config, struct error *error);
void cells_free(struct cells **cells);

/* Removes the cells' files: for a process that is about to end without cells_free. */
void cells_leave(struct cells *cells);

/* Must be called in the child of a fork. */
void cells_after_fork(struct cells *cells);

/* Runs a cell. False with trouble filled: it did not compile or could not be loaded, and nothing
   has run; or it was checked and has a fault. */
bool cells_run(struct cells *cells, const struct cells_request *request,
               struct cells_trouble *trouble);

/* Calls a function that a cell has defined, in the same environment as the statements of a cell.
   Uses only memory, seconds and output of the request. */
void cells_call(struct cells *cells, const struct cells_request *request, void (*function)(void));

/* Forgets all definitions. Shared objects stay loaded. */
void cells_forget(struct cells *cells);

/* The definitions of all cells as C text, for completion. Caller frees; NULL: out of memory. */
char *cells_scope(const struct cells *cells);

#endif
