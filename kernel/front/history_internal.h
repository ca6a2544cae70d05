/*
 * history_internal - what history.c (the database, writing) and history_read.c (reading) share.
 */
#ifndef KERNEL_FRONT_HISTORY_INTERNAL_H
#define KERNEL_FRONT_HISTORY_INTERNAL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/front/history.h"
#include "kernel/front/history_file.h"

struct cell_row {
    int line;
    char *source, *output; /* output may be NULL */
};

struct history {
    struct log_ratelimit *log_ratelimit;
    char path[HISTORY_PATH_SIZE];
    sqlite3 *database;     /* NULL until first needed */
    bool in_memory;        /* the file cannot be used: the database is this process's own */
    sqlite3_int64 session; /* 0 until its first cell is written */
    sqlite3_int64 last;    /* row of the cell written last */

    /* The latest cells of this session, for the case that the file is lost; the last
       `pending_count` are not in the database yet. */
    struct cell_row rows[HISTORY_KEPT_MAX];
    size_t row_count, rows_size, pending_count;

    int64_t read_until_ms; /* limits of the present request */
    size_t search_steps;   /* of text_glob.h, that are left      */
    int read_code;         /* how it ended, SQLite's        */
};

/* The database, opened now if it was not. NULL: no memory, or another kernel is just making the
   file. */
sqlite3 *history_database(struct history *history);

/* From now on the history is in memory, with the cells of this session that are at hand. NULL: no
   memory for it. */
sqlite3 *history_leave_file(struct history *history);

/* Another kernel holds the file, a limit of ours was reached, or memory ran out: the file is good. */
bool history_is_harmless(int code);

/* Writes what waits. If the file turns out to be damaged, the history moves into memory. */
void history_write_pending(struct history *history);

/* NULL: not even compiled; sqlite3_errcode has the reason. */
sqlite3_stmt *history_prepare(sqlite3 *db, const char *sql);

#endif
