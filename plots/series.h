/*
 * series - lines of numbers: range, axis, thinning.
 *
 * curves.c, charts.c and statistics.c use it. Points with a NaN or infinite coordinate are not
 * drawn. A line of more than SERIES_DRAWN points is divided into equal sections, and only the
 * lowest and the highest point of each section are drawn, in their order. At the width of a picture
 * the line looks the same.
 */
#ifndef PLOTS_SERIES_H
#define PLOTS_SERIES_H

#include <stdbool.h>

#include "plots/script.h"

enum { SERIES_DRAWN = 1600 };

/* The ends of an axis, and the distance between two tics. */
struct series_axis {
    double low, high, step;
};

/* Extends the range low..high (initially INFINITY, -INFINITY) by the finite values. values may be
   NULL. */
void series_range(const double *values, int count, double *low, double *high);

/* Rounds low..high outwards to multiples of a step, with about `tics` steps. Widens equal ends. */
struct series_axis series_axis(double low, double high, int tics);

/* An axis with tics only at integers, for epochs and counts, and a small margin at both ends. */
struct series_axis series_whole_axis(double low, double high, int tics);

/* Writes the variables low, high and step of the axis, e.g. x_low, x_high, x_step. */
void series_put_axis(struct string_buffer *script, const char *prefix,
                     const struct series_axis *axis);

/* Writes the datablock `name` with rows "x y". x NULL: 1, 2... Without finite points, one row of
   NaN, which draws nothing. skip_x, skip_y: omit values <= 0 (logarithmic axis). Returns the number
   of finite points. */
int series_put(struct string_buffer *script, const char *name, const double *x, const double *y,
               int count, bool skip_x, bool skip_y);

#endif
