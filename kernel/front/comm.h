/*
 * comm - messages between widgets of the front end and their counterparts here.
 *
 * Called by shell_requests.c. A comm has a target that knows what its messages mean; this kernel has none,
 * so a comm that a front end opens is closed again at once, as the specification asks, and there is
 * none to list.
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
