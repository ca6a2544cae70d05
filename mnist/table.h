/*
 * table - rows and columns that a command answers with.
 *
 * commands/ builds one and hands it to output; the sink asks for it as plain text (terminal, text/plain) or HTML.
 * Cells hold UTF-8 text; both renderings are exact to the byte for the same cells. What varies from run to run (times,
 * rates) goes into the remark, which only the HTML and the terminal show, so that text/plain repeats.
 */
#ifndef MNIST_TABLE_H
#define MNIST_TABLE_H

#include <stddef.h>

enum { TABLE_COLUMNS_MAX = 32, TABLE_ROWS_MAX = 20000 };

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table;

/* An empty table under a caption (NULL = none). NULL when memory runs out; every call below takes a NULL table and
   does nothing, so only the end need be checked. Caller frees with table_free. */
struct table *table_new(const char *caption);
void table_free(struct table **table);

/* Columns first, then rows: table_row begins one, table_cell fills it from the left. A row may stay short. */
void table_column(struct table *table, const char *title, enum table_align align);
void table_row(struct table *table);
/* Another alignment for a column that there is, from 0. */
void table_align(struct table *table, int column, enum table_align align);
__attribute__((format(printf, 2, 3))) void table_cell(struct table *table, const char *format, ...);

/* The next row is set off from those above by a rule (totals, averages). */
void table_rule(struct table *table);

/* A line below the table in all renderings: what repeats, unlike the remark. '\n' ends a line; the last note counts. */
__attribute__((format(printf, 2, 3))) void table_note(struct table *table, const char *format, ...);

/* Shown muted below the table; not part of the plain text (see above). May have several lines, with
   '\n' between them; the last remark counts. */
__attribute__((format(printf, 2, 3))) void table_remark(struct table *table, const char *format,
                                                        ...);

/* False when memory ran out on the way: the table is then not to be shown. */
int table_row_count(const struct table *table);

/* The whole table as text. Caller frees with free(). NULL when memory runs out. */
char *table_text(const struct table *table);
char *table_html(const struct table *table);

/* The remark, or NULL. Borrowed until the table is freed. */
const char *table_remark_text(const struct table *table);

/* Columns a UTF-8 text takes on a terminal (combining marks 0, East Asian wide 2). */
int table_text_width(const char *text);

#endif
