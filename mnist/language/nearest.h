/*
 * nearest - the known word that a mistyped one was probably meant to be.
 *
 * Damerau-Levenshtein distance (optimal string alignment: insert, delete, replace, swap of
 * neighbours), upper and lower case alike. A candidate counts when its distance is at most a
 * third of the longer word. One that begins with what was typed (two letters at least) counts as
 * one edit away: `opt` is near `optimizer`.
 */
#ifndef MNIST_LANGUAGE_NEAREST_H
#define MNIST_LANGUAGE_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *word; /* what was typed; borrowed                             */
    const char *best; /* NULL as long as nothing is near; borrowed            */
    size_t distance;
};

struct nearest nearest_begin(const char *word);
void nearest_offer(struct nearest *nearest, const char *candidate);

/* How many edits apart; words are compared up to 64 bytes. */
size_t nearest_distance(const char *a, const char *b);

#endif
