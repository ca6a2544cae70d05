/*
 * history - SQLite.
 */
#include "kernel/history.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/glob.h"
#include "kernel/memory.h"
#include "kernel/moment.h"

enum { PATH_SIZE = 4096, PROGRESS_STEPS = 1000 };

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS sessions(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " started TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS cells(id INTEGER PRIMARY KEY, session INTEGER NOT NULL,"
    " line INTEGER NOT NULL, source TEXT NOT NULL, output TEXT);"
    "CREATE INDEX IF NOT EXISTS cells_by_session ON cells(session, line);";

struct cell_row {
    int line;
    char *source, *output; /* output may be NULL */
};

struct history {
    struct complaints *complaints;
    char path[PATH_SIZE];
    sqlite3 *database;     /* NULL until first needed */
    sqlite3_int64 session; /* 0 until its first cell is written */
    sqlite3_int64 last;    /* row of the cell written last */
    struct cell_row pending[HISTORY_PENDING_MAX];
    size_t pending_count;
    int64_t search_until_ms;
};

/* ---- the file ---- */

static void default_path(char path[PATH_SIZE])
{
    const char *file = getenv("MNIST_HISTORY"), *data = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    if (file != NULL && *file != '\0')
        snprintf(path, PATH_SIZE, "%s", file);
    else if (data != NULL && *data == '/')
        snprintf(path, PATH_SIZE, "%s/mnist/history.sqlite", data);
    else
        snprintf(path, PATH_SIZE, "%s/.local/share/mnist/history.sqlite", home != NULL ? home : "");
}

/* Makes the folders above the file; whether that worked, the opening will show. */
static void make_folders(const char *path)
{
    char folder[PATH_SIZE];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(folder, 0700);
        *slash = '/';
    }
}

static void sql_glob(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *pattern = (const char *)sqlite3_value_text(values[0]);
    const char *text = (const char *)sqlite3_value_text(values[1]);
    sqlite3_result_int(context, pattern != NULL && text != NULL && glob_match(pattern, text));
}

static int search_is_over(void *context)
{
    const struct history *history = context;
    return moment_ms() > history->search_until_ms;
}

