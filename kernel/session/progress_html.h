/*
 * progress_html - formats the progress of a long command for a notebook. session_output.c sends it.
 */
#ifndef KERNEL_SESSION_PROGRESS_HTML_H
#define KERNEL_SESSION_PROGRESS_HTML_H

#include <jansson.h>

#include "mnist/output/output.h"

/* The progress as text/html and as text/plain, both JSON strings. NULL when memory runs out. Caller
   releases them. */
json_t *progress_html(const struct progress_display *p);
json_t *progress_plain(const struct progress_display *p);

#endif
