/*
 * execute - the cells: the queue of execute requests, the running cell, its questions and its
 * reply.
 *
 * shell_requests.c passes requests in, session_frames.c the session's frames, front.c interrupts
 * and the death of the session; supervisor.c runs the cells. No function blocks. execute.c starts
 * with a trace of the messages of one cell.
 *
 *     execute_request ──> queue ──> busy, execute_input, EXECUTE ──> outputs ──> reply, idle
 *                           └── after a failure with stop_on_error: an error reply for each cell
 */
#ifndef KERNEL_FRONT_EXECUTE_H
#define KERNEL_FRONT_EXECUTE_H

#include <stdbool.h>

#include "kernel/front/history.h"
#include "kernel/front/iopub.h"
#include "kernel/front/message.h"
#include "kernel/supervisor/supervisor.h"

enum { EXECUTE_NOTE_SIZE = 1024 };

struct execute;

/* All pointers are borrowed. receive_waiting(context) must call execute_request for every request
   that the shell socket has already received. */
struct execute_config {
    struct message_author *author;
    struct channel *shell, *stdin_channel;
    struct iopub *iopub;
    struct history *history;
    void (*receive_waiting)(void *context);
    void *context;
};

/* NULL when memory runs out. Caller frees with execute_free; cells in the queue get no reply. */
struct execute *execute_new(const struct execute_config *config);
void execute_free(struct execute **execute);

/* Call it before the first request; supervisor is borrowed. */
void execute_set_supervisor(struct execute *execute, struct supervisor *supervisor);

/* Queues an execute_request and starts it if possible; *message is consumed. If memory runs out,
   *message stays the caller's. */
void execute_request(struct execute *execute, struct message **message);

/* Passes the answer of an input_reply to the session; borrowed. */
void execute_input_reply(struct execute *execute, const struct message *message);

/* Interrupts the running cell, or, if no cell is running, the first one in the queue. */
void execute_interrupt(struct execute *execute);

/* ---- events of the session ---- */

/* Starts the next cell, if a cell is waiting and the session is ready. */
void execute_ready(struct execute *execute);

/* The frames of the running cell (session_link.h). */
void execute_on_stream(struct execute *execute, const struct session_link_frame *frame);
void execute_on_output(struct execute *execute, const struct session_link_frame *frame);
void execute_on_death_output(struct execute *execute, const struct session_link_frame *frame);
void execute_on_input_request(struct execute *execute, const struct session_link_frame *frame);
void execute_on_done(struct execute *execute, const struct session_link_frame *frame);

/* The session has died; busy: while a cell was running. error: ename, evalue and traceback, if the
   promoted standby knows what the cell did (SESSION_LINK_READY); otherwise NULL. */
void execute_died(struct execute *execute, const char *what, bool busy, const json_t *error);

#endif
