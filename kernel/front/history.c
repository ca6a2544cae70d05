/*
 * history - the database connection and writing. history_read.c reads.
 *
 * rows holds the latest cells of this session; the last pending_count of them are not in the
 * database yet. A cell is appended to rows first and then written, so that no lock and no damaged
 * file loses it. If the file turns out to be unusable, the database is replaced by one in memory
 * and all rows become pending again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front_memory.h"
#include "kernel/front/history_internal.h"
#include "kernel/front/text_glob.h"
#include "mnist/base/clock.h"

enum { PROGRESS_STEPS = 1000, REASON_SIZE = 256 };

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS sessions(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " started TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS cells(id INTEGER PRIMARY KEY, session INTEGER NOT NULL,"
    " line INTEGER NOT NULL, source TEXT NOT NULL, output TEXT);"
    "CREATE INDEX IF NOT EXISTS cells_by_session ON cells(session, line);";

/* ---- the database ---- */

static void sql_glob(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct history *history = sqlite3_user_data(context);
    const char *pattern = (const char *)sqlite3_value_text(values[0]);
    const char *text = (const char *)sqlite3_value_text(values[1]);
    enum text_glob_result result = TEXT_GLOB_DIFFERS;
    if (pattern != NULL && text != NULL)
        result = text_glob_match(pattern, text, &history->search_steps);
    if (result == TEXT_GLOB_STOPPED || clock_ms() > history->read_until_ms)
        sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    else
        sqlite3_result_int(context, result == TEXT_GLOB_MATCHES);
}

static int read_time_is_over(void *context)
{
    const struct history *history = context;
    return clock_ms() > history->read_until_ms;
}

