/*
 * cell - the first line decides.
 */
#include "mnist/language/cell.h"

#include <string.h>

static size_t line_end(const char *text, size_t size, size_t at)
{
    const char *end = memchr(text + at, '\n', size - at);
    return end != NULL ? (size_t)(end - text) : size;
}

static size_t skip_blanks(const char *text, size_t end, size_t at)
{
    while (at < end && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r'))
        at++;
    return at;
}

/* The line is %%word, perhaps with more behind it. */
static bool is_mark(const char *text, size_t end, size_t at, const char *word)
{
    size_t size = strlen(word);
    return end - at >= size && memcmp(text + at, word, size) == 0 &&
           (at + size == end || strchr(" \t\r", text[at + size]) != NULL);
}

struct cell_text cell_read(const char *text, size_t size)
{
    struct cell_text cell = {.is_c = false};
    size_t at = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < size) {
        size_t end = line_end(text, size, at), begin = skip_blanks(text, end, at);
        if (begin < end) {
            cell.is_c = is_mark(text, end, begin, "%%c");
            cell.header_start = begin;
            cell.header_size = end - begin;
            return cell;
        }
        at = end + 1;
    }
    return cell;
}

size_t cell_next(const char *text, size_t size, size_t *start)
{
    size_t at = *start, begin = *start;
    bool first = true;
    while (at < size) {
        size_t end = line_end(text, size, at);
        bool commands = is_mark(text, end, at, "%%"), c = is_mark(text, end, at, "%%c");
        if (commands || (c && !first)) {
            *start = commands ? (end < size ? end + 1 : size) : at;
            return at - begin;
        }
        first = false;
        at = end < size ? end + 1 : size;
    }
    *start = size;
    return size - begin;
}
