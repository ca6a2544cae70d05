/*
 * output_quota - how much text a cell may still show; what is beyond is counted, not kept.
 *
 * iopub.c has one and asks it before text goes into the stream. stdout and stderr share it, and what comes late, after
 * the cell's end, is still the cell's. A part is kept for the lines of the session itself: what it has to say of a cell
 * that flooded shall be seen.
 *
 * Why no more: Jupyter's server stops sending when a cell's streams come to 3 MB within 3 s as JSON (which a text of line
 * ends doubles), and holds back every other output with them, the error too; and a browser that has to show more text than
 * this is slow from then on.
 */
#ifndef KERNEL_FRONT_OUTPUT_QUOTA_H
#define KERNEL_FRONT_OUTPUT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/stream_buffer.h"

enum {
    OUTPUT_QUOTA_SIZE = 1024 * 1024, /* bytes of text that a cell shows */
    OUTPUT_QUOTA_RESERVE = 16 * 1024 /* of these, for lines of the session */
};

struct output_quota {
    size_t used;
    bool over;                  /* something has been left out    */
    bool open_line;             /* stderr does not stand at a line's beginning */
    unsigned long long omitted; /* bytes left out and not yet told */
};

/* A new cell. */
void output_quota_begin(struct output_quota *output_quota);

/* How many of the bytes are shown, from the first on; a character is not cut. The others are counted. */
size_t output_quota_take(struct output_quota *output_quota, enum stream_buffer_source source,
                         const char *bytes, size_t size);

/* A line for stderr that tells what was left out, and forgets it. NULL: nothing was, or no memory. Caller frees. */
char *output_quota_tell(struct output_quota *output_quota);

#endif
