/*
 * json_mend - repairs the text in place, in one pass; its length stays the same.
 *
 * Every step reads a bounded number of bytes after its position, so the time is linear.
 */
#include "kernel/front/json_mend.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT_SIZE = 32, NUMBER_SIZE_SAFE = 18 };

/* The code unit of \uXXXX at text; -1 if text does not start with such an escape. */
static long escaped(const char *text)
{
    char digits[5] = "";
    if (text[0] != '\\' || text[1] != 'u' || strspn(text + 2, "0123456789abcdefABCDEF") < 4)
        return -1;
    memcpy(digits, text + 2, 4);
    return strtol(digits, NULL, 16);
}

/* Repairs a string; at is after its opening quote. Returns the position after its closing quote. */
static char *mend_string(char *at, const char *end)
{
    for (; at < end && *at != '"'; at++) {
        long unit = escaped(at);
        if (unit >= 0xD800 && unit <= 0xDFFF) {
            long next = escaped(at + 6);
            if (unit <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF)
                at += 6;
            else
                memcpy(at + 2, "fffd", 4);
        }
        at += unit >= 0 ? 5 : *at == '\\' && at + 1 < end;
    }
    return at < end ? at + 1 : at;
}

/* Overwrites size bytes with a shorter text, padded with blanks. */
static void put(char *at, size_t size, const char *text)
{
    memset(at, ' ', size);
    memcpy(at, text, strlen(text));
}

/* True for a number that is certainly in range: a short one without an exponent. */
static bool fits(const char *at, size_t size)
{
    return size <= NUMBER_SIZE_SAFE && memchr(at, 'e', size) == NULL &&
           memchr(at, 'E', size) == NULL;
}

/* The number of leading bytes before end that are in the set. */
static size_t span(const char *at, const char *end, const char *set)
{
    const char *from = at;
    while (at < end && strchr(set, *at) != NULL && *at != '\0')
        at++;
    return (size_t)(at - from);
}

static char *mend_number(char *at, const char *end)
{
    size_t size = span(at, end, "+-.0123456789eE"), whole = span(at, end, "-0123456789");
    char *stop, text[NUMBER_TEXT_SIZE];
    if (fits(at, size))
        return at + size;
    errno = 0;
    if (whole == size)
        (void)strtoll(at, &stop, 10);
    else
        errno = isinf(strtod(at, &stop)) ? ERANGE : 0;
    if (errno == ERANGE && stop == at + size) {
        double value = strtod(at, NULL);
        if (isinf(value))
            snprintf(text, sizeof text, "%s1e308", value < 0 ? "-" : "");
        else
            snprintf(text, sizeof text, "%.11e", value);
        put(at, size, text);
    }
    return at + size;
}

/* True if the text before end starts with word. */
static bool starts_with(const char *at, const char *end, const char *word, size_t size)
{
    return (size_t)(end - at) >= size && memcmp(at, word, size) == 0;
}

void json_mend(char *json, size_t size)
{
    static const char not_a_number[] = "NaN", infinity[] = "Infinity";
    const char *end = json + size;
    for (char *at = json; at < end;) {
        if (*at == '"') {
            at = mend_string(at + 1, end);
        } else if (starts_with(at, end, not_a_number, sizeof not_a_number - 1)) {
            put(at, sizeof not_a_number - 1, "0.0");
            at += sizeof not_a_number - 1;
        } else if (starts_with(at, end, infinity, sizeof infinity - 1)) {
            put(at, sizeof infinity - 1, "1e308");
            at += sizeof infinity - 1;
        } else if ((*at >= '0' && *at <= '9') || (*at == '-' && at[1] >= '0' && at[1] <= '9')) {
            at = mend_number(at, end);
        } else {
            at++;
        }
    }
}
