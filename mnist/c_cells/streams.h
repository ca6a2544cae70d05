/*
 * streams - stdin, stdout and stderr as a cell of C may expect them: open, blocking, without an
 * orientation (wprintf), without an error, without a buffer that has gone.
 *
 * The two output streams stay the same objects in every cell, because a cell may have kept a pointer
 * to one (`FILE *log = stdout;`). So a stream that a cell has closed is opened again in place.
 */
#ifndef MNIST_C_CELLS_STREAMS_H
#define MNIST_C_CELLS_STREAMS_H

#include <stdbool.h>

enum { STREAMS_COUNT = 3 };

/* The three descriptors at the time of streams_begin. */
struct streams {
    int copies[STREAMS_COUNT]; /* -1 = the descriptor was closed */
    int flags[STREAMS_COUNT];  /* F_GETFL of the open file */
};

/* Records descriptors 0 to 2 and resets the two output streams. stdout is unbuffered, so that output
   appears at once. streams_end restores all of them, and closes the copies. */
void streams_begin(struct streams *streams);
void streams_end(struct streams *streams);

/* Flushes all streams; while threads of C cells run, stdout and stderr alone, because a thread that
   waits in another stream holds that stream's lock. */
void streams_flush(void);

/* A process before this one may have set O_NONBLOCK where both write to: descriptors 0 to 2 block
   again if they did when this was first called. */
void streams_block(void);

#endif
