/*
 * session_config - what the program that creates a session decides; a part of session.h.
 */
#ifndef MNIST_WORKSPACE_SESSION_CONFIG_H
#define MNIST_WORKSPACE_SESSION_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct crash_record;

struct session_config {
    int threads;             /* 0 = one for each processor                                 */
    const char *plot_folder; /* folder for copies of all pictures; NULL = none             */
    bool colours;            /* ANSI colours in the compiler's messages                    */
    const char *executable;  /* argv[0], to find templates and data; not NULL              */
    size_t help_width;       /* columns of help on the terminal; 0 = HELP_WIDTH (help.h)   */
    bool (*stop)(void *);    /* true = interrupt; called often, by the session's thread    */
    void *stop_context;
    /* Continues in a new process, which begins with this statement (a `reset`) of the running cell.
       Returns only on failure. NULL = not available. */
    void (*fresh)(void *context, int statement);
    void *fresh_context;
    /* How a C cell ended the process, in memory that is shared with the standbys; NULL = there are
       no standbys. */
    struct crash_record *crash;
};

#endif
