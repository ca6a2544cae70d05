/*
 * timing - measures the run time of a cell's statements: `%%c time`.
 *
 * cell_run.c passes timing_run to crash_call in place of the cell's function, so all repetitions
 * together are one run of a cell: with its time limit, its interrupt and its errors. The first run
 * is the cell's ordinary run; hush() then discards the outputs of the repetitions.
 *
 *     a measurement = as many runs as take 1 ms, or one run if a run takes longer
 *     measurements until 1 s has passed, at least 5, but none begins after 10 s
 */
#ifndef MNIST_C_CELLS_TIMING_H
#define MNIST_C_CELLS_TIMING_H

#include <stdbool.h>
#include <stddef.h>

enum { TIMING_MEASUREMENTS_MAX = 1000, TIMING_TEXT_SIZE = 256 };

/* Sets the function that timing_run measures, and hush, which is called after the first run. */
void timing_prepare(void (*function)(void), void (*hush)(void));
void timing_run(void);

/* The result: "1.84 us a run (median of ...)". */
void timing_text(char text[TIMING_TEXT_SIZE]);

#endif
