/*
 * comm - comm messages, with which widgets of a front end talk to objects in a kernel.
 *
 * Called by shell_requests.c. Each comm names a target that interprets its messages. This kernel
 * has no targets; the specification requires a kernel to close a comm whose target it does not
 * know. So every comm is closed as soon as it is opened, and the list of open comms is always
 * empty.
 */
#ifndef KERNEL_FRONT_COMM_H
#define KERNEL_FRONT_COMM_H

#include <jansson.h>

#include "kernel/front/iopub.h"
#include "kernel/front/message.h"

/* comm_open: answers with comm_close on iopub. */
void comm_open(struct iopub *iopub, const struct message *request);

/* The content of comm_info_reply. NULL when out of memory. Caller releases. */
json_t *comm_info(void);

#endif
