/*
 * completion - the answer to a completion request: a range of the text and its possible
 * replacements.
 */
#ifndef MNIST_LANGUAGE_COMPLETION_H
#define MNIST_LANGUAGE_COMPLETION_H

#include <stddef.h>

enum { COMPLETION_MAX = 200 /* matches */ };

struct match {
    char *text;       /* the replacement; a parameter ends in "=", a folder in "/" */
    const char *type; /* static: "command" "subject" "parameter" "choice" "variable" "model" "layer"
                         "path" "function"                                         */
    char *help;       /* one line, or ""                                           */
};

struct completion {
    size_t start, end; /* the replaced range: code points from the beginning of the text */
    struct match *matches;
    size_t count;
};

void completion_release(struct completion *completion);

#endif
