/*
 * table_data - a table as JSON and CSV.
 *
 * Both have the digits of the text, so that they are as reproducible. Names of columns are derived
 * from the titles; a repeated name is extended by its position (95_interval_6). Whether a cell is a
 * number depends on its column and its format, not on its text: a hash is a text even if it
 * consists of decimal digits.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"
#include "mnist/output/table_cells.h"

enum { KEY_SIZE = 128, NUMBER_SIZE = 64, SHARE_DIGITS = 2 };

/* ---- names of columns ---- */

static void key_of_title(char key[KEY_SIZE], const char *title)
{
    size_t size = 0;
    bool gap = false;
    for (; *title != '\0' && size + 2 < KEY_SIZE; title++) {
        unsigned char c = (unsigned char)*title;
        if (!isalnum(c) && c < 0x80) {
            gap = size > 0;
            continue;
        }
        if (gap)
            key[size++] = '_';
        gap = false;
        key[size++] = (char)(c < 0x80 ? tolower(c) : c);
    }
    key[size] = '\0';
}

static void own_key(const struct table *table, int column, char key[KEY_SIZE])
{
    if (table->keys[column] != NULL)
        snprintf(key, KEY_SIZE, "%s", table->keys[column]);
    else
        key_of_title(key, table->titles[column]);
    if (key[0] == '\0')
        snprintf(key, KEY_SIZE, "column_%d", column + 1);
}

static void column_key(const struct table *table, int column, char key[KEY_SIZE])
{
    char other[KEY_SIZE];
    own_key(table, column, key);
    for (int j = 0; j < column; j++) {
        own_key(table, j, other);
        if (strcmp(key, other) == 0) {
            size_t size = strlen(key);
            size = size < KEY_SIZE - 4 ? size : KEY_SIZE - 4;
            snprintf(key + size, KEY_SIZE - size, "_%d", column + 1);
            return;
        }
    }
}

/* ---- numbers ---- */

/* Parses a cell such as `-1,234.5e-6` or `99.2 %`: digits and dots without commas into plain, with
   *decimals decimals. False for any other text. */
static bool read_number(const char *text, char plain[NUMBER_SIZE], int *decimals, bool *share)
{
    size_t used = 0, digits = 0;
    *decimals = 0;
    if (strlen(text) >= NUMBER_SIZE)
        return false;
    if (*text == '-')
        plain[used++] = *text++;
    const char *first = text;
    for (; isdigit((unsigned char)*text) || (*text == ',' && digits > 0); text++)
        if (*text != ',') {
            plain[used++] = *text;
            digits++;
        }
    if (digits == 0 || (first[0] == '0' && digits > 1))
        return false;
    if (*text == '.') {
        plain[used++] = *text++;
        for (; isdigit((unsigned char)*text); (*decimals)++)
            plain[used++] = *text++;
        if (*decimals == 0)
            return false;
    }
    if (*text == 'e' && (text[1] == '+' || text[1] == '-') && isdigit((unsigned char)text[2])) {
        plain[used++] = *text++;
        plain[used++] = *text++;
        while (isdigit((unsigned char)*text))
            plain[used++] = *text++;
    }
    plain[used] = '\0';
    *share = strcmp(text, " %") == 0;
    return *text == '\0' || *share;
}

static bool may_be_number(const struct table *table, const struct row *row, int column)
{
    uint32_t bit = 1u << column;
    return table->aligns[column] == TABLE_RIGHT || (row->numbers & bit) != 0 ||
           (table->values & bit) != 0;
}

/* The cell as a JSON number; false if it is not a number. */
static bool number_of(const struct table *table, const struct row *row, int column,
                      char number[NUMBER_SIZE])
{
    char plain[NUMBER_SIZE];
    int decimals;
    bool share;
    if (row->cells[column] == NULL || !may_be_number(table, row, column) ||
        !read_number(row->cells[column], plain, &decimals, &share))
        return false;
    if (share)
        snprintf(number, NUMBER_SIZE, "%.*f", decimals + SHARE_DIGITS, strtod(plain, NULL) / 100);
    else
        snprintf(number, NUMBER_SIZE, "%s", plain);
    return true;
}

