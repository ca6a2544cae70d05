/*
 * table_text - a table as text: complete, within a width, or row by row as it grows.
 *
 * A column is as wide as its widest cell. While the table is too wide, the widest column that can
 * shrink becomes one column narrower: titles and cells of left-aligned columns break between words;
 * numbers are never broken. No text is omitted; a table that cannot shrink enough remains too wide.
 */
#include <stdlib.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"
#include "mnist/output/table_cells.h"

enum { GAP = 2, WORD_WIDTH_MAX = 24 };

int table_text_width(const char *text)
{
    return (int)utf8_text_width(text, strlen(text));
}

/* ---- breaking a text into lines ---- */

/* Size in bytes of the longest prefix of at most width columns; at least one character. */
static size_t fitting_size(const char *text, size_t size, int width)
{
    size_t used = 0;
    int columns = 0;
    while (used < size) {
        uint32_t point;
        size_t bytes = utf8_decode(text + used, size - used, &point, NULL);
        columns += utf8_width(point);
        if (columns > width && used > 0)
            break;
        used += bytes;
    }
    return used;
}

/* The size of the next line of a text, and of the text it consumes. Blanks at a break are dropped.
   */
static size_t next_line(const char *text, int width, size_t *step)
{
    size_t size = strcspn(text, "\n"), fits = fitting_size(text, size, width);
    if (fits == size) {
        *step = size + (text[size] == '\n');
        return size;
    }
    size_t end = fits;
    while (end > 0 && text[end] != ' ')
        end--;
    end = end > 0 ? end : fits;
    *step = end + strspn(text + end, " ");
    while (end > 0 && text[end - 1] == ' ')
        end--;
    return end;
}

static int line_count(const char *text, int width)
{
    int count = 0;
    size_t step;
    do {
        next_line(text, width, &step);
        text += step;
        count++;
    } while (*text != '\0');
    return count;
}

/* Writes a paragraph, wrapped at width (0 = not wrapped), with a line end. */
static void add_paragraph(struct string_buffer *out, const char *text, int width)
{
    size_t step;
    do {
        size_t size = width > 0 ? next_line(text, width, &step) : strlen(text);
        string_buffer_add_bytes(out, text, size);
        string_buffer_add(out, "\n");
        text += width > 0 ? step : size;
    } while (*text != '\0');
}

/* ---- widths ---- */

/* Width of the widest part between separators. */
static int widest_piece(const char *text, const char *separators)
{
    int widest = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, separators);
        int width = (int)utf8_text_width(text, size);
        widest = width > widest ? width : widest;
        text += size + (text[size] != '\0');
    }
    return widest;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* The natural and the minimum width of a column. */
static void column_widths(const struct table *table, int column, int *wanted, int *least)
{
    *wanted = table_text_width(table->titles[column]);
    *least = widest_piece(table->titles[column], " ");
    for (int i = 0; i < table->row_count; i++) {
        const char *cell = table->rows[i].cells[column];
        if (cell == NULL)
            continue;
        int whole = widest_piece(cell, "\n"), word = widest_piece(cell, " \n");
        *wanted = larger(*wanted, whole);
        if (table->aligns[column] == TABLE_LEFT)
            *least = larger(*least, word < WORD_WIDTH_MAX ? word : WORD_WIDTH_MAX);
        else
            *least = larger(*least, whole);
    }
}

/* Computes widths[] for a table of at most width columns (0 = any), none below its current value;
   grows: include reserved widths. */
static void lay_out(const struct table *table, int width, bool grows, int *widths)
{
    int before[TABLE_COLUMNS_MAX], least[TABLE_COLUMNS_MAX], total = -GAP;
    memcpy(before, widths, sizeof before);
    for (int j = 0; j < table->columns; j++) {
        column_widths(table, j, &widths[j], &least[j]);
        widths[j] = larger(widths[j], grows ? table->reserved[j] : 0);
        total += widths[j] + GAP;
    }
    for (int widest = 0; width > 0 && total > width && widest >= 0; total--) {
        widest = -1;
        for (int j = 0; j < table->columns; j++)
            if (widths[j] > least[j] && (widest < 0 || widths[j] > widths[widest]))
                widest = j;
        if (widest >= 0)
            widths[widest]--;
    }
    for (int j = 0; j < table->columns; j++)
        widths[j] = larger(widths[j], before[j]);
}

/* ---- lines ---- */

