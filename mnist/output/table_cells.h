/*
 * table_cells - the representation of a table, for the files that render it.
 *
 * table.c builds tables and renders HTML, table_text.c renders text, table_data.c JSON and CSV.
 */
#ifndef MNIST_OUTPUT_TABLE_CELLS_H
#define MNIST_OUTPUT_TABLE_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/output/table.h"

/* The largest rendering of a table, in bytes. */
enum { TABLE_TEXT_MAX = 64 * 1024 * 1024 };

struct row {
    char *cells[TABLE_COLUMNS_MAX]; /* NULL after the last cell of the row            */
    uint32_t numbers;               /* bit j: the format of cell j was that of a number */
    bool ruled;                     /* a rule above the row                           */
};

struct table {
    char *caption, *note, *remark;
    char *titles[TABLE_COLUMNS_MAX];
    char *keys[TABLE_COLUMNS_MAX]; /* names in JSON and CSV; NULL = derived from the title */
    enum table_align aligns[TABLE_COLUMNS_MAX];
    int reserved[TABLE_COLUMNS_MAX]; /* table_reserve */
    uint32_t values; /* bit j: column j holds values of several kinds (table_properties) */
    int columns;
    struct row *rows;
    int row_count;
    int next_cell;
    bool rule_next, broken;
};

bool table_has_titles(const struct table *table);

#endif
