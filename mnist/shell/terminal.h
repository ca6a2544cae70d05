/*
 * terminal - the output (output.h) of the shell program: a terminal, a pipe or a file.
 *
 * Text is written to stdout and stderr unchanged, tables as text, pictures as a sentence (the
 * session writes their files). Progress is written to stderr: on a terminal as one line that is
 * updated, else (in a log) as a line every ten seconds. Rows of a growing table are written as they
 * are added.
 *
 * On a terminal tables are limited to its width; in a pipe or a file they are not. In the formats
 * JSON and CSV, stdout contains only tables; all other output is written to stderr.
 */
#ifndef MNIST_SHELL_TERMINAL_H
#define MNIST_SHELL_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "mnist/output/output.h"

enum terminal_format { TERMINAL_TEXT, TERMINAL_JSON, TERMINAL_CSV };

struct terminal {
    struct output output; /* first member, so that its functions can cast */
    FILE *input;          /* the program's stdin; C cells have another one */
    FILE *files[2];       /* stdout and stderr */
    FILE *tables;   /* files[0]; in JSON and CSV the program's stdout, and files[0] is stderr */
    bool live;      /* stderr is a terminal                         */
    bool color;     /* stdout is a terminal                         */
    int line_width; /* width of the visible progress line; 0 = none */
    double shown_s;
    enum terminal_format format;
    bool table_written;          /* in CSV an empty line separates tables */
    struct table_growth growth;  /* of the visible table                   */
    int write_error;             /* errno of the first failure of stdout; 0 = none */
    bool (*stop)(void *context); /* true = end the wait for an answer */
    void *stop_context;
};

/* Width of the terminal `descriptor`; 0 = not a terminal. */
int terminal_width(int descriptor);

/* Initialises the format text. */
void terminal_init(struct terminal *terminal, bool (*stop)(void *context), void *stop_context);

/* Switches to JSON or CSV: stdout contains only tables; everything else that the process writes to
   it, C cells included, is redirected to stderr. */
void terminal_data(struct terminal *terminal, enum terminal_format format);

#endif
