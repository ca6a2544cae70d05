/*
 * complete - the possible completions of a text at the cursor.
 *
 * Called by the front process (complete_request) and by the shell's prompt. Reads the vocabulary,
 * the live names and, for paths, one folder. Never fails: a text without meaning has no matches.
 */
#ifndef MNIST_LANGUAGE_COMPLETE_H
#define MNIST_LANGUAGE_COMPLETE_H

#include <stddef.h>

#include "mnist/language/completion.h"
#include "mnist/language/live_names.h"

/* cursor: in code points from the beginning; beyond the end means the end. names may be NULL.
   Caller releases. */
void complete(const char *text, size_t size, size_t cursor, const struct live_names *names,
              struct completion *completion);

#endif
