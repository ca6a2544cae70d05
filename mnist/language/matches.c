/*
 * matches - prefix match and fuzzy match.
 */
#include "mnist/language/matches.h"

#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"
#include "mnist/language/nearest.h"

/* The letters of typed occur in word in their order, the first one first: `trn`, `train`. */
static bool in_order(const char *typed, const char *word)
{
    if (*typed != *word)
        return false;
    for (; *word != '\0'; word++)
        typed += *typed == *word;
    return *typed == '\0';
}

static bool fits(const struct matches *matches, const char *word)
{
    const char *typed = matches->typed;
    size_t size = strlen(typed);
    if (!matches->fuzzy || size == 0)
        return strncmp(word, typed, size) == 0;
    struct nearest nearest = nearest_begin(typed);
    nearest_offer(&nearest, word);
    return nearest.best != NULL ||
           (size >= 2 && (strcasestr(word, typed) != NULL || in_order(typed, word)));
}

void matches_offer(struct matches *matches, const char *word, const char *text, const char *type,
                   const char *help)
{
    struct completion *completion = matches->completion;
    if (!fits(matches, word))
        return;
    for (size_t i = 0; i < completion->count; i++) {
        if (strcmp(completion->matches[i].text, text) == 0)
            return;
    }
    struct match match = {strdup(text), type, strdup(help)};
    struct match *grown =
        array_grow(completion->matches, completion->count, sizeof *grown, COMPLETION_MAX);
    completion->matches = grown != NULL ? grown : completion->matches;
    if (match.text == NULL || match.help == NULL || grown == NULL) {
        free(match.text);
        free(match.help);
        return;
    }
    completion->matches[completion->count++] = match;
}
