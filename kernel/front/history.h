/*
 * history - what was run, in this session and all before it; kept across restarts.
 *
 * execute.c adds cells; shell_requests.c answers history_request. One SQLite file (WAL), shared by all
 * kernels of a user:
 *
 *     sessions(id, started)                        one a run of the kernel that ran a cell
 *     cells(id, session, line, source, output)     line = execution count;
 *                                                  output = text/plain of the result, or NULL
 *
 * Opened when first needed, readable for its owner alone (history_file.h). When the file cannot be
 * used (a read-only home, a damaged page), one line on stderr reports it, and the history lives in
 * memory until the kernel ends, with the latest cells of this session (HISTORY_KEPT_MAX). When
 * another kernel has the file locked, cells wait in memory and are written with the next one.
 *
 * The front process answers history requests itself, so each has limits on time, work and size; a
 * request that reaches one is answered with what was found up to there, the newest cells first.
 */
#ifndef KERNEL_FRONT_HISTORY_H
#define KERNEL_FRONT_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/log_ratelimit.h"
#include "kernel/front/message.h"

enum {
    HISTORY_ROWS_DEFAULT = 1000,               /* when a request gives no n */
    HISTORY_ROWS_MAX = 10000,                  /* of one reply */
    HISTORY_REPLY_SIZE_MAX = 16 * 1024 * 1024, /* bytes of sources and outputs in one reply */
    HISTORY_KEPT_MAX = 1000,                   /* cells of this session in memory, and ... */
    HISTORY_KEPT_SIZE_MAX = 8 * 1024 * 1024,   /* bytes of those that are in the file, too */
    HISTORY_BUSY_WAIT_MS = 100,                /* for another kernel's lock */
    HISTORY_READ_WAIT_MS = 200,                /* for SQLite to find the cells of one reply */
    HISTORY_SEARCH_STEPS_MAX = 5000000,        /* of text_glob.h, in one search: about 40 ms */
    HISTORY_PATTERN_MAX = 1000,                /* bytes; a longer pattern matches nothing */
};

struct history;

/* path NULL = $MNIST_HISTORY, else mnist/history.sqlite under $XDG_DATA_HOME or ~/.local/share.
   complaints is borrowed. NULL when out of memory. Caller frees with history_free, which writes
   what still waits. */
struct history *history_new(const char *path, struct log_ratelimit *log_ratelimit);
void history_free(struct history **history);

/* A cell is about to run. */
void history_add(struct history *history, int line, const char *source);

/* The result of the cell added last. */
void history_set_output(struct history *history, const char *output);

/* The content of history_reply: tail, range or search. NULL when out of memory. Caller releases. */
json_t *history_answer(struct history *history, const struct message *request);

#endif
