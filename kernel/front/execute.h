/*
 * execute - cells: the queue of execute requests, the one that runs, its questions and its reply.
 *
 * shell_requests.c hands requests in, front.c frames of the session on; supervisor.c has them
 * run. Nothing here waits.
 *
 *     execute_request ──> queue ──> busy, execute_input, SESSION_LINK_EXECUTE ──> outputs ──> reply, idle
 *                           └── a cell failed (stop_on_error): an error reply each, nothing is run
 */
#ifndef KERNEL_FRONT_EXECUTE_H
#define KERNEL_FRONT_EXECUTE_H

#include <stdbool.h>

#include "kernel/front/history.h"
#include "kernel/front/iopub.h"
#include "kernel/front/log_ratelimit.h"
#include "kernel/front/message.h"
#include "kernel/supervisor/supervisor.h"

enum {
    EXECUTE_QUEUE_MAX = 10000,   /* cells that wait */
    EXECUTE_BROWSER_MS = 20,     /* a reply takes longer than this through a server to a browser */
    EXECUTE_UNDER_WAY_MS = 250,  /* clocks that differ by less may be the same one */
    EXECUTE_LATE_WAIT_MS = 1000, /* how long a request from before a failure may be under way */
    EXECUTE_QUEUE_SIZE_MAX = 256 * 1024 * 1024, /* bytes of their messages */
    EXECUTE_REFUSAL_SIZE = 512,
    EXECUTE_NOTE_SIZE = 1024,
};

struct execute;

/* All borrowed. receive_waiting(context) brings in every request that has already reached the shell
   channel, so that those sent before an error are seen to be. */
struct execute_config {
    struct message_author *author;
    struct channel *shell, *stdin_channel;
    struct iopub *iopub;
    struct history *history;
    void (*receive_waiting)(void *context);
    void *context;
};

/* NULL when out of memory. Caller frees with execute_free; cells in the queue are dropped
   unanswered. */
struct execute *execute_new(const struct execute_config *config);
void execute_free(struct execute **execute);

/* Before the first request; borrowed. */
void execute_set_supervisor(struct execute *execute, struct supervisor *supervisor);

/* An execute_request; consumed, unless memory ran out: then *message stays the caller's. */
void execute_request(struct execute *execute, struct message **message);

/* An input_reply; borrowed. */
void execute_input_reply(struct execute *execute, const struct message *message);

/* The user wants the running cell to end, or the first of the queue when none has begun. */
void execute_interrupt(struct execute *execute);

/* ---- what the supervisor tells ---- */

/* Starts the next cell, if the session is ready and there is one. */
void execute_ready(struct execute *execute);

void execute_frame(struct execute *execute, const struct session_link_frame *frame);

/* The session died; busy: in the middle of the running cell. error: ename, evalue and traceback,
   when it is known what the cell did (session_link.h, SESSION_LINK_READY); or NULL. */
void execute_died(struct execute *execute, const char *what, bool busy, const json_t *error);

#endif
