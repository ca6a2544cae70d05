/*
 * table - cells kept as strings; rendered on demand.
 *
 * One row is an array of columns pointers, NULL where the row stopped short. A failed allocation sets `broken`, after
 * which nothing is stored and both renderings return NULL: callers need one check, at the end.
 */
#include "mnist/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/utf8.h"

struct row {
    char *cells[TABLE_COLUMNS_MAX];
    bool ruled; /* a rule stands above */
};

struct table {
    char *caption, *note, *remark;
    char *titles[TABLE_COLUMNS_MAX];
    enum table_align aligns[TABLE_COLUMNS_MAX];
    int columns;
    struct row *rows;
    int row_count, row_capacity;
    int next_cell;
    bool rule_next, broken;
};

struct table *table_new(const char *caption)
{
    struct table *table = calloc(1, sizeof *table);
    if (table != NULL && caption != NULL) {
        table->caption = strdup(caption);
        table->broken = table->caption == NULL;
    }
    return table;
}

void table_free(struct table **table)
{
    struct table *t = *table;
    if (t == NULL)
        return;
    for (int i = 0; i < t->row_count; i++)
        for (int j = 0; j < t->columns; j++)
            free(t->rows[i].cells[j]);
    for (int j = 0; j < t->columns; j++)
        free(t->titles[j]);
    free(t->rows);
    free(t->caption);
    free(t->note);
    free(t->remark);
    free(t);
    *table = NULL;
}

void table_column(struct table *table, const char *title, enum table_align align)
{
    if (table == NULL || table->broken)
        return;
    assert(table->row_count == 0 && table->columns < TABLE_COLUMNS_MAX);
    table->titles[table->columns] = strdup(title);
    table->aligns[table->columns] = align;
    table->broken = table->titles[table->columns] == NULL;
    if (!table->broken)
        table->columns++;
}

void table_align(struct table *table, int column, enum table_align align)
{
    if (table == NULL || table->broken)
        return;
    assert(column >= 0 && column < table->columns);
    table->aligns[column] = align;
}

void table_row(struct table *table)
{
    if (table == NULL || table->broken)
        return;
    assert(table->row_count < TABLE_ROWS_MAX);
    if (table->row_count == table->row_capacity) {
        int capacity = table->row_capacity == 0 ? 16 : 2 * table->row_capacity;
        struct row *rows = realloc(table->rows, (size_t)capacity * sizeof *rows);
        if (rows == NULL) {
            table->broken = true;
            return;
        }
        table->rows = rows;
        table->row_capacity = capacity;
    }
    struct row *row = &table->rows[table->row_count++];
    memset(row, 0, sizeof *row);
    row->ruled = table->rule_next;
    table->rule_next = false;
    table->next_cell = 0;
}

/* Puts a text in the place of the old one. */
__attribute__((format(printf, 3, 0))) static void keep(struct table *table, char **place,
                                                       const char *format, va_list values)
{
    free(*place);
    if (vasprintf(place, format, values) < 0) {
        *place = NULL;
        table->broken = true;
    }
}

void table_cell(struct table *table, const char *format, ...)
{
    if (table == NULL || table->broken)
        return;
    assert(table->row_count > 0 && table->next_cell < table->columns);
    va_list values;
    va_start(values, format);
    keep(table, &table->rows[table->row_count - 1].cells[table->next_cell++], format, values);
    va_end(values);
}

void table_rule(struct table *table)
{
    if (table != NULL)
        table->rule_next = true;
}

void table_remark(struct table *table, const char *format, ...)
{
    if (table == NULL || table->broken)
        return;
    va_list values;
    va_start(values, format);
    keep(table, &table->remark, format, values);
    va_end(values);
}

void table_note(struct table *table, const char *format, ...)
{
    if (table == NULL || table->broken)
        return;
    va_list values;
    va_start(values, format);
    keep(table, &table->note, format, values);
    va_end(values);
}

int table_row_count(const struct table *table)
{
    return table == NULL ? 0 : table->row_count;
}

const char *table_remark_text(const struct table *table)
{
    return table->remark;
}

int table_text_width(const char *text)
{
    return (int)utf8_text_width(text, strlen(text));
}

/* Text that grows while a table is written out. */
struct writer {
    char *text;
    size_t size, capacity;
    bool broken;
};

static void put(struct writer *writer, const char *bytes, size_t size)
{
    if (writer->broken)
        return;
    if (writer->size + size + 1 > writer->capacity) {
        size_t capacity = 2 * (writer->size + size + 1) + 256;
        char *text = realloc(writer->text, capacity);
        if (text == NULL) {
            writer->broken = true;
            return;
        }
        writer->text = text;
        writer->capacity = capacity;
    }
    memcpy(writer->text + writer->size, bytes, size);
    writer->size += size;
    writer->text[writer->size] = '\0';
}

static void put_text(struct writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

static void put_times(struct writer *writer, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        put_text(writer, text);
}

static void put_escaped(struct writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': put_text(writer, "&amp;"); break;
        case '<': put_text(writer, "&lt;"); break;
        case '>': put_text(writer, "&gt;"); break;
        case '"': put_text(writer, "&quot;"); break;
        case '\n': put_text(writer, "<br>"); break;
        default: put(writer, text, 1);
        }
    }
}

