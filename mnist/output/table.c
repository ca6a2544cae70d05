/*
 * table - cells as strings, and their rendering as HTML.
 *
 * A row is an array of pointers, NULL after its last cell. A failed allocation sets `broken`; later
 * calls store nothing and all renderings return NULL, so that callers check once, at the end.
 */
#include "mnist/output/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"
#include "mnist/base/html.h"
#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"
#include "mnist/output/table_cells.h"

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
    for (int j = 0; j < t->columns; j++) {
        free(t->titles[j]);
        free(t->keys[j]);
    }
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

void table_key(struct table *table, const char *key)
{
    if (table == NULL || table->broken)
        return;
    assert(table->columns > 0);
    char **place = &table->keys[table->columns - 1];
    free(*place);
    *place = strdup(key);
    table->broken = *place == NULL;
}

void table_property(struct table *table, const char *name, const char *value)
{
    table_row(table);
    table_cell(table, "%s", name);
    table_cell(table, "%s", value);
}

void table_reserve(struct table *table, int width)
{
    if (table == NULL || table->broken)
        return;
    assert(table->columns > 0);
    table->reserved[table->columns - 1] = width;
}

void table_properties(struct table *table, const char *title, const char *value_title,
                      enum table_align align)
{
    table_column(table, title, TABLE_LEFT);
    table_key(table, "property");
    table_column(table, value_title, align);
    table_key(table, "value");
    if (table != NULL && !table->broken)
        table->values |= 1u << (table->columns - 1);
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
    struct row *rows =
        array_grow(table->rows, (size_t)table->row_count, sizeof *rows, TABLE_ROWS_MAX);
    if (rows == NULL) {
        table->broken = true;
        return;
    }
    table->rows = rows;
    struct row *row = &table->rows[table->row_count++];
    memset(row, 0, sizeof *row);
    row->ruled = table->rule_next;
    table->rule_next = false;
    table->next_cell = 0;
}

/* Replaces the text at *place. */
__attribute__((format(printf, 3, 0))) static void keep(struct table *table, char **place,
                                                       const char *format, va_list values)
{
    char *text = NULL;
    if (vasprintf(&text, format, values) < 0)
        text = NULL;
    free(*place);
    *place = text != NULL ? utf8_visible_copy(text, true) : NULL;
    table->broken = table->broken || *place == NULL;
    free(text);
}

/* True if the format prints one decimal number, with or without a percent sign, and nothing else.
   */
static bool is_number_format(const char *format)
{
    if (*format++ != '%')
        return false;
    format += strspn(format, "-+ #.0123456789hljzt");
    if (*format == '\0' || strchr("diufFgGeE", *format) == NULL)
        return false;
    format++;
    return *format == '\0' || strcmp(format, " %%") == 0;
}

void table_cell(struct table *table, const char *format, ...)
{
    if (table == NULL || table->broken)
        return;
    assert(table->row_count > 0 && table->next_cell < table->columns);
    struct row *row = &table->rows[table->row_count - 1];
    if (is_number_format(format))
        row->numbers |= 1u << table->next_cell;
    va_list values;
    va_start(values, format);
    keep(table, &row->cells[table->next_cell++], format, values);
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

const char *table_caption_text(const struct table *table)
{
    return table->caption;
}

const char *table_note_text(const struct table *table)
{
    return table->note;
}

const char *table_remark_text(const struct table *table)
{
    return table->remark;
}

bool table_has_titles(const struct table *table)
{
    for (int j = 0; j < table->columns; j++)
        if (table->titles[j][0] != '\0')
            return true;
    return false;
}

/* JupyterLab styles a plain <table>; only alignment and rules are set here, to suit both of its
   themes. */
static void html_cells(struct string_buffer *out, const struct table *table, char *const *cells,
                       const char *tag, bool ruled)
{
    string_buffer_add(out, "<tr>");
    for (int j = 0; j < table->columns; j++) {
        string_buffer_add(out, "<");
        string_buffer_add(out, tag);
        string_buffer_add(out, table->aligns[j] == TABLE_RIGHT
                                   ? " style=\"text-align:right;font-variant-numeric:tabular-nums"
                                   : " style=\"text-align:left");
        string_buffer_add(out, ruled ? ";border-top:1px solid #888\">" : "\">");
        html_add(out, cells[j] != NULL ? cells[j] : "");
        string_buffer_add(out, "</");
        string_buffer_add(out, tag);
        string_buffer_add(out, ">");
    }
    string_buffer_add(out, "</tr>\n");
}

static void put_below(struct string_buffer *out, const char *text)
{
    if (text == NULL)
        return;
    string_buffer_add(out, "\n<div style=\"opacity:0.65;font-size:90%\">");
    html_add(out, text);
    string_buffer_add(out, "</div>");
}

char *table_html(const struct table *table)
{
    if (table == NULL || table->broken)
        return NULL;
    struct string_buffer out;
    string_buffer_init(&out, TABLE_TEXT_MAX);
    string_buffer_add(&out, "<table>\n");
    if (table->caption != NULL) {
        string_buffer_add(&out, "<caption style=\"text-align:left;font-weight:bold;padding:4px 0;"
                                "white-space:nowrap\">");
        html_add(&out, table->caption);
        string_buffer_add(&out, "</caption>\n");
    }
    if (table_has_titles(table)) {
        string_buffer_add(&out, "<thead>");
        html_cells(&out, table, table->titles, "th", false);
        string_buffer_add(&out, "</thead>\n");
    }
    string_buffer_add(&out, "<tbody>\n");
    for (int i = 0; i < table->row_count; i++)
        html_cells(&out, table, table->rows[i].cells, "td", table->rows[i].ruled);
    string_buffer_add(&out, "</tbody>\n</table>");
    put_below(&out, table->note);
    return string_buffer_take(&out);
}
