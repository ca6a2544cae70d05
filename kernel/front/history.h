/*
 * history - the source text of every cell that was run, in all sessions; kept across restarts.
 *
 * execute.c adds cells; shell_requests.c answers history_request. All kernels of a user share one
 * SQLite file (WAL):
 *
 *     sessions(id, started)                        one row for each kernel that ran a cell
 *     cells(id, session, line, source, output)     line = execution count;
 *                                                  output = text/plain of the result, or NULL
 *
 * The file is opened when it is first needed, and only its owner can read it (history_file.h). If
 * it cannot be used (a read-only home, a damaged page), one line on stderr reports that, and the
 * history is kept in memory until the kernel ends, with the latest cells of this session
 * (HISTORY_KEPT_MAX). While another kernel has locked the file, cells are kept in memory; they
 * are written with the next cell.
 *
 * The front process answers history requests itself, so each request has limits on time, work and
 * size. A request that reaches a limit gets the rows found so far; the newest cells are read first.
 */
#ifndef KERNEL_FRONT_HISTORY_H
#define KERNEL_FRONT_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/log_ratelimit.h"
#include "kernel/front/message.h"

enum {
    HISTORY_ROWS_DEFAULT = 1000,               /* rows of a reply if the request has no n */
    HISTORY_ROWS_MAX = 10000,                  /* rows of one reply */
    HISTORY_REPLY_SIZE_MAX = 16 * 1024 * 1024, /* bytes of sources and outputs in one reply */
    HISTORY_KEPT_MAX = 1000,                   /* cells of this session kept in memory */
    HISTORY_KEPT_SIZE_MAX = 8 * 1024 * 1024,   /* bytes of kept cells that are in the file, too */
    HISTORY_BUSY_WAIT_MS = 100,                /* wait for another kernel's lock */
    HISTORY_READ_WAIT_MS = 200,                /* time to read the rows of one reply */
    HISTORY_SEARCH_STEPS_MAX = 5000000,        /* text_glob.h steps of one search: about 40 ms */
    HISTORY_PATTERN_MAX = 1000,                /* bytes; a longer pattern matches nothing */
};

struct history;

/* path NULL = history_file_path(). log_ratelimit is borrowed. NULL when memory runs out. Caller
   frees with history_free, which first writes pending cells. */
struct history *history_new(const char *path, struct log_ratelimit *log_ratelimit);
void history_free(struct history **history);

/* Adds a cell. Call it when the cell starts. */
void history_add(struct history *history, int execution_count, const char *source);

/* Sets the result of the cell added last: the text/plain of an execute_result, whose content [size]
   is JSON. */
void history_set_result(struct history *history, const char *content, size_t size);

/* The content of history_reply for a tail, range or search request. NULL when memory runs out.
   Caller releases it. */
json_t *history_answer(struct history *history, const struct message *request);

#endif