/* Consumes the writer: its text, or NULL when memory ran out. */
static char *finish(struct writer *writer)
{
    if (writer->broken) {
        free(writer->text);
        return NULL;
    }
    return writer->text != NULL ? writer->text : strdup("");
}

static void put_padded(struct writer *writer, const char *text, int width, enum table_align align,
                       bool last)
{
    int space = width - table_text_width(text);
    if (align == TABLE_RIGHT)
        put_times(writer, " ", space);
    put_text(writer, text);
    if (align == TABLE_LEFT && !last)
        put_times(writer, " ", space);
}

static void put_rule(struct writer *writer, const int *widths, int columns)
{
    for (int j = 0; j < columns; j++) {
        put_times(writer, "─", widths[j]);
        put_text(writer, j + 1 < columns ? "  " : "\n");
    }
}

static int filled_columns(const struct row *row, int columns)
{
    while (columns > 0 && row->cells[columns - 1] == NULL)
        columns--;
    return columns;
}

static bool has_titles(const struct table *table)
{
    for (int j = 0; j < table->columns; j++)
        if (table->titles[j][0] != '\0')
            return true;
    return false;
}

/* Takes spaces before the last line end away: an empty title or cell in the last column leaves some. */
static void trim_line(struct writer *writer)
{
    while (!writer->broken && writer->size > 1 && writer->text[writer->size - 2] == ' ') {
        writer->size--;
        writer->text[writer->size - 1] = '\n';
        writer->text[writer->size] = '\0';
    }
}

static void text_line(struct writer *writer, const struct table *table, char *const *cells,
                      const int *widths, int columns)
{
    for (int j = 0; j < columns; j++) {
        put_padded(writer, cells[j] != NULL ? cells[j] : "", widths[j], table->aligns[j],
                   j + 1 == columns);
        put_text(writer, j + 1 < columns ? "  " : "\n");
    }
    if (columns == 0)
        put_text(writer, "\n");
    trim_line(writer);
}

char *table_text(const struct table *table)
{
    if (table == NULL || table->broken)
        return NULL;
    int widths[TABLE_COLUMNS_MAX] = {0};
    for (int j = 0; j < table->columns; j++) {
        widths[j] = table_text_width(table->titles[j]);
        for (int i = 0; i < table->row_count; i++) {
            int width =
                table->rows[i].cells[j] != NULL ? table_text_width(table->rows[i].cells[j]) : 0;
            widths[j] = width > widths[j] ? width : widths[j];
        }
    }
    struct writer writer = {0};
    if (table->caption != NULL) {
        put_text(&writer, table->caption);
        put_text(&writer, "\n");
    }
    if (has_titles(table)) {
        text_line(&writer, table, table->titles, widths, table->columns);
        put_rule(&writer, widths, table->columns);
    }
    for (int i = 0; i < table->row_count; i++) {
        const struct row *row = &table->rows[i];
        if (row->ruled)
            put_rule(&writer, widths, table->columns);
        text_line(&writer, table, row->cells, widths, filled_columns(row, table->columns));
    }
    if (table->note != NULL) {
        put_text(&writer, table->note);
        put_text(&writer, "\n");
    }
    if (writer.size > 0 && !writer.broken)
        writer.text[--writer.size] = '\0';
    return finish(&writer);
}

/* JupyterLab styles a bare <table>; only alignment and rules are set here, so that both its themes fit. */
static void html_cells(struct writer *writer, const struct table *table, char *const *cells,
                       const char *tag, bool ruled)
{
    put_text(writer, "<tr>");
    for (int j = 0; j < table->columns; j++) {
        put_text(writer, "<");
        put_text(writer, tag);
        put_text(writer, table->aligns[j] == TABLE_RIGHT
                             ? " style=\"text-align:right;font-variant-numeric:tabular-nums"
                             : " style=\"text-align:left");
        put_text(writer, ruled ? ";border-top:1px solid #888\">" : "\">");
        put_escaped(writer, cells[j] != NULL ? cells[j] : "");
        put_text(writer, "</");
        put_text(writer, tag);
        put_text(writer, ">");
    }
    put_text(writer, "</tr>\n");
}

static void put_below(struct writer *writer, const char *text)
{
    if (text == NULL)
        return;
    put_text(writer, "\n<div style=\"opacity:0.65;font-size:90%\">");
    put_escaped(writer, text);
    put_text(writer, "</div>");
}

char *table_html(const struct table *table)
{
    if (table == NULL || table->broken)
        return NULL;
    struct writer writer = {0};
    put_text(&writer, "<table>\n");
    if (table->caption != NULL) {
        put_text(
            &writer,
            "<caption style=\"text-align:left;font-weight:bold;padding:4px 0;white-space:nowrap\">");
        put_escaped(&writer, table->caption);
        put_text(&writer, "</caption>\n");
    }
    if (has_titles(table)) {
        put_text(&writer, "<thead>");
        html_cells(&writer, table, table->titles, "th", false);
        put_text(&writer, "</thead>\n");
    }
    put_text(&writer, "<tbody>\n");
    for (int i = 0; i < table->row_count; i++)
        html_cells(&writer, table, table->rows[i].cells, "td", table->rows[i].ruled);
    put_text(&writer, "</tbody>\n</table>");
    put_below(&writer, table->note);
    put_below(&writer, table->remark);
    return finish(&writer);
}
