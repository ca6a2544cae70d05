/*
 * nearest - edit distance with three rows of the dynamic-programming table.
 */
#include "mnist/language/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 64 };

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t nearest_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    size_t a_size = strnlen(a, WORD_MAX), b_size = strnlen(b, WORD_MAX);
    for (size_t j = 0; j <= b_size; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t replace = last[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
            row[j] = least(replace, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_size];
}

static bool begins_with(const char *word, const char *beginning)
{
    while (*beginning != '\0') {
        if (lower(*word++) != lower(*beginning++))
            return false;
    }
    return true;
}

struct nearest nearest_begin(const char *word)
{
    return (struct nearest){.word = word, .best = NULL, .distance = WORD_MAX};
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    size_t size = strlen(nearest->word), other = strlen(candidate);
    size_t longer = size > other ? size : other;
    if (size == 0 || size > WORD_MAX || other > WORD_MAX)
        return;
    size_t limit = longer < 3 ? 0 : longer / 3;
    size_t distance = nearest_distance(nearest->word, candidate);
    if (size >= 2 && limit >= 1 && distance > 1 && begins_with(candidate, nearest->word))
        distance = 1;
    if (distance <= limit && distance < nearest->distance) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}
