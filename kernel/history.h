/*
 * history - what was run, in this session and all before it; kept across restarts.
 *
 * execute.c adds cells; requests.c answers history_request. One SQLite file (WAL), shared by all
 * kernels of a user:
 *
 *     sessions(id, started)                        one a run of the kernel that ran a cell
 *     cells(id, session, line, source, output)     line = execution count;
 *                                                  output = text/plain of the result, or NULL
 *
 * Opened when first needed. When the file cannot be opened (a read-only home), the history lives in
 * memory until the kernel ends, and one line on stderr says so. When another kernel has the file
 * locked, cells wait in memory and are written with the next one.
 */
#ifndef KERNEL_HISTORY_H
#define KERNEL_HISTORY_H

#include <jansson.h>
#include <stddef.h>

#include "kernel/complaint.h"
#include "kernel/message.h"

enum {
    HISTORY_ROWS_DEFAULT = 1000,               /* when a request gives no n */
    HISTORY_ROWS_MAX = 10000,                  /* of one reply */
    HISTORY_REPLY_SIZE_MAX = 16 * 1024 * 1024, /* bytes of sources and outputs in one reply */
    HISTORY_PENDING_MAX = 1000,                /* cells that wait for the file */
    HISTORY_BUSY_WAIT_MS = 100,                /* for another kernel's lock */
    HISTORY_SEARCH_WAIT_MS = 500,              /* then a search ends with what it has found */
    HISTORY_PATTERN_MAX = 1000,
};

struct history;

/* path NULL = $MNIST_HISTORY, else mnist/history.sqlite under $XDG_DATA_HOME or ~/.local/share.
   complaints is borrowed. NULL when out of memory. Caller frees with history_free, which writes
   what still waits. */
struct history *history_new(const char *path, struct complaints *complaints);
void history_free(struct history **history);

/* A cell is about to run. */
void history_add(struct history *history, int line, const char *source);

/* The result of the cell added last. */
void history_set_output(struct history *history, const char *output);

/* The content of history_reply: tail, range or search. NULL when out of memory. Caller releases. */
json_t *history_answer(struct history *history, const struct message *request);

#endif
