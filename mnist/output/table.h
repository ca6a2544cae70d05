/*
 * table - a result in rows and columns.
 *
 * A command builds a table and passes it to its output, which renders it as plain text (terminal,
 * text/plain), HTML, JSON or CSV. Cells hold UTF-8 text; equal cells give equal bytes. Values that
 * vary from run to run (times, rates) belong into the remark, which only a terminal shows: it is
 * part of no rendering, so that saved notebooks do not change.
 */
#ifndef MNIST_OUTPUT_TABLE_H
#define MNIST_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_COLUMNS_MAX = 32, TABLE_ROWS_MAX = 20000 };

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table;

/* An empty table with a caption (NULL = none). NULL if memory runs out. All functions accept a NULL
   table, so that the caller checks only the final rendering. Caller frees with table_free. */
struct table *table_new(const char *caption);
void table_free(struct table **table);

/* First all columns, then the rows: table_row begins a row, table_cell adds its cells from the
   left. Missing cells at the end are empty. */
void table_column(struct table *table, const char *title, enum table_align align);
void table_row(struct table *table);
/* The name of the last added column in JSON and CSV. The default is the title in lower case, with
   underscores for characters other than letters and digits ("95 % interval": 95_interval), or
   column_2, by its position, if nothing remains. */
void table_key(struct table *table, const char *key);
/* The two columns of a list of properties. In JSON and CSV they are named `property` and `value`,
   and a value that has the form of a number is a number. */
void table_properties(struct table *table, const char *title, const char *value_title,
                      enum table_align align);
/* A row of the list: two cells. */
void table_property(struct table *table, const char *name, const char *value);
/* Minimum width of the last column of a growing table. */
void table_reserve(struct table *table, int width);
/* Changes the alignment of an existing column; the first is 0. */
void table_align(struct table *table, int column, enum table_align align);
__attribute__((format(printf, 2, 3))) void table_cell(struct table *table, const char *format, ...);

/* Draws a rule above the next row (totals, averages). */
void table_rule(struct table *table);

/* Text below the table in text and HTML; '\n' separates lines. Replaces the previous note. */
__attribute__((format(printf, 2, 3))) void table_note(struct table *table, const char *format, ...);

/* Text that only a terminal shows, muted, below the table; '\n' separates lines. Replaces the
   previous remark. */
__attribute__((format(printf, 2, 3))) void table_remark(struct table *table, const char *format,
                                                        ...);

int table_row_count(const struct table *table);

/* The whole table as text. Caller frees with free(). NULL when memory runs out. */
char *table_text(const struct table *table);
char *table_html(const struct table *table);

/* table_text with lines of at most width columns where that is possible (table_text.c); 0 = any
   width. */
char *table_text_within(const struct table *table, int width);

/* The written part of a growing table; initially {0}. */
struct table_growth {
    int rows, columns;
    int widths[TABLE_COLUMNS_MAX];
};
/* The rows that are not yet part of growth, with line ends; the first time below caption and
   titles; with the note if `last`. Caller frees; NULL if memory runs out. */
char *table_text_more(const struct table *table, struct table_growth *growth, int width, bool last);
/* True if the table continues the written part. */
bool table_grows(const struct table *table, const struct table_growth *growth);

/* JSON: an array with one object for each row: {"class": "3", "precision": 0.9921}. Cells of
   right-aligned columns and cells with the format of a number are numbers: 12,345 is 12345, 99.21 %
   is 0.9921, an empty cell is null. CSV (RFC 4180, but with "\n" as line end) has the same values
   below a line of names. Caption, note and remark are omitted. Caller frees; NULL if memory runs
   out. */
char *table_json(const struct table *table);
char *table_csv(const struct table *table);

/* NULL = none. Borrowed until the table is freed. */
const char *table_caption_text(const struct table *table);
const char *table_note_text(const struct table *table);
const char *table_remark_text(const struct table *table);

/* Width of a UTF-8 text in columns of a terminal (combining marks 0, East Asian wide 2). */
int table_text_width(const char *text);

#endif
