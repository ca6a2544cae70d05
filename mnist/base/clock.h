/*
 * clock - the monotonic clock, for durations and deadlines, and the wall clock as Jupyter's
 * messages write it.
 */
#ifndef MNIST_BASE_CLOCK_H
#define MNIST_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

enum { CLOCK_TEXT_SIZE = 32 };

/* Monotonic time in seconds. */
static inline double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Never reached: the deadline of who waits for nothing. */
#define CLOCK_NEVER INT64_MAX

/* Milliseconds since some moment in the past; not touched by changes of the wall clock. */
int64_t clock_ms(void);

/* Now in UTC, ISO 8601 with microseconds: "2024-05-01T12:00:00.123456Z". */
void clock_print(char text[CLOCK_TEXT_SIZE]);

/* The moment that many microseconds from now. */
void clock_print_ahead(char text[CLOCK_TEXT_SIZE], int64_t ahead_us);

/* Microseconds from now to a date in UTC, "2024-05-01T12:00:00.123456Z" or with "+00:00", NULL or
   no such date: 0. */
int64_t clock_until(const char *date);

#endif
