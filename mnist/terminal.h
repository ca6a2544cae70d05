/*
 * terminal - the shell program's sink: what commands say, on a terminal, in a pipe or in a file.
 *
 * Text goes to stdout and stderr as it is, tables as text, pictures as their sentence (the session writes the files).
 * Progress goes to stderr: one line that redraws itself where that is a terminal, else (a log) a line every ten seconds.
 */
#ifndef MNIST_TERMINAL_H
#define MNIST_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "mnist/output.h"

struct terminal {
    struct output output; /* first: the sink's functions get a pointer to it */
    FILE *input;          /* the program's: a cell of C has another stdin, which asks here */
    FILE *files[2];       /* stdout and stderr, streams of the program's own */
    bool live;            /* stderr is a terminal                         */
    bool color;           /* stdout is a terminal                         */
    int line_width;       /* columns of the progress line on show; 0 = none */
    double shown_s;
    bool (*stop)(void *context); /* shall a wait for an answer end? */
    void *stop_context;
};

void terminal_init(struct terminal *terminal, bool (*stop)(void *context), void *stop_context);

#endif
