/*
 * clock - what a stopwatch reads.
 */
#ifndef MNIST_CLOCK_H
#define MNIST_CLOCK_H

#include <time.h>

/* Monotonic seconds. */
static inline double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#endif
