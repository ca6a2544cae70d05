/*
 * streams - stdin, stdout and stderr as a cell of C may expect them: open, blocking, without an
 * orientation (wprintf), without an error, without a buffer that has gone.
 *
 * The two output streams stay the same objects in every cell, because a cell may have kept a pointer
 * to one (`FILE *log = stdout;`). So a stream that a cell has closed is opened again in place.
 */
#ifndef MNIST_C_STREAMS_H
#define MNIST_C_STREAMS_H

#include <stdbool.h>

enum { STREAMS_COUNT = 3 };

/* What the three descriptors were. */
struct streams {
    int copies[STREAMS_COUNT]; /* of the descriptors; -1 = it was closed */
    int flags[STREAMS_COUNT];  /* F_GETFL of the open file */
};

/* Notes what 0, 1 and 2 are, and makes the streams new. unbuffered: what is printed appears at once.
   streams_end undoes all that has happened to them since, and closes the copies. */
void streams_begin(struct streams *streams);
void streams_end(struct streams *streams);

/* A process before this one may have set O_NONBLOCK where both write to: descriptors 0 to 2 block
   again if they did when this was first called. */
void streams_block(void);

#endif
