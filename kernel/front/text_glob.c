/*
 * text_glob - glob matching with a single backtracking point.
 *
 * After a mismatch, only the latest `*` has to be extended by one character; the matches of
 * earlier ones need not change. So there is no recursion. The literal text after a `*` is
 * searched with memmem in linear time, so the common pattern `*words*` is almost as fast as
 * reading the text.
 */
#include "kernel/front/text_glob.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mnist/base/utf8.h"

struct text_glob {
    const char *pattern, *text; /* the unmatched rest of both */
    const char *end;            /* end of the text */
    const char *star;           /* the pattern after the latest `*`; NULL = no `*` so far */
    size_t literal_size;        /* number of literal bytes at star */
    const char *again;          /* position in the text up to which the `*` extends */
    size_t *steps_left;
};

static void spend(struct text_glob *glob, size_t steps)
{
    *glob->steps_left -= steps < *glob->steps_left ? steps : *glob->steps_left;
}

/* Reads one character and advances *text; an invalid byte counts as a character. */
static uint32_t next(const char **text)
{
    size_t length, size = 0;
    while (size < 4 && (*text)[size] != '\0')
        size++;
    if (utf8_scan(*text, size, &length) != UTF8_CHARACTER)
        length = 1;
    uint32_t character = 0;
    for (size_t i = 0; i < length; i++)
        character = character << 8 | (uint8_t)(*text)[i];
    *text += length;
    return character;
}

/* True if the set at *pattern, which is after `[`, contains the character. *pattern advances past
   the `]`. A set without `]` contains no character. */
static bool set_contains(const char **pattern, uint32_t character)
{
    bool inverted = **pattern == '^' || **pattern == '!', contains = false;
    const char *p = *pattern + inverted;
    for (bool first = true; first || *p != ']'; first = false) {
        if (*p == '\0') {
            *pattern = p;
            return false;
        }
        uint32_t low = next(&p), high = low;
        if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
            p++;
            high = next(&p);
        }
        contains = contains || (low <= character && character <= high);
    }
    *pattern = p + 1;
    return contains != inverted;
}

/* Matches one character of text with one element of the pattern other than `*`; advances both. */
static bool match_one(const char **pattern, const char **text)
{
    char kind = **pattern;
    uint32_t wanted = next(pattern), character = next(text);
    if (kind == '?')
        return true;
    return kind == '[' ? set_contains(pattern, character) : wanted == character;
}

/* The first occurrence of the literal text at or after `again`. If the pattern ends with the
   literal, only an occurrence at the end of the text counts. NULL if there is no occurrence. */
static const char *find_literal(const struct text_glob *glob)
{
    size_t size = glob->literal_size, left = (size_t)(glob->end - glob->again);
    if (size > left)
        return NULL;
    if (glob->star[size] != '\0')
        return memmem(glob->again, left, glob->star, size);
    return memcmp(glob->end - size, glob->star, size) == 0 ? glob->end - size : NULL;
}

/* Extends the `*` to the next occurrence of its literal text. False if there is no occurrence. */
static bool extend_star(struct text_glob *glob)
{
    const char *found = find_literal(glob), *stop = found != NULL ? found : glob->end;
    spend(glob, 1 + (glob->literal_size + (size_t)(stop - glob->again)) / TEXT_GLOB_SCAN_BYTES);
    if (found == NULL)
        return false;
    glob->again = found;
    glob->pattern = glob->star + glob->literal_size;
    glob->text = found + glob->literal_size;
    return true;
}

enum text_glob_result text_glob_match(const char *pattern, const char *text, size_t *steps_left)
{
    struct text_glob glob = {
        .pattern = pattern, .text = text, .end = text + strlen(text), .steps_left = steps_left};
    while (glob.text < glob.end || *glob.pattern == '*') {
        const char *p = glob.pattern, *t = glob.text;
        if (*p == '*') {
            glob.star = p + strspn(p, "*");
            glob.literal_size = strcspn(glob.star, "*?[");
            glob.again = glob.text;
            if (*glob.star == '\0')
                return TEXT_GLOB_MATCHES;
            if (!extend_star(&glob))
                return TEXT_GLOB_DIFFERS;
        } else if (*p != '\0' && match_one(&p, &t)) {
            spend(&glob, (size_t)(p - glob.pattern));
            glob.pattern = p;
            glob.text = t;
        } else if (glob.star != NULL) {
            spend(&glob, (size_t)(p - glob.pattern));
            if (glob.again == glob.end)
                return TEXT_GLOB_DIFFERS;
            next(&glob.again);
            if (!extend_star(&glob))
                return TEXT_GLOB_DIFFERS;
        } else {
            return TEXT_GLOB_DIFFERS;
        }
        if (*steps_left == 0)
            return TEXT_GLOB_STOPPED;
    }
    return *glob.pattern == '\0' ? TEXT_GLOB_MATCHES : TEXT_GLOB_DIFFERS;
}
