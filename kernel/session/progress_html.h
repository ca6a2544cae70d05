/*
 * progress_html - how far a long command is, as a notebook shows it. session_output.c sends it.
 */
#ifndef KERNEL_SESSION_PROGRESS_HTML_H
#define KERNEL_SESSION_PROGRESS_HTML_H

#include <jansson.h>

#include "mnist/output/output.h"

/* text/html and text/plain. Caller releases; NULL without memory. */
json_t *progress_html(const struct progress_display *p);
json_t *progress_plain(const struct progress_display *p);

#endif
