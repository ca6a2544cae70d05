/*
 * nearest - the known word that is most similar to a mistyped one.
 *
 * Damerau-Levenshtein distance (optimal string alignment: insertion, deletion, replacement,
 * transposition), ignoring case. A candidate qualifies if its distance is at most a third of the
 * longer word. A candidate that begins with at least two typed letters counts as distance 1:
 * `opt` is near `optimizer`.
 */
#ifndef MNIST_LANGUAGE_NEAREST_H
#define MNIST_LANGUAGE_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *word; /* the mistyped word; borrowed */
    const char *best; /* NULL while no candidate qualifies; borrowed */
    size_t distance;
};

struct nearest nearest_begin(const char *word);
void nearest_offer(struct nearest *nearest, const char *candidate);

/* The number of edits between two words; only the first 64 bytes count. */
size_t nearest_distance(const char *a, const char *b);

#endif
