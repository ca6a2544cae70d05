/*
 * publisher - all that goes out on iopub: status, outputs of cells, and the welcome of each
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
 * A cell shows no more text than its allowance (allowance.h); other outputs are not counted.
 *
 * When a client reads so slowly that more than the limit waits for it, outputs (never status,
 * execute_input, error) are left out until it has caught up, and a line on stderr tells how many.
 */
#ifndef KERNEL_PUBLISHER_H
#define KERNEL_PUBLISHER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/channel.h"
#include "kernel/message.h"
#include "kernel/stream.h"

/* Default of the limit above. */
#define PUBLISHER_PENDING_MAX ((size_t)256 * 1024 * 1024)

struct publisher;

/* channel and author are borrowed. NULL when memory runs out. Caller frees with publisher_free. */
struct publisher *publisher_new(struct channel *channel, struct message_author *author,
                                size_t pending_max);
void publisher_free(struct publisher **publisher);

/* ---- cells ---- */

/* From now on outputs are this cell's (borrowed until publisher_end_cell); a silent one has none.
   Says busy. */
void publisher_begin_cell(struct publisher *publisher, const struct message *cell, bool silent);

/* The cell's text so far is all there: sends what is joined. Before a question. */
void publisher_flush_cell(struct publisher *publisher);

/* The same, and says how much text was left out. Before the reply. */
void publisher_close_cell(struct publisher *publisher);

/* Says idle, the cell's last message. The cell is consumed: text that comes later still carries its
   header. */
void publisher_end_cell(struct publisher *publisher, struct message **cell);

/* Text of the running or the last cell. False: there was no cell yet. */
bool publisher_text(struct publisher *publisher, enum stream_source source, const char *bytes,
                    size_t size);

/* An output of the cell; content is JSON. */
void publisher_output(struct publisher *publisher, const char *type, const char *content,
                      size_t size);

/* ---- others ---- */

/* "busy", "idle", "starting", "restarting"; parent NULL = {}. */
void publisher_status(struct publisher *publisher, const struct message *parent, const char *state);

/* Any other message; content is consumed. */
void publisher_send(struct publisher *publisher, const struct message *parent, const char *type,
                    json_t *content);

/* A message that is ready made; frames are consumed. idle: it says that. */
void publisher_forward(struct publisher *publisher, struct frames *frames, bool idle);

/* Greets whoever has subscribed since (JEP 65). */
void publisher_welcome(struct publisher *publisher);

/* ---- time ---- */

int64_t publisher_deadline(const struct publisher *publisher);
void publisher_act(struct publisher *publisher);

#endif
