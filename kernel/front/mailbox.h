/*
 * mailbox - messages from the control thread to the main thread.
 *
 * Three actions belong to the main thread: publishing on iopub, interrupting a cell, shutting
 * down. The control thread requests them through this first-in, first-out queue, whose descriptor
 * the main loop waits for.
 */
#ifndef KERNEL_FRONT_MAILBOX_H
#define KERNEL_FRONT_MAILBOX_H

#include <stdbool.h>

#include "kernel/front/frames.h"

enum { MAILBOX_MAX = 10000 };

enum mail_kind { MAIL_PUBLISH, MAIL_INTERRUPT, MAIL_SHUTDOWN };

struct mail {
    enum mail_kind kind;
    struct frames frames; /* MAIL_PUBLISH: an encoded message */
    bool idle;            /* MAIL_PUBLISH: it is the status message `idle` */
};

struct mailbox;

/* NULL when memory or descriptors run out. Caller frees with mailbox_free. */
struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox **mailbox);

/* Appends a mail, which is consumed in any case. False: the mailbox is full, or memory ran out. Any
   thread may call it. */
bool mailbox_post(struct mailbox *mailbox, struct mail *mail);

/* Removes the oldest mail; false when the mailbox is empty. Caller releases its frames. Main thread
   only. */
bool mailbox_take(struct mailbox *mailbox, struct mail *mail);

/* A descriptor that is readable while the mailbox has mail. */
int mailbox_descriptor(const struct mailbox *mailbox);

#endif
