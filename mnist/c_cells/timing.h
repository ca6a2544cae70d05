/*
 * timing - a cell's statements again and again, and how long they take: `%%c time`.
 *
 * cells.c has crash.h call timing_run in place of the cell's function, so that all repetitions are one run of a cell: with its
 * limit of time, its interrupt and its errors. The first run is the cell's; then hush() takes away what it writes to.
 *
 *     a measurement = as many runs as take 1 ms, one where a run takes longer
 *     measurements until 1 s has gone by, at least 5 of them, but none after 10 s
 */
#ifndef MNIST_C_CELLS_TIMING_H
#define MNIST_C_CELLS_TIMING_H

#include <stdbool.h>
#include <stddef.h>

enum { TIMING_MEASUREMENTS_MAX = 1000, TIMING_TEXT_SIZE = 256 };

/* What timing_run runs. hush is called after the first run. */
void timing_prepare(void (*function)(void), void (*hush)(void));
void timing_run(void);

/* "1.84 us a run (median of ...)". */
void timing_text(char text[TIMING_TEXT_SIZE]);

#endif
