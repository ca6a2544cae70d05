/*
 * matches - the filter of completion: adds the candidates that match the typed text.
 *
 * Private to complete.c, complete_path.c and complete_layers.c. A candidate matches if it begins
 * with the typed text. In the second, fuzzy round, when nothing has matched, these match as well:
 * words at a small edit distance, words that contain the typed text, and words that contain its
 * letters in order.
 */
#ifndef MNIST_LANGUAGE_MATCHES_H
#define MNIST_LANGUAGE_MATCHES_H

#include <stdbool.h>

#include "mnist/language/completion.h"

enum { TYPED_SIZE = 256 };

struct matches {
    struct completion *completion;
    char typed[TYPED_SIZE]; /* the text before the cursor, without its quotes */
    bool fuzzy;             /* second round                                   */
};

/* Adds text if word matches. It is not added if it is a duplicate, after COMPLETION_MAX matches,
   or if memory runs out. */
void matches_offer(struct matches *matches, const char *word, const char *text, const char *type,
                   const char *help);

#endif
