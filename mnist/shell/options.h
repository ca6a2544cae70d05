/*
 * options - the options of the program `mnist`, and its exit statuses.
 *
 * One table describes all options: the parser, --help, the manual page and the shell completion
 * (generate.c) use it.
 */
#ifndef MNIST_SHELL_OPTIONS_H
#define MNIST_SHELL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mnist/base/errors.h"
#include "mnist/base/string_buffer.h"
#include "mnist/shell/terminal.h"

enum exit_status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_INTERRUPTED = 130, /* 128 + SIGINT  */
    STATUS_PIPE = 141,        /* 128 + SIGPIPE */
};

enum options_action {
    ACTION_RUN, /* commands, words, or neither: then a prompt or standard input */
    ACTION_HELP,
    ACTION_VERSION,
    ACTION_GENERATE, /* `text` is the kind */
    ACTION_COMPLETE, /* `text` is the text to complete */
};

struct options {
    enum options_action action;
    enum terminal_format format;
    struct string_buffer commands; /* of all -c, one a line; empty = none */
    const char *text;              /* of --generate and --complete; borrowed      */
    char **words;                  /* [count] the command; the words are borrowed */
    int count;
};

/* Parses the command line. False with error set if it is wrong. Caller releases options in both
   cases. */
bool options_parse(struct options *options, int argc, char **argv, struct error *error);
void options_release(struct options *options);

/* Option number index of those that help shows; NULL after the last. */
struct option_text {
    const char *name;  /* "--format" */
    char letter;       /* '\0' = none */
    const char *value; /* "FORMAT"; NULL = no value       */
    const char *help;
};
const struct option_text *options_at(size_t index);

/* Exit status number index and its meaning; "" after the last. */
struct status_text {
    const char *status, *meaning;
};
const struct status_text *options_status(size_t index);

/* Writes the text of `mnist --help`, in lines of at most width columns. */
void options_usage(FILE *file, size_t width);

#endif
