/*
 * compiler - runs the system's C compiler for a cell: source text in, shared object out, messages
 * as text.
 *
 * cells.c and sanitize.c call it. The compiler reads from a pipe and writes its messages to
 * another; the wait for it can be interrupted.
 */
#ifndef MNIST_C_CELLS_COMPILER_H
#define MNIST_C_CELLS_COMPILER_H

#include <stdbool.h>

#include "mnist/base/errors.h"

enum { COMPILER_FLAGS_MAX = 64, COMPILER_MESSAGES_MAX = 256 * 1024 };

struct compiler_job {
    const char *program;      /* "cc", "clang"                                               */
    const char *folder;       /* working folder, with the files that #line directives name    */
    const char *source;       /* C text, for its standard input                              */
    const char *object;       /* path of the shared object to make                           */
    const char *const *flags; /* options of the compiler, NULL at the end                    */
    const char *const *links; /* libraries, after the source (-lm), NULL at the end          */
    bool colours;             /* in messages                                                 */
    bool (*stop)(void *context);
    void *context;
};

enum compiler_status {
    COMPILER_DONE,    /* the object exists; messages may contain warnings */
    COMPILER_REFUSED, /* the source has errors: messages                  */
    COMPILER_FAILED,  /* no compiler, or interrupted: error               */
};

/* *messages: caller frees; NULL if COMPILER_FAILED. */
enum compiler_status compiler_run(const struct compiler_job *job, char **messages,
                                  struct error *error);

#endif
