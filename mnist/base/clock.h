/*
 * clock - the monotonic clock, for durations and deadlines, and the wall clock as text, for Jupyter
 * messages.
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

/* The deadline that is never reached. */
#define CLOCK_NEVER INT64_MAX

/* Monotonic time in milliseconds. */
int64_t clock_ms(void);

/* Current UTC time in ISO 8601 with microseconds: "2024-05-01T12:00:00.123456Z". */
void clock_print(char text[CLOCK_TEXT_SIZE]);

/* clock_print for the time ahead_us microseconds from now. */
void clock_print_ahead(char text[CLOCK_TEXT_SIZE], int64_t ahead_us);

/* Microseconds from now to a UTC date in ISO 8601, with "Z" or "+00:00"; 0 for NULL or another
   text. */
int64_t clock_until(const char *date);

#endif
