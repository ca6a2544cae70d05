/*
 * moment - the two clocks of the front process: one that only goes forward, for waits, and the wall
 * clock as messages write it.
 */
#ifndef KERNEL_MOMENT_H
#define KERNEL_MOMENT_H

#include <stdint.h>

enum { MOMENT_TEXT_SIZE = 32 };

/* Never reached: the deadline of who waits for nothing. */
#define MOMENT_NEVER INT64_MAX

/* Milliseconds since some moment in the past; not touched by changes of the wall clock. */
int64_t moment_ms(void);

/* Now in UTC, ISO 8601 with microseconds: "2024-05-01T12:00:00.123456Z". */
void moment_print(char text[MOMENT_TEXT_SIZE]);

/* The moment that many microseconds from now. */
void moment_print_ahead(char text[MOMENT_TEXT_SIZE], int64_t ahead_us);

/* Microseconds from now to a date in UTC, "2024-05-01T12:00:00.123456Z" or with "+00:00", NULL or no such date: 0. */
int64_t moment_until(const char *date);

#endif
