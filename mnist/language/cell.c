/*
 * cell - the first line that is not blank decides the kind of the cell.
 */
#include "mnist/language/cell.h"

#include <string.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

static size_t skip_byte_order_mark(const char *text, size_t size)
{
    size_t mark = sizeof byte_order_mark - 1;
    return size >= mark && memcmp(text, byte_order_mark, mark) == 0 ? mark : 0;
}

static bool is_lone_return(const char *text, size_t size, size_t at)
{
    return text[at] == '\r' && (at + 1 == size || text[at + 1] != '\n');
}

static size_t line_end(const char *text, size_t size, size_t at)
{
    while (at < size && text[at] != '\n' && !is_lone_return(text, size, at))
        at++;
    return at;
}

static size_t skip_blanks(const char *text, size_t end, size_t at)
{
    while (at < end && text[at] != '\0' && strchr(" \t\r\v\f", text[at]) != NULL)
        at++;
    return at;
}

void cell_mend_line_ends(char *text, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        if (is_lone_return(text, size, at))
            text[at] = '\n';
    }
}

bool cell_size_check(size_t size, struct error *error)
{
    return size <= CELL_SIZE_MAX ||
           error_set(error, ERROR_USAGE,
                     "the cell has %zu bytes of text; the maximum is %d (%d MiB); move data into "
                     "a file",
                     size, CELL_SIZE_MAX, CELL_SIZE_MAX >> 20);
}

/* True if the line begins with %%word, followed by a blank or the line end. */
static bool is_mark(const char *text, size_t end, size_t at, const char *word)
{
    size_t size = strlen(word);
    return end - at >= size && memcmp(text + at, word, size) == 0 &&
           (at + size == end || strchr(" \t\r", text[at + size]) != NULL);
}

struct cell_text cell_read(const char *text, size_t size)
{
    struct cell_text cell = {.is_c = false};
    size_t at = skip_byte_order_mark(text, size);
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
        size_t mark = at == 0 ? skip_byte_order_mark(text, size) : at;
        bool commands = is_mark(text, end, mark, "%%"), c = is_mark(text, end, mark, "%%c");
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

bool cell_resets(const char *text)
{
    static const char word[] = "reset";
    text += skip_byte_order_mark(text, strlen(text));
    for (text += strspn(text, " \t\r\n"); *text == '#'; text += strspn(text, " \t\r\n"))
        text += strcspn(text, "\r\n");
    return strncmp(text, word, sizeof word - 1) == 0 &&
           strchr(" \t\r\n#", text[sizeof word - 1]) != NULL;
}
