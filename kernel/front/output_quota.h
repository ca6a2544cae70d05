/*
 * output_quota - the limit on a cell's text; text beyond it is counted and discarded.
 *
 * iopub.c calls it before text enters the stream buffer. stdout and stderr share the quota, and
 * so does text that arrives after the cell's end. 16 KiB are reserved for the session's own
 * messages, so that they stay visible after a cell has used up its quota.
 *
 * Reason for the limit: Jupyter's server stops sending when a cell's streams reach 3 MB of JSON
 * within 3 s (line ends take two bytes there), and then delays all other outputs, even the error.
 * A browser that shows more text than this becomes slow.
 */
#ifndef KERNEL_FRONT_OUTPUT_QUOTA_H
#define KERNEL_FRONT_OUTPUT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/stream_buffer.h"

enum {
    OUTPUT_QUOTA_SIZE = 1024 * 1024, /* bytes of text that a cell shows */
    OUTPUT_QUOTA_RESERVE = 16 * 1024 /* part of it, for the session's own messages */
};

struct output_quota {
    size_t used;
    bool over;                  /* text has been omitted */
    bool open_line;             /* the last line on stderr has no line end */
    unsigned long long omitted; /* omitted bytes that are not reported yet */
};

/* Resets the quota for a new cell. */
void output_quota_begin(struct output_quota *output_quota);

/* Returns how many of the bytes may be shown, counted from the first; a UTF-8 character is never
   cut. The rest is counted as omitted. */
size_t output_quota_take(struct output_quota *output_quota, enum stream_buffer_source source,
                         const char *bytes, size_t size);

/* A line for stderr that reports the omitted bytes and resets their count. NULL: nothing was
   omitted, or memory ran out. Caller frees. */
char *output_quota_report(struct output_quota *output_quota);

#endif
