/*
 * cell_queue - the execute requests that wait for the session, in order of arrival.
 *
 * execute.c owns one. A cell that cannot run waits like the others and is refused when its turn
 * comes, so that replies keep the order of the requests.
 */
#ifndef KERNEL_FRONT_CELL_QUEUE_H
#define KERNEL_FRONT_CELL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/front/message.h"
#include "mnist/base/clock.h"

enum {
    CELL_QUEUE_MAX = 10000,                  /* waiting cells */
    CELL_QUEUE_SIZE_MAX = 256 * 1024 * 1024, /* bytes of their messages */
    CELL_REFUSAL_SIZE = 512,
};

/* An execute request and the fields read from it. */
struct queued_cell {
    struct message *message; /* owned */
    struct queued_cell *next;
    bool silent, store_history, stop_on_error, allow_stdin;
    int64_t clock_offset_us;         /* request_dates.h */
    char refusal[CELL_REFUSAL_SIZE]; /* why the cell cannot run; "" = it can */

    /* Set when the cell starts: */
    int execution_count;
    uint64_t id;                   /* on the session link */
    char started[CLOCK_TEXT_SIZE]; /* date; "" = not started */
    bool error_sent;               /* its `error` output has been published */
};

/* Reads and checks the fields of an execute_request; *message is consumed. NULL when memory runs
   out; *message then stays the caller's. Caller frees with queued_cell_free. */
struct queued_cell *queued_cell_new(struct message **message);
void queued_cell_free(struct queued_cell **cell);

/* The text of the cell; "" if the request has no code. Borrowed. */
const char *queued_cell_code(const struct queued_cell *cell);

/* The metadata of the cell's reply: the date of its start, if it was started. Caller frees. */
json_t *queued_cell_metadata(const struct queued_cell *cell);

struct cell_queue {
    struct queued_cell *first, *last;
    size_t count, size; /* cells, and bytes of their messages */
};

bool cell_queue_is_full(const struct cell_queue *queue);

/* Appends a cell, which is consumed. */
void cell_queue_push(struct cell_queue *queue, struct queued_cell *cell);

/* Removes the first cell; NULL if the queue is empty. Caller frees it. */
struct queued_cell *cell_queue_pop(struct cell_queue *queue);

#endif
