/*
 * series - rows of numbers on their way into a line: ranges, axes, thinning.
 *
 * Used by curves.c, charts.c and statistics.c. A point whose x or y is NaN or infinite is left
 * out. A line of more than SERIES_DRAWN points is cut into equal stretches and of each only the
 * lowest and the highest point is kept, in their order: at a picture's width the drawn line is
 * the same.
 */
#ifndef PLOTS_SERIES_H
#define PLOTS_SERIES_H

#include <stdbool.h>

#include "plots/script.h"

enum { SERIES_DRAWN = 1600 };

/* An axis: what it spans, and the step of its tics. */
struct series_axis {
    double low, high, step;
};

/* Widens low..high (begin with INFINITY, -INFINITY) by the finite ones of values (may be NULL). */
void series_range(const double *values, int count, double *low, double *high);

/* Rounds low..high outwards to whole tics, about tics of them; equal ends are spread first. */
struct series_axis series_axis(double low, double high, int tics);

/* Tics at whole numbers only, for epochs and counts; the ends stay where they are but for a small
   margin. */
struct series_axis series_whole_axis(double low, double high, int tics);

/* prefix_low, prefix_high, prefix_step. */
void series_put_axis(struct script *script, const char *prefix, const struct series_axis *axis);

/* Datablock name with rows "x y"; x NULL: 1, 2...; where nothing is finite, one row of NaN, which
   draws nothing. skip_x, skip_y: leave out values <= 0 (logarithmic axes). Returns how many
   points were finite. */
int series_put(struct script *script, const char *name, const double *x, const double *y, int count,
               bool skip_x, bool skip_y);

#endif
