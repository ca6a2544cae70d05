/*
 * help - the vocabulary told in words: `help`, `help train`, `train?`, and the table of REFERENCE.md.
 *
 * Lines are at most width columns wide, or HELP_WIDTH where width is 0; in Markdown only the
 * usage is broken.
 */
#ifndef MNIST_LANGUAGE_HELP_H
#define MNIST_LANGUAGE_HELP_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"
#include "mnist/language/vocabulary.h"

enum { HELP_WIDTH = 100 };

/* All return text that the caller frees, or NULL when out of memory. */

/* Every command in one line each, by family. */
char *help_overview(void);

/* One command: usage, summary, details, parameters, example. */
char *help_command(const struct command *command, size_t width);
char *help_command_markdown(const struct command *command, size_t width);

/* A verb that has subjects, in the same form: the command without a subject in full, then a table
   of the others. */
char *help_verb_markdown(const char *verb, size_t width);

/* "train", "explore samples", "explore" (all its subjects), "conv". NULL with error set (with the
   nearest topic) when nothing is called so. */
char *help_topic(const char *topic, struct error *error);
char *help_topic_within(const char *topic, size_t width, struct error *error);

/* `train [epochs=5] [batch=128] ...` on one line or more. */
char *help_usage(const struct command *command, size_t width);
char *help_usage_markdown(const struct command *command, size_t width);

/* One parameter: "epochs: whole number from 1 to 10000 (5). How often ...". */
char *help_parameter(const struct parameter *parameter, size_t width);
char *help_parameter_markdown(const struct parameter *parameter);

/* The language as one Markdown table, a row a command, for REFERENCE.md. */
char *help_table_markdown(void);

#endif