/* True for an empty cell and for NaN. */
static bool is_missing(const struct table *table, const struct row *row, int column)
{
    const char *cell = row->cells[column];
    return cell == NULL || cell[0] == '\0' ||
           (may_be_number(table, row, column) &&
            (strcmp(cell, "nan") == 0 || strcmp(cell, "-nan") == 0 || strcmp(cell, "nan %") == 0 ||
             strcmp(cell, "-nan %") == 0 || strcmp(cell, "inf") == 0 || strcmp(cell, "-inf") == 0));
}

/* ---- JSON ---- */

static void put_json_text(struct string_buffer *out, const char *text)
{
    size_t size = strlen(text);
    string_buffer_add(out, "\"");
    while (size > 0) {
        uint32_t point;
        bool valid = true;
        size_t bytes = utf8_decode(text, size, &point, &valid);
        if (!valid)
            string_buffer_add(out, "\xEF\xBF\xBD");
        else if (point == '"' || point == '\\')
            string_buffer_print(out, "\\%c", (char)point);
        else if (point == '\n')
            string_buffer_add(out, "\\n");
        else if (point < 0x20)
            string_buffer_print(out, "\\u%04x", (unsigned)point);
        else
            string_buffer_add_bytes(out, text, bytes);
        text += bytes;
        size -= bytes;
    }
    string_buffer_add(out, "\"");
}

static void put_json_cell(struct string_buffer *out, const struct table *table,
                          const struct row *row, int column)
{
    char number[NUMBER_SIZE];
    if (number_of(table, row, column, number))
        string_buffer_add(out, number);
    else if (is_missing(table, row, column))
        string_buffer_add(out, "null");
    else
        put_json_text(out, row->cells[column]);
}

char *table_json(const struct table *table)
{
    char key[KEY_SIZE];
    if (table == NULL || table->broken)
        return NULL;
    struct string_buffer out;
    string_buffer_init(&out, TABLE_TEXT_MAX);
    string_buffer_add(&out, "[");
    for (int i = 0; i < table->row_count; i++) {
        string_buffer_add(&out, i > 0 ? ",\n {" : "\n {");
        for (int j = 0; j < table->columns; j++) {
            column_key(table, j, key);
            string_buffer_add(&out, j > 0 ? ", " : "");
            put_json_text(&out, key);
            string_buffer_add(&out, ": ");
            put_json_cell(&out, table, &table->rows[i], j);
        }
        string_buffer_add(&out, "}");
    }
    string_buffer_add(&out, "\n]");
    return string_buffer_take(&out);
}

/* ---- CSV ---- */

static void put_csv_text(struct string_buffer *out, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    string_buffer_add(out, quoted ? "\"" : "");
    for (; *text != '\0'; text++) {
        string_buffer_add(out, *text == '"' ? "\"" : "");
        string_buffer_add_bytes(out, text, 1);
    }
    string_buffer_add(out, quoted ? "\"" : "");
}

static void put_csv_cell(struct string_buffer *out, const struct table *table,
                         const struct row *row, int column)
{
    char number[NUMBER_SIZE];
    if (number_of(table, row, column, number))
        string_buffer_add(out, number);
    else if (!is_missing(table, row, column))
        put_csv_text(out, row->cells[column]);
}

char *table_csv(const struct table *table)
{
    char key[KEY_SIZE];
    if (table == NULL || table->broken)
        return NULL;
    struct string_buffer out;
    string_buffer_init(&out, TABLE_TEXT_MAX);
    for (int j = 0; j < table->columns; j++) {
        column_key(table, j, key);
        string_buffer_add(&out, j > 0 ? "," : "");
        put_csv_text(&out, key);
    }
    for (int i = 0; i < table->row_count; i++)
        for (int j = 0; j < table->columns; j++) {
            string_buffer_add(&out, j > 0 ? "," : "\n");
            put_csv_cell(&out, table, &table->rows[i], j);
        }
    return string_buffer_take(&out);
}
