/*
 * glob - matching with one point of return.
 *
 * After a `*`, only the latest one need ever be tried again one character further on: what the
 * earlier ones took stays as it is. So there is no recursion.
 */
#include "kernel/glob.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/utf8.h"

/* One character (a broken byte counts as one), and the text behind it. */
static uint32_t next(const char **text)
{
    size_t length, size = strnlen(*text, 4);
    if (utf8_look(*text, size, &length) != UTF8_CHARACTER)
        length = 1;
    uint32_t character = 0;
    for (size_t i = 0; i < length; i++)
        character = character << 8 | (uint8_t)(*text)[i];
    *text += length;
    return character;
}

/* The set behind `[`: whether it holds the character; *pattern moves behind the `]`. A set that
   does not end holds none. */
static bool set_holds(const char **pattern, uint32_t character)
{
    bool inverted = **pattern == '^' || **pattern == '!', holds = false;
    const char *p = *pattern + inverted;
    for (bool first = true; first || *p != ']'; first = false) {
        if (*p == '\0')
            return false;
        uint32_t low = next(&p), high = low;
        if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
            p++;
            high = next(&p);
        }
        holds = holds || (low <= character && character <= high);
    }
    *pattern = p + 1;
    return holds != inverted;
}

/* Matches one character of text with one piece of pattern that is no `*`; moves both. */
static bool match_one(const char **pattern, const char **text)
{
    char kind = **pattern;
    uint32_t wanted = next(pattern), character = next(text);
    if (kind == '?')
        return true;
    return kind == '[' ? set_holds(pattern, character) : wanted == character;
}

bool glob_match(const char *pattern, const char *text)
{
    const char *star = NULL,
               *again = NULL; /* behind the latest `*`, and the text it was tried on */
    while (*text != '\0') {
        const char *p = pattern, *t = text;
        if (*p == '*') {
            star = pattern = p + 1;
            again = text;
        } else if (*p != '\0' && match_one(&p, &t)) {
            pattern = p;
            text = t;
        } else if (star != NULL) {
            pattern = star;
            next(&again);
            text = again;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}
