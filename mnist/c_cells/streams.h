/*
 * streams - stdin, stdout and stderr in the state that a C cell may expect: open, blocking, without
 * an orientation (wprintf), without an error flag, without a buffer that no longer exists.
 *
 * The two output streams stay the same objects in all cells, because a cell may have stored a
 * pointer to one (`FILE *log = stdout;`). So a stream that a cell has closed is reopened in place.
 * While threads of earlier cells run, the streams are not reopened (cell_threads.h): descriptors
 * and buffering are restored, orientation and error flag are not.
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

/* Saves descriptors 0 to 2 and resets the two output streams. stdout becomes unbuffered, so that
   output appears immediately. streams_end restores all of them, and closes the saved descriptors.
   */
void streams_begin(struct streams *streams);
void streams_end(struct streams *streams);

/* Flushes all streams; while threads of C cells run, stdout and stderr alone, because a thread that
   waits in another stream holds that stream's lock. */
void streams_flush(void);

/* Clears O_NONBLOCK of descriptors 0 to 2, unless it was set at the first call. An earlier process
   may have set it for the open file that both processes use. */
void streams_block(void);

#endif
