/*
 * iopub - all messages on iopub: status, outputs of cells, and the welcome of each subscriber.
 *
 * The main thread owns it. execute.c sets the running cell, whose request is the parent of all
 * outputs; other requests that are answered meanwhile are the parent of their own status.
 * Messages of the control thread arrive complete, through the mailbox.
 *
 *     text of the session ──> stream_buffer (joined) ──┐
 *     outputs, status ─────────────────────────────────┴──> iopub
 *
 * Joined text is sent before any other output. After another request's `idle`, the `busy` of a
 * running cell is sent again, because front ends show the status that they received last.
 *
 * The text of a cell is limited by its quota (output_quota.h); other outputs are not.
 *
 * While more than pending_max bytes wait for slow clients, outputs (never status, execute_input or
 * error) are omitted; later, a line on the cell's stderr reports their number.
 */
#ifndef KERNEL_FRONT_IOPUB_H
#define KERNEL_FRONT_IOPUB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/front/channel.h"
#include "kernel/front/message.h"
#include "kernel/front/stream_buffer.h"

/* The default of pending_max. */
#define IOPUB_PENDING_MAX ((size_t)256 * 1024 * 1024)

struct iopub;

/* channel and author are borrowed. NULL when memory runs out. Caller frees with iopub_free. */
struct iopub *iopub_new(struct channel *channel, struct message_author *author, size_t pending_max);
void iopub_free(struct iopub **iopub);

/* ---- cells ---- */

/* Sends `busy` and makes this cell the parent of later outputs; a silent cell has no outputs.
   cell is borrowed until iopub_end_cell. */
void iopub_begin_cell(struct iopub *iopub, const struct message *cell, bool silent);

/* Sends the joined text. Call it before a question. */
void iopub_flush_cell(struct iopub *iopub);

/* Sends the joined text and reports omitted text. Call it before the reply. */
void iopub_close_cell(struct iopub *iopub);

/* Sends `idle`, the cell's last message. *cell is consumed; its header remains the parent of late
   text. */
void iopub_end_cell(struct iopub *iopub, struct message **cell);

/* Adds text to the running cell, or, between cells, to the last one. False: no cell has run yet. */
bool iopub_text(struct iopub *iopub, enum stream_buffer_source source, const char *bytes,
                size_t size);

/* Sends an output of the running cell; content is JSON. */
void iopub_output(struct iopub *iopub, const char *type, const char *content, size_t size);

/* ---- other messages ---- */

/* Sends a status message; state is "busy", "idle", "starting" or "restarting". parent NULL = {}. */
void iopub_status(struct iopub *iopub, const struct message *parent, const char *state);

/* Sends any other message; content is consumed. */
void iopub_send(struct iopub *iopub, const struct message *parent, const char *type,
                json_t *content);

/* Sends an encoded message; frames are consumed. idle: it is the status message `idle`. */
void iopub_forward(struct iopub *iopub, struct frames *frames, bool idle);

/* Begins and ends the subscriptions that were requested; the first message of each new subscriber
   is iopub_welcome (JEP 65). */
void iopub_welcome(struct iopub *iopub);

/* ---- called by the main loop ---- */

/* The time at which iopub_act must be called to send joined text; CLOCK_NEVER if there is no
   text. */
int64_t iopub_deadline(const struct iopub *iopub);
void iopub_act(struct iopub *iopub);

#endif
