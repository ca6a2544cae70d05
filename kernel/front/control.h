/*
 * control - the thread that answers the control channel, whatever the main thread is doing.
 *
 * kernel_info, interrupt and shutdown are answered here at once; what only the main thread may do
 * (publish the busy and idle around the answer, interrupt, end) goes through the mailbox, before
 * the answer: a client that has its answer and sends a cell can be sure that the interrupt was for
 * an earlier one.
 */
#ifndef KERNEL_FRONT_CONTROL_H
#define KERNEL_FRONT_CONTROL_H

#include "kernel/front/channel.h"
#include "kernel/front/mailbox.h"
#include "kernel/front/message.h"
#include "mnist/base/errors.h"

struct control;

/* Opens the channel and starts the thread. All pointers are borrowed until control_stop. NULL with
   error set. */
struct control *control_start(struct wires *wires, const char *endpoint,
                              struct message_author *author, struct mailbox *mailbox,
                              struct error *error);

/* Ends the thread and closes the channel. */
void control_stop(struct control **control);

#endif
