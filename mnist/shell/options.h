/*
 * options - the options of the program `mnist`, and its exit statuses.
 *
 * One table holds all options: the command line is read with it, and --help, the manual page and
 * the completion of shells are written from it (generate.c).
 */
#ifndef MNIST_SHELL_OPTIONS_H
#define MNIST_SHELL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mnist/base/errors.h"
#include "mnist/shell/terminal.h"

enum exit_status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_INTERRUPTED = 130, /* 128 + SIGINT  */
    STATUS_PIPE = 141,        /* 128 + SIGPIPE */
};

enum options_action {
    ACTION_RUN, /* commands, words, or neither: a prompt or standard input */
    ACTION_HELP,
    ACTION_VERSION,
    ACTION_GENERATE, /* `text` names what       */
    ACTION_COMPLETE, /* `text` is to be completed */
};

struct options {
    enum options_action action;
    enum terminal_format format;
    char *commands;   /* of all -c, one below the other; NULL = none */
    const char *text; /* of --generate and --complete; borrowed      */
    char **words;     /* [count] the command; in memory of its own, the words are borrowed */
    int count;
};

/* Reads the command line. False with error set when it is wrong. Caller releases, also after a
   failure. */
bool options_parse(struct options *options, int argc, char **argv, struct error *error);
void options_release(struct options *options);

/* An option as it is shown: "-c, --command=COMMANDS" and one sentence. NULL past the last of those
   that users see. */
struct option_text {
    const char *name;  /* "--format" */
    char letter;       /* '\0' = none */
    const char *value; /* "FORMAT"; NULL = takes none     */
    const char *help;
};
const struct option_text *options_at(size_t index);

/* An exit status and its meaning; "" past the last. */
struct status_text {
    const char *status, *meaning;
};
const struct status_text *options_status(size_t index);

/* What `mnist --help` shows, in lines of at most width columns. */
void options_usage(FILE *file, size_t width);

#endif
