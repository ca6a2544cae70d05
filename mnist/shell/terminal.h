/*
 * terminal - the shell program's sink: what commands say, on a terminal, in a pipe or in a file.
 *
 * Text goes to stdout and stderr as it is, tables as text, pictures as their sentence (the session
 * writes the files). Progress goes to stderr: one line that redraws itself where that is a
 * terminal, else (a log) a line every ten seconds. The rows of a table that grows with a progress
 * are written as they come; the finished table adds only what is missing.
 *
 * On a terminal tables are as wide as it is; in a pipe or a file they have the width that they
 * need. In the formats JSON and CSV, stdout has the tables and nothing else: all other output goes
 * to stderr.
 */
#ifndef MNIST_SHELL_TERMINAL_H
#define MNIST_SHELL_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "mnist/output/output.h"

enum terminal_format { TERMINAL_TEXT, TERMINAL_JSON, TERMINAL_CSV };

struct terminal {
    struct output output; /* first: the sink's functions get a pointer to it */
    FILE *input;          /* the program's: a cell of C has another stdin, which asks here */
    FILE *files[2];       /* stdout and stderr, streams of the program's own */
    FILE *tables;         /* where tables go: the first of files, or in another format than text
                             the program's stdout, while the first of files is stderr */
    bool live;            /* stderr is a terminal                         */
    bool color;           /* stdout is a terminal                         */
    int line_width;       /* columns of the progress line on show; 0 = none */
    double shown_s;
    enum terminal_format format;
    bool table_written;          /* in CSV an empty line comes before the next one */
    struct table_growth growth;  /* of the table on show                           */
    int write_error;             /* errno of the first failure of stdout; 0 = none  */
    bool (*stop)(void *context); /* shall a wait for an answer end? */
    void *stop_context;
};

/* Columns of the terminal that `descriptor` is; 0 = it is none. */
int terminal_width(int descriptor);

/* A sink of text. */
void terminal_init(struct terminal *terminal, bool (*stop)(void *context), void *stop_context);

/* From now on tables are JSON or CSV and have stdout for themselves: whatever else this process
   writes to it, cells of C included, goes to stderr. */
void terminal_data(struct terminal *terminal, enum terminal_format format);

#endif
