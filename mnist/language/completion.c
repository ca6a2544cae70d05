/*
 * completion - memory of a completion.
 */
#include "mnist/language/completion.h"

#include <stdlib.h>

void completion_release(struct completion *completion)
{
    for (size_t i = 0; i < completion->count; i++) {
        free(completion->matches[i].text);
        free(completion->matches[i].help);
    }
    free(completion->matches);
    *completion = (struct completion){0};
}
