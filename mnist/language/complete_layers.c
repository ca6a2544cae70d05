/*
 * complete_layers - finds the beginning of the block, and counts the first words of its lines.
 */
#include "mnist/language/complete_layers.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LAYER_WORD_SIZE = 32 };

/* The offset of the line that contains text[at]. */
static size_t line_start(const char *text, size_t at)
{
    while (at > 0 && text[at - 1] != '\n')
        at--;
    return at;
}

static bool is_indented(char first)
{
    return first == ' ' || first == '\t';
}

/* The first word of a line, without indentation; "" for a comment or an empty line. */
static void first_word(char word[LAYER_WORD_SIZE], const char *line)
{
    line += strspn(line, " \t");
    size_t size = strcspn(line, " \t\r\n#");
    snprintf(word, LAYER_WORD_SIZE, "%.*s", size < LAYER_WORD_SIZE ? (int)size : 0, line);
}

/* The number of lines from `from` to `to` with this first word. */
static int count_word(const char *text, size_t from, size_t to, const char *word)
{
    int count = 0;
    for (size_t at = from; at < to; at += strcspn(text + at, "\n") + 1) {
        char other[LAYER_WORD_SIZE];
        first_word(other, text + at);
        count += strcmp(other, word) == 0;
    }
    return count;
}

void complete_layers(struct matches *matches, const char *text, size_t end)
{
    size_t current = line_start(text, end), block = current;
    while (block > 0) {
        size_t before = line_start(text, block - 1);
        if (!is_indented(text[before]) && text[before] != '\n' && text[before] != '#')
            break;
        block = before;
    }
    for (size_t at = block; at < current; at += strcspn(text + at, "\n") + 1) {
        char word[LAYER_WORD_SIZE], name[LAYER_WORD_SIZE + 12], line[64];
        size_t size = strcspn(text + at, "\r\n"), indent = strspn(text + at, " \t");
        size_t shown = size - indent < sizeof line ? size - indent : sizeof line - 1;
        first_word(word, text + at);
        if (word[0] == '\0')
            continue;
        snprintf(name, sizeof name, "%s%d", word, count_word(text, block, at, word) + 1);
        snprintf(line, sizeof line, "%.*s", (int)shown, text + at + indent);
        matches_offer(matches, name, name, "layer", line);
    }
}
