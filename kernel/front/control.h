/*
 * control - the thread that answers requests on the control channel.
 *
 * It answers kernel_info, interrupt and shutdown even while the main thread is busy. Three
 * actions belong to the main thread: publishing `busy` and `idle`, interrupting a cell, ending
 * the kernel. Those are posted to the mailbox before the reply is sent. So a client that receives
 * interrupt_reply and then sends a cell can rely on that cell not being interrupted.
 */
#ifndef KERNEL_FRONT_CONTROL_H
#define KERNEL_FRONT_CONTROL_H

#include "kernel/front/channel.h"
#include "kernel/front/mailbox.h"
#include "kernel/front/message.h"
#include "mnist/base/errors.h"

struct control;

/* Opens the channel and starts the thread. All pointers are borrowed until control_stop. NULL with
   error set. Caller ends it with control_stop. */
struct control *control_start(struct channel_context *context, const char *endpoint,
                              struct message_author *author, struct mailbox *mailbox,
                              struct error *error);

/* Ends the thread and closes the channel. */
void control_stop(struct control **control);

#endif
