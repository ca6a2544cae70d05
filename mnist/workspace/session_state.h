/*
 * session_state - struct session: all state of a session, and the functions that every command may
 * need.
 *
 * This is the inside of session.h, for mnist/commands/, mnist/c_api/ and mnist/bench/. A run
 * function gets the session and a bound call. It checks the arguments, computes into new objects,
 * and stores them in the session only after everything succeeded, so that a failing command loses
 * nothing. It writes through s->output; its failure is a diagnostic with a position in the cell.
 * One thread owns the session.
 */
#ifndef MNIST_WORKSPACE_SESSION_STATE_H
#define MNIST_WORKSPACE_SESSION_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/c_cells/cells.h"
#include "mnist/c_cells/faults/crash.h"
#include "mnist/language/bound_call.h"
#include "mnist/language/live_names.h"
#include "mnist/output/output.h"
#include "mnist/workspace/blueprints.h"
#include "mnist/workspace/current_data.h"
#include "mnist/workspace/current_model.h"
#include "mnist/workspace/project_paths.h"
#include "mnist/workspace/session_config.h"
#include "mnist/workspace/session_report.h"
#include "plots/gnuplot.h"

struct session {
    struct session_config config;
    struct project_paths places;
    struct thread_pool *pool;
    struct gnuplot *gnuplot;
    const struct engine *engine;
    struct variables *variables;
    struct live_names names;
    struct data data;
    struct model model;
    struct blueprints blueprints;

    /* Settings (`set`). */
    char plot_format[8];                  /* "svg", "png", "both"                       */
    char plot_folder[PROJECT_PATHS_SIZE]; /* folder for copies of pictures; "" = none   */
    char c_compiler[256];                 /* "cc"                                       */
    uint64_t c_memory;                    /* limit of a C cell in bytes                 */
    int c_seconds;                        /* time limit of a C cell; 0 = no limit       */

    struct live_names pictures_written; /* file names without suffix; each is written only once */
    bool warned_checkpoint;             /* the warning "no checkpoint can be kept" was printed */
    struct cells *cells;                /* the C cells of the session; NULL before the first */

    /* The running cell. */
    struct output *output;
    int cell_number;
    bool changed; /* see struct session_report */
    bool exits;
    int statement; /* index of the current statement                          */
    int skip;      /* number of statements to leave out                       */
    int inside;    /* nesting depth of commands that a C cell runs            */
    /* Runs commands for a C cell (mnist_run), with the cell's output. Set by session.c. */
    void (*run_inside)(struct session *s, const char *commands, struct session_report *report);
    char *c_text;                 /* text of a C cell; NULL = the cell holds commands        */
    char *compiler_messages;      /* of a C cell that did not compile                        */
    struct crash_report c_report; /* of a C cell that failed under a sanitizer; text NULL = none */
};

/* Settings to their defaults. */
void session_defaults(struct session *s);

/* True if the user asked to stop. */
bool state_stopped(struct session *s);

/* In the child of a fork, before any other call: forgets threads and pipes of the parent. */
void state_after_fork(struct session *s);

/* Reports error as the diagnostic of this command. Returns false. */
bool fail(const struct bound_call *call, struct diagnostic *diagnostic, const struct error *error);

#endif
