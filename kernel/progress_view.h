/*
 * progress_view - how far a long command is, as a notebook shows it. session_output.c sends it.
 */
#ifndef KERNEL_PROGRESS_VIEW_H
#define KERNEL_PROGRESS_VIEW_H

#include <jansson.h>

#include "mnist/output.h"

/* text/html and text/plain. Caller releases; NULL without memory. */
json_t *progress_html(const struct progress *p);
json_t *progress_plain(const struct progress *p);

#endif
