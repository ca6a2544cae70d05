/*
 * matches - the list that completion fills: what fits what was typed, and what comes near when
 * nothing fits.
 *
 * Private to complete.c and folder.c.
 */
#ifndef MNIST_LANGUAGE_MATCHES_H
#define MNIST_LANGUAGE_MATCHES_H

#include <stdbool.h>

#include "mnist/language/complete.h"
#include "mnist/language/vocabulary.h"

enum { TYPED_SIZE = 256 };

struct matches {
    struct completion *completion;
    char typed[TYPED_SIZE]; /* what stands before the cursor                              */
    bool fuzzy;             /* second round: near words and parts of words count as well   */
};

/* Adds text if word fits what was typed. Beyond COMPLETION_MAX, without memory, or when it is
   there already: not added. */
void matches_offer(struct matches *matches, const char *word, const char *text, const char *type,
                   const char *help);

/* Folders, and the files that fit this PATH, that begin as `typed` does: as a word of a command,
   quoted where it must be. */
void matches_offer_folder(struct matches *matches, const struct parameter *parameter);

#endif
