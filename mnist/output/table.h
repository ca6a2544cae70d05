/*
 * table - rows and columns that a command answers with.
 *
 * commands/ builds one and hands it to output; the sink asks for it as plain text (terminal,
 * text/plain), HTML, JSON or CSV. Cells hold UTF-8 text; the renderings are exact to the byte for
 * the same cells. What varies from run to run (times, rates) goes into the remark, which is in none
 * of them: a terminal shows it, a saved notebook must not hold it.
 */
#ifndef MNIST_OUTPUT_TABLE_H
#define MNIST_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_COLUMNS_MAX = 32, TABLE_ROWS_MAX = 20000 };

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table;

/* An empty table under a caption (NULL = none). NULL when memory runs out; every call below takes a
   NULL table and does nothing, so only the end need be checked. Caller frees with table_free. */
struct table *table_new(const char *caption);
void table_free(struct table **table);

/* Columns first, then rows: table_row begins one, table_cell fills it from the left. A row may stay
   short. */
void table_column(struct table *table, const char *title, enum table_align align);
void table_row(struct table *table);
/* The name of the last column in JSON and CSV. Without it, that is the title in lower case, with an
   underscore for whatever is no letter or digit ("95 % interval": 95_interval; a title without any:
   column_2, by its place). */
void table_key(struct table *table, const char *key);
/* The two columns of a list of properties: in JSON and CSV they are `property` and `value`, and a
   value that reads as a number is one. */
void table_properties(struct table *table, const char *title, const char *value_title,
                      enum table_align align);
/* The last column of a table that grows will have cells of this width. */
void table_reserve(struct table *table, int width);
/* Another alignment for a column that there is, from 0. */
void table_align(struct table *table, int column, enum table_align align);
__attribute__((format(printf, 2, 3))) void table_cell(struct table *table, const char *format, ...);

/* The next row is set off from those above by a rule (totals, averages). */
void table_rule(struct table *table);

/* A line below the table in all renderings: what repeats, unlike the remark. '\n' ends a line; the
   last note counts. */
__attribute__((format(printf, 2, 3))) void table_note(struct table *table, const char *format, ...);

/* Shown muted below the table on a terminal only (see above). May have several lines, with '\n'
   between them; the last remark counts. */
__attribute__((format(printf, 2, 3))) void table_remark(struct table *table, const char *format,
                                                        ...);

/* False when memory ran out on the way: the table is then not to be shown. */
int table_row_count(const struct table *table);

/* The whole table as text. Caller frees with free(). NULL when memory runs out. */
char *table_text(const struct table *table);
char *table_html(const struct table *table);

/* The same text in lines of at most width columns, as far as that can be (table_text.c); 0 = of any
   width. */
char *table_text_within(const struct table *table, int width);

/* What has been written of a table that grows; begins as {0}. */
struct table_growth {
    int rows, columns;
    int widths[TABLE_COLUMNS_MAX];
};
/* The lines of the rows that growth does not have yet, each with its end, below caption and titles
   if there were none; last: with the note. Caller frees; NULL when memory runs out. */
char *table_text_more(const struct table *table, struct table_growth *growth, int width, bool last);
/* The table has the rows that growth has, and perhaps more: it may be continued. */
bool table_grows(const struct table *table, const struct table_growth *growth);

/* An array of objects, one for each row: {"class": "3", "precision": 0.9921}. A cell of a
   right-aligned column, or one made by a number's format, is a number: 12,345 is 12345, 99.21 % is
   0.9921, an empty one is null. CSV (RFC 4180, but with "\n" as line end) has the same values below
   a line of names. Neither has caption, note or remark. Caller frees; NULL when memory runs out. */
char *table_json(const struct table *table);
char *table_csv(const struct table *table);

/* NULL = there is none. Borrowed until the table is freed. */
const char *table_caption_text(const struct table *table);
const char *table_note_text(const struct table *table);
const char *table_remark_text(const struct table *table);

/* Columns a UTF-8 text takes on a terminal (combining marks 0, East Asian wide 2). */
int table_text_width(const char *text);

#endif
