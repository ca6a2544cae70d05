/*
 * gnuplot_process - the gnuplot child process, its descriptors, and one exchange of commands and
 * replies.
 *
 * Used only by gnuplot.c, which knows the commands. This file only knows that a reply ends with a
 * mark.
 *
 *     caller                                       gnuplot
 *     socket  ---- commands --------------------->  stdin
 *     socket  <--- warnings, then the mark -------  stdout, stderr
 *     script  ==== memory file 3 =================> data and definitions
 *     svg     <=== memory file 4 =================  /dev/fd/4
 *     png     <=== memory file 5 =================  /dev/fd/5
 *
 * Memory files rather than pipes or a folder: there is nothing to read while gnuplot works, so no
 * deadlock; no file is left on the disk when a process is killed; every open of /dev/fd/N starts at
 * the beginning.
 */
#ifndef PLOTS_GNUPLOT_PROCESS_H
#define PLOTS_GNUPLOT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    GNUPLOT_PROCESS_SCRIPT = 3, /* descriptors in the child */
    GNUPLOT_PROCESS_SVG = 4,
    GNUPLOT_PROCESS_PNG = 5,
    GNUPLOT_PROCESS_REPLY_SIZE = 8192, /* at least the last half of a long reply is kept */
};

struct gnuplot_process {
    pid_t pid;                              /* 0 = no child; then all descriptors are -1 */
    int socket;                             /* both directions                           */
    int script, svg, png;                   /* memory files shared with the child        */
    char reply[GNUPLOT_PROCESS_REPLY_SIZE]; /* output since the exchange began, with a NUL */
    size_t reply_size;
};

/* The initial value. */
#define GNUPLOT_PROCESS_NONE \
    ((struct gnuplot_process){.socket = -1, .script = -1, .svg = -1, .png = -1})

/* Starts program, which is searched in PATH. Returns 0, or the errno of the failure. */
int gnuplot_process_start(struct gnuplot_process *child, const char *program);

/* Kills and reaps the child, if there is one. gnuplot has no state to save. */
void gnuplot_process_end(struct gnuplot_process *child);

/* Closes the descriptors without ending the child, which belongs to the parent: for the child of a
   fork. */
void gnuplot_process_forget(struct gnuplot_process *child);

/* True if the child runs; a child that has ended is reaped. */
bool gnuplot_process_is_alive(struct gnuplot_process *child);

struct gnuplot_process_talk {
    const char *commands;
    const char *mark; /* the reply ends with a line that contains it */
    int timeout_ms;
    int poll_ms;                 /* interval of calls of stop */
    bool (*stop)(void *context); /* NULL = none */
    void *stop_context;
};

enum gnuplot_process_outcome {
    GNUPLOT_PROCESS_ANSWERED,
    GNUPLOT_PROCESS_GONE,
    GNUPLOT_PROCESS_STOPPED,
    GNUPLOT_PROCESS_TOO_SLOW
};

/* Sends the commands and waits for the mark. Blocks at most poll_ms between calls of stop; signals
   do not change the outcome. */
enum gnuplot_process_outcome gnuplot_process_converse(struct gnuplot_process *child,
                                                      const struct gnuplot_process_talk *talk);

/* The mark in the reply if its line is complete, else NULL. */
const char *gnuplot_process_find(const struct gnuplot_process *child, const char *mark);

#endif
