/*
 * iopub - all that goes out on iopub: status, outputs of cells, and the welcome of each
 * subscriber.
 *
 * The main thread owns it. execute.c says which cell is running, and its outputs carry that cell's
 * header as parent; other requests that are answered meanwhile have a parent of their own. What the
 * control thread publishes comes ready made through the mailbox.
 *
 *     text of the session ──> stream (joined) ──┐
 *     outputs, status ──────────────────────────┴──> iopub
 *
 * Joined text leaves before any other output. After the `idle` of another request while a cell
 * runs, the cell's `busy` is said again, since front ends show the status that came last.
 *
 * A cell shows no more text than its allowance (output_quota.h); other outputs are not counted.
 *
 * When a client reads so slowly that more than the limit waits for it, outputs (never status,
 * execute_input, error) are left out until it has caught up, and a line on stderr tells how many.
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

/* Default of the limit above. */
#define IOPUB_PENDING_MAX ((size_t)256 * 1024 * 1024)

struct iopub;

/* channel and author are borrowed. NULL when memory runs out. Caller frees with iopub_free. */
struct iopub *iopub_new(struct channel *channel, struct message_author *author, size_t pending_max);
void iopub_free(struct iopub **iopub);

/* ---- cells ---- */

/* From now on outputs are this cell's (borrowed until iopub_end_cell); a silent one has none.
   Says busy. */
void iopub_begin_cell(struct iopub *iopub, const struct message *cell, bool silent);

/* The cell's text so far is all there: sends what is joined. Before a question. */
void iopub_flush_cell(struct iopub *iopub);

/* The same, and says how much text was left out. Before the reply. */
void iopub_close_cell(struct iopub *iopub);

/* Says idle, the cell's last message. The cell is consumed: text that comes later still carries its
   header. */
void iopub_end_cell(struct iopub *iopub, struct message **cell);

/* Text of the running or the last cell. False: there was no cell yet. */
bool iopub_text(struct iopub *iopub, enum stream_buffer_source source, const char *bytes,
                size_t size);

/* An output of the cell; content is JSON. */
void iopub_output(struct iopub *iopub, const char *type, const char *content, size_t size);

/* ---- others ---- */

/* "busy", "idle", "starting", "restarting"; parent NULL = {}. */
void iopub_status(struct iopub *iopub, const struct message *parent, const char *state);

/* Any other message; content is consumed. */
void iopub_send(struct iopub *iopub, const struct message *parent, const char *type,
                json_t *content);

/* A message that is ready made; frames are consumed. idle: it says that. */
void iopub_forward(struct iopub *iopub, struct frames *frames, bool idle);

/* Greets whoever has subscribed since (JEP 65). */
void iopub_welcome(struct iopub *iopub);

/* ---- time ---- */

int64_t iopub_deadline(const struct iopub *iopub);
void iopub_act(struct iopub *iopub);

#endif
