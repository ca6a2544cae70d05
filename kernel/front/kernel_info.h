/*
 * kernel_info - the content of kernel_info_reply: versions, language and help links.
 *
 * Sent on shell by the main thread and on control by the control thread.
 */
#ifndef KERNEL_FRONT_KERNEL_INFO_H
#define KERNEL_FRONT_KERNEL_INFO_H

#include <jansson.h>

/* A new object; NULL when memory runs out. Caller releases it. */
json_t *kernel_info_content(void);

#endif
