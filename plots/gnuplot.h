/*
 * gnuplot - one long-lived gnuplot process that draws scripts as SVG and as PNG.
 *
 * The functions of plots.h write a script (data as variables and datablocks, and the name of a
 * template). The first picture starts gnuplot, and the process is kept for further pictures, which
 * saves about 20 ms each. A new process is started after it died, failed, exceeded the time limit
 * or was interrupted. Commands and replies use one socket; script, SVG and PNG are memory files
 * shared with the process, so there are no temporary files (gnuplot_process.h).
 *
 * The calling process is not affected: its standard streams, signal handlers and signal mask stay
 * unchanged, and it never receives SIGPIPE. gnuplot has its own process group, so Ctrl-C at the
 * terminal does not reach it. Every descriptor closes on exec. Only one thread at a time may use a
 * struct gnuplot.
 */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "plots/picture.h"

enum {
    GNUPLOT_TIMEOUT_MS = 60000,    /* time limit of one picture                    */
    GNUPLOT_POLL_MS = 20,          /* interval of calls to stop while waiting      */
    GNUPLOT_SCRIPT_MAX = 64 << 20, /* bytes of one script                          */
    GNUPLOT_OUTPUT_MAX = 64 << 20, /* bytes of one SVG or PNG                      */
    PLOT_ERROR_TEXT_SIZE = 512,
};

enum plot_error_kind {
    PLOT_ERROR_NONE,
    PLOT_ERROR_DATA,        /* the data cannot be drawn: none, too many, all NaN            */
    PLOT_ERROR_SYSTEM,      /* gnuplot is missing, died or exceeded its time; out of memory */
    PLOT_ERROR_INTERRUPTED, /* stop returned true                                           */
};

struct plot_error {
    enum plot_error_kind kind;
    char text[PLOT_ERROR_TEXT_SIZE];
};

struct gnuplot;

struct gnuplot_config {
    const char *plots_dir; /* the folder of the .gp templates; copied */
    const char *program;   /* NULL: $MNIST_GNUPLOT, or else "gnuplot" in $PATH; copied */
    int timeout_ms;        /* 0: GNUPLOT_TIMEOUT_MS */
    bool (*stop)(void *);  /* true = interrupted by the user; may be NULL */
    void *stop_context;    /* argument of stop */
};

/* Does not start gnuplot yet. NULL if memory runs out. Caller frees with gnuplot_free. */
struct gnuplot *gnuplot_new(const struct gnuplot_config *config);

/* Ends and reaps the gnuplot process. *gnuplot may be NULL, and becomes NULL. */
void gnuplot_free(struct gnuplot **gnuplot);

/* Must be called in the child of a fork before any other use: closes the inherited descriptors
   without affecting the parent's gnuplot. The next picture starts a new process. */
void gnuplot_after_fork(struct gnuplot *gnuplot);

struct gnuplot_job {
    const char *template;    /* "loss" draws plots_dir/loss.gp                              */
    const char *definitions; /* gnuplot commands that define the template's variables       */
    size_t definitions_size; /* bytes                                                       */
    int width, height;       /* CSS pixels                                                  */
    const char *title;       /* of the SVG, for screen readers; cleaned by text_clean       */
    const char *sentence;    /* copied to the picture; also the SVG's description           */
};

/* Draws the job as SVG and as PNG. Success: fills picture, which must be zeroed or released.
   Failure: picture is unchanged, and the next call starts a new gnuplot process if necessary. */
__attribute__((warn_unused_result)) bool gnuplot_draw(struct gnuplot *gnuplot,
                                                      const struct gnuplot_job *job,
                                                      struct picture *picture,
                                                      struct plot_error *error);

/* The id of the gnuplot process, or 0 if it is not running. */
int gnuplot_pid(const struct gnuplot *gnuplot);

#endif
