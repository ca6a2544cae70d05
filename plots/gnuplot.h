/*
 * gnuplot - the one long-lived gnuplot child, and how a script becomes a picture.
 *
 * plots.h's functions write a script (data as variables and datablocks, then a template's name);
 * this draws it as SVG and as PNG. The child is started by the first picture, kept for the next
 * ones (it saves some 20 ms each), and started anew after it died, failed, was too slow or was
 * stopped. It is fed through one socket, answers through the same, and leaves its pictures in two
 * memory files that it shares with us: no path, no temporary file to clean up (session_process.h).
 *
 * The host is not disturbed: its stdin, stdout, stderr, signal handlers and signal mask stay as
 * they are; no SIGPIPE can come from here; the child is in a process group of its own, so a
 * Ctrl-C at the terminal does not reach it; every descriptor closes on exec. One thread at a time
 * may use a struct gnuplot.
 */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "plots/picture.h"

enum {
    GNUPLOT_TIMEOUT_MS = 60000,    /* one picture may take this long                         */
    GNUPLOT_POLL_MS = 20,          /* the stop callback is asked this often while we wait    */
    GNUPLOT_SCRIPT_MAX = 64 << 20, /* bytes of one script                                    */
    GNUPLOT_OUTPUT_MAX = 64 << 20, /* bytes of one SVG or PNG                                */
    PLOT_ERROR_TEXT_SIZE = 512,
};

enum plot_error_kind {
    PLOT_ERROR_NONE,
    PLOT_ERROR_DATA,        /* the numbers cannot be drawn: none, too many, all NaN */
    PLOT_ERROR_SYSTEM,      /* gnuplot is missing, died, was too slow; no memory    */
    PLOT_ERROR_INTERRUPTED, /* the stop callback said stop                          */
};

struct plot_error {
    enum plot_error_kind kind;
    char text[PLOT_ERROR_TEXT_SIZE];
};

struct gnuplot;

struct gnuplot_config {
    const char *plots_dir; /* the folder of the .gp templates; copied */
    const char *program;   /* NULL: $MNIST_GNUPLOT or else "gnuplot", found by $PATH; copied */
    int timeout_ms;        /* 0: GNUPLOT_TIMEOUT_MS */
    bool (*stop)(void *);  /* true = the user wants to stop; NULL: nobody can */
    void *stop_context;    /* what stop is called with */
};

/* No child is started yet. NULL when memory runs out. Caller frees with gnuplot_free. */
struct gnuplot *gnuplot_new(const struct gnuplot_config *config);

/* Ends and reaps the child. NULL is fine. */
void gnuplot_free(struct gnuplot **gnuplot);

/* Who is asked from now on whether the user wants to stop; stop may be NULL. */
void gnuplot_set_stop(struct gnuplot *gnuplot, bool (*stop)(void *context), void *context);

/* In the child of a fork, at once: forgets the parent's gnuplot and closes our copies of what
   leads to it, without writing to it or waiting for it. The next picture starts a gnuplot of this
   process's own. */
void gnuplot_after_fork(struct gnuplot *gnuplot);

struct gnuplot_job {
    const char *template;    /* "loss" draws plots_dir/loss.gp                              */
    const char *definitions; /* gnuplot commands that define what the template uses         */
    size_t definitions_size; /* bytes                                                       */
    int width, height;       /* CSS pixels                                                  */
    const char *title;       /* of the SVG, for screen readers; UTF-8, cleaned by text_clean */
    const char *sentence;    /* copied to the picture, and the SVG's description             */
};

/* Draws the job as SVG and as PNG. On success picture (zeroed or released before) is filled. On
   failure it is as it was, and the next call starts a new gnuplot if need be. */
__attribute__((warn_unused_result)) bool gnuplot_draw(struct gnuplot *gnuplot,
                                                      const struct gnuplot_job *job,
                                                      struct picture *picture,
                                                      struct plot_error *error);

/* The child's process id, or 0 when none runs. For tests and `info`. */
int gnuplot_pid(const struct gnuplot *gnuplot);

#endif