static bool open_database(struct history *history, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    history->search_until_ms = MOMENT_NEVER;
    if (sqlite3_open_v2(path, &history->database, flags, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(history->database, HISTORY_BUSY_WAIT_MS) == SQLITE_OK &&
        sqlite3_exec(history->database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", NULL,
                     NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(history->database, schema, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_create_function(history->database, "matches", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                NULL, sql_glob, NULL, NULL) == SQLITE_OK) {
        sqlite3_progress_handler(history->database, PROGRESS_STEPS, search_is_over, history);
        return true;
    }
    return false;
}

/* The database, opened now if it was not. NULL: not even one in memory, or another kernel is just
   making the file. */
static sqlite3 *database(struct history *history)
{
    if (history->database != NULL || open_database(history, history->path))
        return history->database;
    int code = history->database != NULL ? sqlite3_errcode(history->database) : SQLITE_NOMEM;
    char reason[256];
    snprintf(reason, sizeof reason, "%s",
             history->database != NULL ? sqlite3_errmsg(history->database) : "no memory");
    sqlite3_close(history->database);
    history->database = NULL;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return NULL;
    complain(history->complaints,
             "history file %s cannot be used (%s): history lasts until this kernel ends",
             history->path, reason);
    if (!open_database(history, ":memory:")) {
        sqlite3_close(history->database);
        history->database = NULL;
    }
    return history->database;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    return sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK ? statement : NULL;
}

/* ---- writing ---- */

static bool begin_session(struct history *history, sqlite3 *db)
{
    if (history->session != 0)
        return true;
    char started[MOMENT_TEXT_SIZE];
    moment_print(started);
    sqlite3_stmt *insert = prepare(db, "INSERT INTO sessions(started) VALUES(?)");
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
        prepare(db, "INSERT INTO cells(session, line, source, output) VALUES(?, ?, ?, ?)");
    bool good = insert != NULL && sqlite3_bind_int64(insert, 1, history->session) == SQLITE_OK &&
                sqlite3_bind_int(insert, 2, row->line) == SQLITE_OK &&
                sqlite3_bind_text(insert, 3, row->source, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_bind_text(insert, 4, row->output, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(insert) == SQLITE_DONE;
    sqlite3_finalize(insert);
    if (good)
        history->last = sqlite3_last_insert_rowid(db);
    return good;
}

static void drop_pending(struct history *history, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(history->pending[i].source);
        free(history->pending[i].output);
    }
    history->pending_count -= count;
    memmove(history->pending, history->pending + count,
            history->pending_count * sizeof history->pending[0]);
}

static void write_pending(struct history *history)
{
    sqlite3 *db = history->pending_count > 0 ? database(history) : NULL;
    size_t written = 0;
    while (db != NULL && written < history->pending_count &&
           write_cell(history, db, &history->pending[written]))
        written++;
    if (db != NULL && written < history->pending_count && sqlite3_errcode(db) != SQLITE_BUSY)
        complain(history->complaints, "history file %s cannot be written: %s", history->path,
                 sqlite3_errmsg(db));
    drop_pending(history, written);
}

void history_add(struct history *history, int line, const char *source)
{
    if (history->pending_count == HISTORY_PENDING_MAX)
        drop_pending(history, 1);
    struct cell_row row = {line, memory_copy_text(source), NULL};
    if (row.source == NULL)
        return;
    history->pending[history->pending_count++] = row;
    write_pending(history);
}

void history_set_output(struct history *history, const char *output)
{
    if (history->pending_count > 0) {
        struct cell_row *row = &history->pending[history->pending_count - 1];
        free(row->output);
        row->output = memory_copy_text(output);
        return;
    }
    if (history->database == NULL || history->last == 0)
        return;
    sqlite3_stmt *update = prepare(history->database, "UPDATE cells SET output = ? WHERE id = ?");
    if (update == NULL || sqlite3_bind_text(update, 1, output, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_int64(update, 2, history->last) != SQLITE_OK ||
        sqlite3_step(update) != SQLITE_DONE)
        complain(history->complaints, "a cell's result is missing in the history: %s",
                 sqlite3_errmsg(history->database));
    sqlite3_finalize(update);
}

struct history *history_new(const char *path, struct complaints *complaints)
{
    struct history *history = calloc(1, sizeof *history);
    if (history == NULL)
        return NULL;
    history->complaints = complaints;
    if (path != NULL)
        snprintf(history->path, sizeof history->path, "%s", path);
    else
        default_path(history->path);
    make_folders(history->path);
    return history;
}

void history_free(struct history **history)
{
    if (*history == NULL)
        return;
    write_pending(*history);
    drop_pending(*history, (*history)->pending_count);
    sqlite3_close((*history)->database);
    free(*history);
    *history = NULL;
}

/* ---- reading ---- */

/* One row of the statement as Jupyter has it: [session, line, source], or [session, line, [source,
   output]]. */
static json_t *entry(sqlite3_stmt *rows, bool output, size_t *size)
{
    const char *source = (const char *)sqlite3_column_text(rows, 2),
               *result = (const char *)sqlite3_column_text(rows, 3);
    json_int_t session = sqlite3_column_int64(rows, 0), line = sqlite3_column_int64(rows, 1);
    *size += (size_t)sqlite3_column_bytes(rows, 2) +
             (output ? (size_t)sqlite3_column_bytes(rows, 3) : 0);
    return output ? json_pack("[I, I, [s, s?]]", session, line, source, result)
                  : json_pack("[I, I, s]", session, line, source);
}

/* All rows of the statement (consumed; NULL gives none); backwards turns their order round. */
static json_t *collect(struct history *history, sqlite3_stmt *rows, bool output, bool backwards)
{
    json_t *list = json_array();
    size_t size = 0;
    history->search_until_ms = moment_ms() + HISTORY_SEARCH_WAIT_MS;
    while (rows != NULL && sqlite3_step(rows) == SQLITE_ROW &&
           json_array_size(list) < HISTORY_ROWS_MAX) {
        json_t *item = entry(rows, output, &size);
        if (size > HISTORY_REPLY_SIZE_MAX) {
            json_decref(item);
            break;
        }
        if (backwards)
            json_array_insert_new(list, 0, item);
        else
            json_array_append_new(list, item);
    }
    history->search_until_ms = MOMENT_NEVER;
    sqlite3_finalize(rows);
    return list;
}

static long long row_count(const struct message *request)
{
    long long n = message_whole(request, "n", HISTORY_ROWS_DEFAULT);
    return n < 0 ? 0 : n > HISTORY_ROWS_MAX ? HISTORY_ROWS_MAX : n;
}

static json_t *tail(struct history *history, sqlite3 *db, const struct message *request,
                    bool output)
{
    sqlite3_stmt *rows =
        prepare(db, "SELECT session, line, source, output FROM cells ORDER BY id DESC LIMIT ?");
    if (rows != NULL)
        sqlite3_bind_int64(rows, 1, row_count(request));
    return collect(history, rows, output, true);
}

/* 0 is the present session, -1 the one before it that ran a cell; 0 for none. */
static sqlite3_int64 session_of(const struct history *history, sqlite3 *db, long long session)
{
    if (session > 0)
        return session;
    if (session == 0)
        return history->session;
    sqlite3_int64 found = 0, present = history->session != 0 ? history->session : INT64_MAX;
    sqlite3_stmt *rows = prepare(db, "SELECT DISTINCT session FROM cells WHERE session < ?"
                                     " ORDER BY session DESC LIMIT 1 OFFSET ?");
    if (rows != NULL) {
        sqlite3_bind_int64(rows, 1, present);
        sqlite3_bind_int64(rows, 2, -(session + 1));
        if (sqlite3_step(rows) == SQLITE_ROW)
            found = sqlite3_column_int64(rows, 0);
    }
    sqlite3_finalize(rows);
    return found;
}

/* Lines start..stop, stop not included; a missing stop is the end, a negative start counts from
   there. */
static json_t *range(struct history *history, sqlite3 *db, const struct message *request,
                     bool output)
{
    sqlite3_stmt *rows = prepare(
        db, "SELECT session, line, source, output FROM cells WHERE session = ?1 AND line < ?3"
            " AND line >= CASE WHEN ?2 < 0 THEN"
            " (SELECT MAX(line) + 1 FROM cells WHERE session = ?1) + ?2 ELSE ?2 END ORDER BY id");
    if (rows != NULL) {
        sqlite3_bind_int64(rows, 1, session_of(history, db, message_whole(request, "session", 0)));
        sqlite3_bind_int64(rows, 2, message_whole(request, "start", 1));
        sqlite3_bind_int64(rows, 3, message_whole(request, "stop", INT64_MAX));
    }
    return collect(history, rows, output, false);
}

static json_t *search(struct history *history, sqlite3 *db, const struct message *request,
                      bool output)
{
    const char *pattern = message_text(request, "pattern", "*");
    bool unique = message_flag(request, "unique", false);
    sqlite3_stmt *rows = prepare(
        db, unique ? "SELECT session, line, source, output, MAX(id) AS newest FROM cells"
                     " WHERE matches(?1, source) GROUP BY source ORDER BY newest DESC LIMIT ?2"
                   : "SELECT session, line, source, output FROM cells WHERE matches(?1, source)"
                     " ORDER BY id DESC LIMIT ?2");
    if (rows != NULL) {
        sqlite3_bind_text(rows, 1, strlen(pattern) <= HISTORY_PATTERN_MAX ? pattern : "", -1,
                          SQLITE_STATIC);
        sqlite3_bind_int64(rows, 2, row_count(request));
    }
    return collect(history, rows, output, true);
}

json_t *history_answer(struct history *history, const struct message *request)
{
    const char *type = message_text(request, "hist_access_type", "range");
    bool output = message_flag(request, "output", false);
    write_pending(history);
    sqlite3 *db = database(history);
    json_t *list = NULL;
    if (db == NULL)
        list = json_array();
    else if (strcmp(type, "tail") == 0)
        list = tail(history, db, request, output);
    else if (strcmp(type, "range") == 0)
        list = range(history, db, request, output);
    else if (strcmp(type, "search") == 0)
        list = search(history, db, request, output);
    else
        list = json_array();
    return json_pack("{s:s, s:o}", "status", "ok", "history", list);
}
