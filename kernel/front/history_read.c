/*
 * history_read - answers history_request: tail, range and search.
 *
 * Each is one SQL statement whose rows are read until a limit of history.h is reached. tail and
 * search read the newest cell first and reverse the result, so that a limit drops the oldest
 * cells.
 */
#include <string.h>

#include "kernel/front/history_internal.h"
#include "mnist/base/clock.h"

/* One row in Jupyter's form: [session, line, source] or [session, line, [source, output]]. */
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

/* Which of a statement's rows a reply contains. */
struct history_selection {
    bool output;     /* include the results */
    bool unique;     /* of cells with the same source, only the first one read */
    bool backwards;  /* the statement yields the last row first */
    long long count; /* maximum number of rows, >= 0 */
};

static void reverse(json_t *list)
{
    for (size_t i = 0, j = json_array_size(list); i + 1 < j; i++) {
        j--;
        json_t *first = json_incref(json_array_get(list, i));
        json_array_set(list, i, json_array_get(list, j));
        json_array_set_new(list, j, first);
    }
}

/* Reads the rows of the statement within the limits of history.h. rows is consumed; NULL yields an
   empty list. */
static json_t *collect(struct history *history, sqlite3_stmt *rows,
                       struct history_selection selection)
{
    json_t *list = json_array(), *seen = json_object();
    size_t size = 0;
    while (rows != NULL && (long long)json_array_size(list) < selection.count &&
           sqlite3_step(rows) == SQLITE_ROW) {
        const char *source = (const char *)sqlite3_column_text(rows, 2);
        if (selection.unique && json_object_get(seen, source) != NULL)
            continue;
        json_t *item = entry(rows, selection.output, &size);
        if (size > HISTORY_REPLY_SIZE_MAX) {
            json_decref(item);
            break;
        }
        if (selection.unique)
            json_object_set_new(seen, source, json_true());
        json_array_append_new(list, item);
    }
    if (selection.backwards)
        reverse(list);
    history->read_code = sqlite3_errcode(history->database);
    json_decref(seen);
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
        history_prepare(db, "SELECT session, line, source, output FROM cells ORDER BY id DESC");
    return collect(history, rows,
                   (struct history_selection){
                       .output = output, .backwards = true, .count = row_count(request)});
}

/* The database id of a session: 0 is the current session, -1 the previous one that ran a cell.
   Returns 0 if there is no such session. */
static sqlite3_int64 session_of(const struct history *history, sqlite3 *db, long long session)
{
    if (session > 0)
        return session;
    if (session == 0)
        return history->session;
    sqlite3_int64 found = 0, current = history->session != 0 ? history->session : INT64_MAX;
    sqlite3_stmt *rows = history_prepare(db, "SELECT DISTINCT session FROM cells WHERE session < ?"
                                             " ORDER BY session DESC LIMIT 1 OFFSET ?");
    if (rows != NULL) {
        sqlite3_bind_int64(rows, 1, current);
        sqlite3_bind_int64(rows, 2, -(session + 1));
        if (sqlite3_step(rows) == SQLITE_ROW)
            found = sqlite3_column_int64(rows, 0);
    }
    sqlite3_finalize(rows);
    return found;
}

/* Cells with start <= line < stop. A missing stop means up to the end; a negative start counts back
   from the end. */
static json_t *range(struct history *history, sqlite3 *db, const struct message *request,
                     bool output)
{
    sqlite3_stmt *rows = history_prepare(
        db, "SELECT session, line, source, output FROM cells WHERE session = ?1 AND line < ?3"
            " AND line >= CASE WHEN ?2 < 0 THEN"
            " (SELECT MAX(line) + 1 FROM cells WHERE session = ?1) + ?2 ELSE ?2 END ORDER BY id");
    if (rows != NULL) {
        sqlite3_bind_int64(rows, 1, session_of(history, db, message_whole(request, "session", 0)));
        sqlite3_bind_int64(rows, 2, message_whole(request, "start", 1));
        sqlite3_bind_int64(rows, 3, message_whole(request, "stop", INT64_MAX));
    }
    return collect(history, rows,
                   (struct history_selection){.output = output, .count = HISTORY_ROWS_MAX});
}

static json_t *search(struct history *history, sqlite3 *db, const struct message *request,
                      bool output)
{
    const char *pattern = message_text(request, "pattern", "*");
    sqlite3_stmt *rows = history_prepare(
        db, "SELECT session, line, source, output FROM cells WHERE matches(?1, source)"
            " ORDER BY id DESC");
    if (rows != NULL)
        sqlite3_bind_text(rows, 1, strlen(pattern) <= HISTORY_PATTERN_MAX ? pattern : "", -1,
                          SQLITE_STATIC);
    return collect(history, rows,
                   (struct history_selection){.output = output,
                                              .unique = message_flag(request, "unique", false),
                                              .backwards = true,
                                              .count = row_count(request)});
}

/* The rows that the request asks for. NULL: the database cannot be opened, the type of access is
   unknown, or memory ran out. */
static json_t *read_rows(struct history *history, const struct message *request)
{
    const char *type = message_text(request, "hist_access_type", "range");
    bool output = message_flag(request, "output", false);
    sqlite3 *db = history_database(history);
    json_t *list = NULL;
    history->read_code = SQLITE_OK;
    history->read_until_ms = clock_ms() + HISTORY_READ_WAIT_MS;
    history->search_steps = HISTORY_SEARCH_STEPS_MAX;
    if (db != NULL && strcmp(type, "tail") == 0)
        list = tail(history, db, request, output);
    else if (db != NULL && strcmp(type, "range") == 0)
        list = range(history, db, request, output);
    else if (db != NULL && strcmp(type, "search") == 0)
        list = search(history, db, request, output);
    history->read_until_ms = CLOCK_NEVER;
    return list;
}

json_t *history_answer(struct history *history, const struct message *request)
{
    history_write_pending(history);
    json_t *list = read_rows(history, request);
    if (!history->in_memory && !history_is_harmless(history->read_code)) {
        json_decref(list);
        history_switch_to_memory(history);
        history_write_pending(history);
        list = read_rows(history, request);
    }
    return json_pack("{s:s, s:o}", "status", "ok", "history", list != NULL ? list : json_array());
}