static bool open_database(struct history *history, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    history->read_until_ms = CLOCK_NEVER;
    if (sqlite3_open_v2(path, &history->database, flags, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(history->database, HISTORY_BUSY_WAIT_MS) == SQLITE_OK &&
        sqlite3_exec(history->database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", NULL,
                     NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(history->database, schema, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_create_function(history->database, "matches", 2, SQLITE_UTF8, history, sql_glob,
                                NULL, NULL) == SQLITE_OK) {
        sqlite3_progress_handler(history->database, PROGRESS_STEPS, read_time_is_over, history);
        return true;
    }
    return false;
}

static void close_database(struct history *history)
{
    sqlite3_close(history->database);
    history->database = NULL;
}

bool history_is_harmless(int code)
{
    switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
    case SQLITE_NOMEM: return true;
    default: return false;
    }
}

sqlite3 *history_switch_to_memory(struct history *history)
{
    char reason[REASON_SIZE];
    snprintf(reason, sizeof reason, "%s", sqlite3_errmsg(history->database));
    close_database(history);
    log_line(history->log_ratelimit,
             "history file %s cannot be used (%s): the history is kept in memory until this kernel "
             "ends; move the file away to start a new one",
             history->path, reason);
    history->in_memory = true;
    history->session = history->last = 0;
    history->pending_count = history->row_count;
    if (!open_database(history, ":memory:"))
        close_database(history);
    return history->database;
}

sqlite3 *history_database(struct history *history)
{
    if (history->database != NULL)
        return history->database;
    if (!history->in_memory)
        history_file_prepare(history->path);
    if (open_database(history, history->in_memory ? ":memory:" : history->path))
        return history->database;
    if (!history->in_memory && history->database != NULL &&
        !history_is_harmless(sqlite3_errcode(history->database)))
        return history_switch_to_memory(history);
    close_database(history);
    return NULL;
}

sqlite3_stmt *history_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    return sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK ? statement : NULL;
}

/* ---- writing ---- */

static bool begin_session(struct history *history, sqlite3 *db)
{
    if (history->session != 0)
        return true;
    char started[CLOCK_TEXT_SIZE];
    clock_print(started);
    sqlite3_stmt *insert = history_prepare(db, "INSERT INTO sessions(started) VALUES(?)");
    bool good = insert != NULL &&
                sqlite3_bind_text(insert, 1, started, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(insert) == SQLITE_DONE;
    sqlite3_finalize(insert);
    if (good)
        history->session = sqlite3_last_insert_rowid(db);
    return good;
}

static bool write_cell(struct history *history, sqlite3 *db, const struct cell_row *row)
{
    if (!begin_session(history, db))
        return false;
    sqlite3_stmt *insert =
        history_prepare(db, "INSERT INTO cells(session, line, source, output) VALUES(?, ?, ?, ?)");
    bool good = insert != NULL && sqlite3_bind_int64(insert, 1, history->session) == SQLITE_OK &&
                sqlite3_bind_int(insert, 2, row->execution_count) == SQLITE_OK &&
                sqlite3_bind_text(insert, 3, row->source, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_bind_text(insert, 4, row->output, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(insert) == SQLITE_DONE;
    sqlite3_finalize(insert);
    if (good)
        history->last = sqlite3_last_insert_rowid(db);
    return good;
}

/* ---- the cells kept in memory ---- */

static size_t row_size(const struct cell_row *row)
{
    return strlen(row->source) + (row->output != NULL ? strlen(row->output) : 0);
}

static void drop_first_row(struct history *history)
{
    history->rows_size -= row_size(&history->rows[0]);
    free(history->rows[0].source);
    free(history->rows[0].output);
    history->row_count--;
    if (history->pending_count > history->row_count)
        history->pending_count = history->row_count;
    memmove(history->rows, history->rows + 1, history->row_count * sizeof history->rows[0]);
}

/* Drops written cells that need not be kept: all of them if the database is in memory, otherwise
   those beyond HISTORY_KEPT_SIZE_MAX. */
static void drop_written_rows(struct history *history)
{
    while (history->row_count > history->pending_count &&
           (history->in_memory || history->rows_size > HISTORY_KEPT_SIZE_MAX))
        drop_first_row(history);
}

void history_write_pending(struct history *history)
{
    sqlite3 *db = history->pending_count > 0 ? history_database(history) : NULL;
    while (db != NULL && history->pending_count > 0) {
        if (write_cell(history, db, &history->rows[history->row_count - history->pending_count]))
            history->pending_count--;
        else if (!history->in_memory && !history_is_harmless(sqlite3_errcode(db)))
            db = history_switch_to_memory(history);
        else
            break;
    }
    drop_written_rows(history);
}

void history_add(struct history *history, int execution_count, const char *source)
{
    if (history->row_count == HISTORY_KEPT_MAX)
        drop_first_row(history);
    struct cell_row row = {execution_count, front_memory_strdup(source), NULL};
    if (row.source == NULL)
        return;
    history->rows[history->row_count++] = row;
    history->rows_size += row_size(&row);
    history->pending_count++;
    history_write_pending(history);
}

static bool write_output(struct history *history, const char *output)
{
    sqlite3_stmt *update =
        history_prepare(history->database, "UPDATE cells SET output = ? WHERE id = ?");
    bool good = update != NULL &&
                sqlite3_bind_text(update, 1, output, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_bind_int64(update, 2, history->last) == SQLITE_OK &&
                sqlite3_step(update) == SQLITE_DONE;
    sqlite3_finalize(update);
    return good;
}

/* Stores the output in the last row, if any row is kept. */
static void keep_output(struct history *history, const char *output)
{
    if (history->row_count == 0)
        return;
    struct cell_row *row = &history->rows[history->row_count - 1];
    history->rows_size -= row_size(row);
    free(row->output);
    row->output = front_memory_strdup(output);
    history->rows_size += row_size(row);
}

static void set_output(struct history *history, const char *output)
{
    keep_output(history, output);
    if (history->pending_count > 0 || history->database == NULL || history->last == 0)
        return;
    if (write_output(history, output))
        return;
    if (!history->in_memory && !history_is_harmless(sqlite3_errcode(history->database))) {
        history_switch_to_memory(history);
        history_write_pending(history);
    } else {
        log_line(history->log_ratelimit, "the result of a cell was not written to the history: %s",
                 sqlite3_errmsg(history->database));
    }
}

void history_set_result(struct history *history, const char *content, size_t size)
{
    json_t *object = json_loadb(content, size, 0, NULL);
    const char *plain =
        json_string_value(json_object_get(json_object_get(object, "data"), "text/plain"));
    if (plain != NULL)
        set_output(history, plain);
    json_decref(object);
}

/* ---- life cycle ---- */

struct history *history_new(const char *path, struct log_ratelimit *log_ratelimit)
{
    struct history *history = calloc(1, sizeof *history);
    if (history == NULL)
        return NULL;
    history->log_ratelimit = log_ratelimit;
    if (path != NULL)
        snprintf(history->path, sizeof history->path, "%s", path);
    else
        history_file_path(history->path);
    return history;
}

void history_free(struct history **history)
{
    if (*history == NULL)
        return;
    history_write_pending(*history);
    while ((*history)->row_count > 0)
        drop_first_row(*history);
    sqlite3_close((*history)->database);
    free(*history);
    *history = NULL;
}
