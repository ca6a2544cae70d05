/*
 * inspect - what the word at the cursor means: usage, parameters with range and default, an
 * example.
 *
 * Called by the front process for inspect_request (Shift-Tab), in plain text and in Markdown.
 */
#ifndef MNIST_LANGUAGE_INSPECT_H
#define MNIST_LANGUAGE_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/live_names.h"

struct inspection {
    char *plain;
    char *markdown;
};

/* cursor: code points from the beginning. detail 0: what fits a tooltip; 1: everything. False:
   nothing is known there (or no memory), inspection is empty. Caller releases. */
bool inspect(const char *text, size_t size, size_t cursor, int detail,
             const struct live_names *names, struct inspection *inspection);
void inspection_release(struct inspection *inspection);

#endif
