/*
 * mailbox - how the control thread asks the main thread for what only that one may do: publish on
 * iopub, interrupt, shut down.
 *
 * A locked queue with a descriptor beside it that can be waited for. Mails come out in the order
 * they went in.
 */
#ifndef KERNEL_FRONT_MAILBOX_H
#define KERNEL_FRONT_MAILBOX_H

#include <stdbool.h>

#include "kernel/front/frames.h"

enum { MAILBOX_MAX = 10000 };

enum mail_kind { MAIL_PUBLISH, MAIL_INTERRUPT, MAIL_SHUTDOWN };

struct mail {
    enum mail_kind kind;
    struct frames frames; /* PUBLISH: a whole message */
    bool idle;            /* PUBLISH: it says that the kernel is idle */
};

struct mailbox;

/* NULL when the system has no memory or descriptor. Caller frees with mailbox_free. */
struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox **mailbox);

/* From any thread. The mail is consumed; false when the box is full, or no memory. */
bool mailbox_post(struct mailbox *mailbox, struct mail *mail);

/* From the main thread: the oldest mail, false when there is none. Caller releases its frames. */
bool mailbox_take(struct mailbox *mailbox, struct mail *mail);

/* Readable while there is mail. */
int mailbox_descriptor(const struct mailbox *mailbox);

#endif
