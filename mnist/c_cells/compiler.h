/*
 * compiler - the system's C compiler, as a cell needs it: source in, shared object out, messages as text.
 */
#ifndef MNIST_C_CELLS_COMPILER_H
#define MNIST_C_CELLS_COMPILER_H

#include <stdbool.h>

#include "mnist/base/errors.h"

enum { COMPILER_FLAGS_MAX = 64, COMPILER_MESSAGES_MAX = 256 * 1024 };

struct compiler_job {
    const char *program;      /* "cc", "clang"                                               */
    const char *folder;       /* where it runs: names in #line are found from there          */
    const char *source;       /* C, given on its standard input                              */
    const char *object;       /* the shared object that is to be                             */
    const char *const *flags; /* ends with NULL: for the compiler                            */
    const char *const *links; /* ends with NULL: behind the source: -lm                      */
    bool colours;             /* in messages                                                 */
    bool (*stop)(void *context);
    void *context;
};

enum compiler_status {
    COMPILER_DONE,    /* object is there; messages may hold warnings      */
    COMPILER_REFUSED, /* messages say why                                 */
    COMPILER_FAILED,  /* error says why: no compiler, interrupted         */
};

/* *messages: caller frees, NULL only without memory or when FAILED. */
enum compiler_status compiler_run(const struct compiler_job *job, char **messages,
                                  struct error *error);

#endif
