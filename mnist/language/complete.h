/*
 * complete - what may stand at the cursor.
 *
 * Called by the front process (complete_request) and by the shell's prompt. Reads the vocabulary,
 * the live names, and for paths one folder. Never fails: an odd text gives no matches.
 */
#ifndef MNIST_LANGUAGE_COMPLETE_H
#define MNIST_LANGUAGE_COMPLETE_H

#include <stddef.h>

#include "mnist/language/live_names.h"

enum { COMPLETION_MAX = 200, COMPLETION_FOLDER_MAX = 10000 /* entries looked at */ };

struct match {
    char *
        text; /* takes the place of start..end; a parameter ends in "=", a folder in "/"                     */
    const char *
        type; /* static: "command" "subject" "parameter" "choice" "variable" "model" "layer" "path" "function" */
    char *
        help; /* one line; "" when there is nothing to say                                                   */
};

struct completion {
    size_t start, end; /* Unicode code points from the beginning of the text */
    struct match *matches;
    size_t count;
};

/* cursor: code points from the beginning (beyond the end = the end). names may be NULL. Caller
   releases. */
void complete(const char *text, size_t size, size_t cursor, const struct live_names *names,
              struct completion *completion);
void completion_release(struct completion *completion);

#endif
