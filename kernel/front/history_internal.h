/*
 * history_internal - the struct and functions shared by history.c (the database, writing) and
 * history_read.c (reading).
 */
#ifndef KERNEL_FRONT_HISTORY_INTERNAL_H
#define KERNEL_FRONT_HISTORY_INTERNAL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/front/history.h"
#include "kernel/front/history_file.h"

struct cell_row {
    int execution_count;
    char *source, *output; /* output may be NULL */
};

struct history {
    struct log_ratelimit *log_ratelimit;
    char path[HISTORY_PATH_SIZE];
    sqlite3 *database;     /* NULL until first needed */
    bool in_memory;        /* the file is unusable, and the database is in memory */
    sqlite3_int64 session; /* id in the database; 0 until the first cell is written */
    sqlite3_int64 last;    /* row id of the cell written last */

    /* The latest cells of this session, for the case that the file becomes unusable; the last
       pending_count of them are not in the database yet. */
    struct cell_row rows[HISTORY_KEPT_MAX];
    size_t row_count, rows_size, pending_count;

    /* Of the current request: */
    int64_t read_until_ms; /* deadline */
    size_t search_steps;   /* text_glob.h steps that remain */
    int read_code;         /* SQLite's result code */
};

/* The database; opens it if necessary. NULL: memory ran out, or another kernel is creating the file
   at the moment. */
sqlite3 *history_database(struct history *history);

/* Replaces the unusable file by a database in memory; the kept cells of this session become
   pending. NULL when memory runs out. */
sqlite3 *history_switch_to_memory(struct history *history);

/* True if SQLite's result code does not mean that the file is unusable: success, a lock of another
   kernel, a limit of this request, or out of memory. */
bool history_is_harmless(int code);

/* Writes the pending cells. If the file turns out to be unusable, calls history_switch_to_memory.
   */
void history_write_pending(struct history *history);

/* Compiles a statement. NULL on failure; sqlite3_errcode has the reason. */
sqlite3_stmt *history_prepare(sqlite3 *db, const char *sql);

#endif
