/*
 * text_glob - matching with one point of return.
 *
 * After a `*`, only the latest one need ever be tried again one character further on: what the
 * earlier ones took stays as it is. So there is no recursion. The literal text that follows a `*`
 * is searched with memmem, whose time is linear, so that the usual pattern `*words*` costs hardly
 * more than reading the text.
 */
#include "kernel/front/text_glob.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mnist/base/utf8_mend.h"

struct text_glob {
    const char *pattern, *text; /* what is left of both */
    const char *end;            /* of the text          */
    const char *star;           /* after the latest `*` of the pattern; NULL = none yet */
    size_t literal_size;        /* bytes after it that stand for themselves             */
    const char *again;          /* where in the text the star ends in the present try   */
    size_t *steps_left;
};

static void spend(struct text_glob *glob, size_t steps)
{
    *glob->steps_left -= steps < *glob->steps_left ? steps : *glob->steps_left;
}

/* One character (a broken byte counts as one), and the text after it. */
static uint32_t next(const char **text)
{
    size_t length, size = 0;
    while (size < 4 && (*text)[size] != '\0')
        size++;
    if (utf8_look(*text, size, &length) != UTF8_CHARACTER)
        length = 1;
    uint32_t character = 0;
    for (size_t i = 0; i < length; i++)
        character = character << 8 | (uint8_t)(*text)[i];
    *text += length;
    return character;
}

/* The set after `[`: whether it holds the character; *pattern moves past the `]`. A set that
   does not end holds none. */
static bool set_holds(const char **pattern, uint32_t character)
{
    bool inverted = **pattern == '^' || **pattern == '!', holds = false;
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

/* The first place from `again` on where the star's literal text stands; if the pattern ends with it,
   only the end of the text is such a place. NULL: there is none. */
static const char *find_literal(const struct text_glob *glob)
{
    size_t size = glob->literal_size, left = (size_t)(glob->end - glob->again);
    if (size > left)
        return NULL;
    if (glob->star[size] != '\0')
        return memmem(glob->again, left, glob->star, size);
    return memcmp(glob->end - size, glob->star, size) == 0 ? glob->end - size : NULL;
}

/* Moves the end of the star to the next place where the text may match. False: there is none. */
static bool stretch_star(struct text_glob *glob)
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
            if (!stretch_star(&glob))
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
            if (!stretch_star(&glob))
                return TEXT_GLOB_DIFFERS;
        } else {
            return TEXT_GLOB_DIFFERS;
        }
        if (*steps_left == 0)
            return TEXT_GLOB_STOPPED;
    }
    return *glob.pattern == '\0' ? TEXT_GLOB_MATCHES : TEXT_GLOB_DIFFERS;
}