static void put_padded(struct string_buffer *out, const char *text, size_t size, int width,
                       enum table_align align, bool last)
{
    int space = width - (int)utf8_text_width(text, size);
    if (align == TABLE_RIGHT && space > 0)
        string_buffer_repeat(out, ' ', (size_t)space);
    string_buffer_add_bytes(out, text, size);
    if (align == TABLE_LEFT && !last && space > 0)
        string_buffer_repeat(out, ' ', (size_t)space);
}

static void put_rule(struct string_buffer *out, const int *widths, int columns)
{
    for (int j = 0; j < columns; j++) {
        for (int i = 0; i < widths[j]; i++)
            string_buffer_add(out, "─");
        string_buffer_add(out, j + 1 < columns ? "  " : "\n");
    }
}

static int filled_columns(const struct row *row, int columns)
{
    while (columns > 0 && row->cells[columns - 1] == NULL)
        columns--;
    return columns;
}

/* Removes trailing spaces, which an empty title or cell in the last column leaves. */
static void trim_line(struct string_buffer *out)
{
    while (!out->failed && out->size > 1 && out->bytes[out->size - 2] == ' ') {
        out->size--;
        out->bytes[out->size - 1] = '\n';
        out->bytes[out->size] = '\0';
    }
}

/* Writes a row in as many lines as its cells need; above[j]: empty lines above the text of cell j.
   */
static void put_lines(struct string_buffer *out, const struct table *table, char *const *cells,
                      const int *widths, int columns, int *above, int lines)
{
    const char *rest[TABLE_COLUMNS_MAX];
    for (int j = 0; j < columns; j++)
        rest[j] = cells[j] != NULL ? cells[j] : "";
    for (int line = 0; line < lines; line++) {
        for (int j = 0; j < columns; j++) {
            size_t step = 0, size = above[j] > line ? 0 : next_line(rest[j], widths[j], &step);
            put_padded(out, rest[j], size, widths[j], table->aligns[j], j + 1 == columns);
            string_buffer_add(out, j + 1 < columns ? "  " : "\n");
            rest[j] += step;
        }
        if (columns == 0)
            string_buffer_add(out, "\n");
        trim_line(out);
    }
}

/* Titles are aligned at the bottom, next to the rule; cells at the top. */
static void put_row(struct string_buffer *out, const struct table *table, char *const *cells,
                    const int *widths, int columns, bool titles)
{
    int above[TABLE_COLUMNS_MAX] = {0}, counts[TABLE_COLUMNS_MAX], lines = 1;
    for (int j = 0; j < columns; j++) {
        counts[j] = line_count(cells[j] != NULL ? cells[j] : "", widths[j]);
        lines = larger(lines, counts[j]);
    }
    for (int j = 0; titles && j < columns; j++)
        above[j] = lines - counts[j];
    put_lines(out, table, cells, widths, columns, above, lines);
}

/* ---- tables ---- */

static void put_head(struct string_buffer *out, const struct table *table, const int *widths,
                     int width)
{
    if (table->caption != NULL)
        add_paragraph(out, table->caption, width);
    if (table_has_titles(table)) {
        put_row(out, table, table->titles, widths, table->columns, true);
        put_rule(out, widths, table->columns);
    }
}

static void put_rows(struct string_buffer *out, const struct table *table, const int *widths,
                     int from)
{
    for (int i = from; i < table->row_count; i++) {
        const struct row *row = &table->rows[i];
        if (row->ruled)
            put_rule(out, widths, table->columns);
        put_row(out, table, row->cells, widths, filled_columns(row, table->columns), false);
    }
}

char *table_text_within(const struct table *table, int width)
{
    struct table_growth growth = {0};
    char *text = table_text_more(table, &growth, width, true);
    size_t size = text != NULL ? strlen(text) : 0;
    if (size > 0)
        text[size - 1] = '\0';
    return text;
}

char *table_text(const struct table *table)
{
    return table_text_within(table, 0);
}

bool table_grows(const struct table *table, const struct table_growth *growth)
{
    return table != NULL && growth->rows > 0 && table->columns == growth->columns &&
           table->row_count >= growth->rows;
}

char *table_text_more(const struct table *table, struct table_growth *growth, int width, bool last)
{
    if (table == NULL || table->broken)
        return NULL;
    struct string_buffer out;
    string_buffer_init(&out, TABLE_TEXT_MAX);
    lay_out(table, width, !last, growth->widths);
    if (growth->rows == 0) {
        growth->columns = table->columns;
        put_head(&out, table, growth->widths, width);
    }
    put_rows(&out, table, growth->widths, growth->rows);
    growth->rows = table->row_count;
    if (last && table->note != NULL)
        add_paragraph(&out, table->note, width);
    return string_buffer_take(&out);
}
