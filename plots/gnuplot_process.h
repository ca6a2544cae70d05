/*
 * gnuplot_process - the gnuplot process: its life, its descriptors, one exchange of words.
 *
 * gnuplot.c alone uses it, and knows what is said; here nothing is known but that a talk ends with
 * a mark.
 *
 *     we                                           gnuplot
 *     socket  ---- commands --------------------->  stdin
 *     socket  <--- warnings, then our mark -------  stdout, stderr
 *     script  ==== memory file 3 =================> what to draw
 *     svg     <=== memory file 4 =================  /dev/fd/4
 *     png     <=== memory file 5 =================  /dev/fd/5
 *
 * Why memory files and not pipes or a folder: nothing to drain while gnuplot works, so no deadlock;
 * nothing left on a disk when anyone is killed; each opening of /dev/fd/N starts at its beginning.
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
    GNUPLOT_PROCESS_REPLY_SIZE = 8192, /* of a long answer the last half of this at least is kept */
};

struct gnuplot_process {
    pid_t pid;            /* 0: no child, and the descriptors are -1 */
    int socket;           /* both ways                               */
    int script, svg, png; /* memory files shared with the child      */
    char
        reply[GNUPLOT_PROCESS_REPLY_SIZE]; /* what it said since the talk began, with a zero byte */
    size_t reply_size;
};

/* No child yet: what gnuplot_process_start wants to find. */
#define GNUPLOT_PROCESS_NONE \
    ((struct gnuplot_process){.socket = -1, .script = -1, .svg = -1, .png = -1})

/* Starts program, looked up in $PATH. Returns 0, or an errno and there is none. */
int gnuplot_process_start(struct gnuplot_process *child, const char *program);

/* Kills and reaps it: it holds nothing that it would have to save. None is fine. */
void gnuplot_process_end(struct gnuplot_process *child);

/* Closes our descriptors and forgets it, alive as it may be: for the copy after a fork. */
void gnuplot_process_forget(struct gnuplot_process *child);

/* Whether it still runs; one that does not is reaped and forgotten. */
bool gnuplot_process_is_alive(struct gnuplot_process *child);

struct gnuplot_process_talk {
    const char *commands;
    const char *mark; /* the answer ends with a line that has this */
    int timeout_ms;
    int poll_ms;                 /* stop is asked this often */
    bool (*stop)(void *context); /* or NULL */
    void *stop_context;
};

enum gnuplot_process_outcome {
    GNUPLOT_PROCESS_ANSWERED,
    GNUPLOT_PROCESS_GONE,
    GNUPLOT_PROCESS_STOPPED,
    GNUPLOT_PROCESS_TOO_SLOW
};

/* Sends the commands and waits for the mark. Never blocks longer than poll_ms, and no signal that
   interrupts it changes the outcome. */
enum gnuplot_process_outcome gnuplot_process_converse(struct gnuplot_process *child,
                                                      const struct gnuplot_process_talk *talk);

/* The mark in the reply, once its line is there whole; else NULL. */
const char *gnuplot_process_find(const struct gnuplot_process *child, const char *mark);

#endif
