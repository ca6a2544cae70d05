/*
 * cells - cells of C: compiled, loaded into this process, run, and what they define kept for the next.
 *
 *     text ─ mnist-clang (split.h) ─> items ─ translation_unit.h ─> source ─ cc ─> shared object ─ dlopen ─> run (crash.h)
 *
 * A cell that does not compile changes nothing. One that kills the process is for the process's copy to tell
 * (cells_last_words). Objects stay loaded: what was defined may be pointed to.
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
    const char *clang;           /* path of mnist-clang                                           */
    const char *include;         /* folder of mnist.h                                             */
    bool colours;                /* in the compiler's messages                                    */
    struct crash_record *record; /* shared with the copy; NULL = cells makes one, for nobody      */
    bool (*stop)(void *context);
    bool (*keeps)(void *context, int pid); /* a process of the session's own, not the cell's */
    void (*forget)(void *context); /* in a copy of the process: threads and pipes             */
    void (*hush)(void *context);   /* outputs of mnist.h are dropped up to the cell's end      */
    void *context;
};

enum cells_mode {
    CELLS_RUN,
    CELLS_TIME,  /* and again and again (timing.h)                                     */
    CELLS_CHECK, /* in a copy of the process, by sanitizers (sanitize.h): defines nothing */
};

struct cells_request {
    enum cells_mode mode;
    const char *text; /* C; the first line is empty where the notebook has %%c */
    int number;       /* the cell's, as the user sees it; 0 = none             */
    const char *compiler;
    const char *flags[CELLS_FLAGS_MAX + 1]; /* for the compiler, ends with NULL */
    const char *links[CELLS_FLAGS_MAX + 1]; /* -lm ..., ends with NULL          */
    uint64_t memory;                        /* bytes that it may take; 0 = any  */
    int seconds;                            /* that it may run; 0 = any         */
    struct output *output;
};

/* What went wrong, beside error: the compiler's messages, whole; what a checked cell did. */
struct cells_trouble {
    struct error error;
    char *messages;             /* NULL = the compiler did not speak; caller frees */
    struct crash_report report; /* of CELLS_CHECK; text NULL = none; caller releases */
};

/* NULL with error set. Caller frees. */
struct cells *cells_new(const struct cells_config *config, struct error *error);
void cells_free(struct cells **cells);

/* Removes the cells' files: the process is about to end without cells_free. */
void cells_leave(struct cells *cells);

/* In the child of a fork. */
void cells_after_fork(struct cells *cells);

/* False with trouble filled: it did not compile, or could not be loaded, and nothing ran; or it was checked, and something was
   found. */
bool cells_run(struct cells *cells, const struct cells_request *request,
               struct cells_trouble *trouble);

/* Calls a function that a cell has defined, as a cell's statements are called; of the request, memory, seconds and
   output count. */
void cells_call(struct cells *cells, const struct cells_request *request, void (*function)(void));

/* Nothing is defined any more. What is loaded stays: it may be pointed to. */
void cells_forget(struct cells *cells);

/* What the next cell is compiled behind, for completion. Caller frees; NULL without memory. */
char *cells_scope(const struct cells *cells);

#endif
