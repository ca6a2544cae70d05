/*
 * inspect - the help of the word at the cursor: usage, parameters with range and default, example.
 *
 * Called by the front process for inspect_request (Shift-Tab). Returns plain text and Markdown.
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

/* cursor: in code points from the beginning. detail 0: enough for a tooltip; 1: everything. False
   if there is no help or memory runs out; *inspection is empty then. Caller releases. */
bool inspect(const char *text, size_t size, size_t cursor, int detail,
             const struct live_names *names, struct inspection *inspection);
void inspection_release(struct inspection *inspection);

#endif
