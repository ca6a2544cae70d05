/*
 * kernel_info - who this kernel is: the content of kernel_info_reply.
 *
 * Answered on shell (main thread) and on control (control thread).
 */
#ifndef KERNEL_FRONT_KERNEL_INFO_H
#define KERNEL_FRONT_KERNEL_INFO_H

#include <jansson.h>

/* A new object; NULL when out of memory. Caller releases. */
json_t *kernel_info_content(void);

#endif
