/*
 * help - help texts generated from the vocabulary: `help`, `help train`, `train?`, and the table of
 * REFERENCE.md.
 *
 * Lines have at most `width` columns, or HELP_WIDTH if width is 0. In Markdown only the usage has
 * line breaks.
 */
#ifndef MNIST_LANGUAGE_HELP_H
#define MNIST_LANGUAGE_HELP_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"
#include "mnist/language/vocabulary.h"

enum { HELP_WIDTH = 100, HELP_SIZE_MAX = 1024 * 1024 }; /* columns, bytes of a text */

/* All functions return text that the caller frees, or NULL if memory runs out. */

/* One command: usage, summary, details, parameters, example. */
char *help_command(const struct command *command, size_t width);
char *help_command_markdown(const struct command *command, size_t width);

/* All commands of a verb: the one without a subject in full, then a table of the others. */
char *help_verb_markdown(const char *verb, size_t width);

/* The help of "train", "explore samples", "explore" (with all subjects), "conv" and so on; of "",
   one line per command, by family. NULL with error set, which names the nearest topic, if there is
   no such topic. */
char *help_topic(const char *topic, size_t width, struct error *error);

/* "train [epochs=5] [batch=128] ..." on one or more lines. */
char *help_usage(const struct command *command, size_t width);
char *help_usage_markdown(const struct command *command, size_t width);

/* One parameter: its help, values, default and choices. */
char *help_parameter(const struct parameter *parameter, size_t width);
char *help_parameter_markdown(const struct parameter *parameter);

/* All commands as one Markdown table, for REFERENCE.md. */
char *help_table_markdown(void);

#endif
