/*
 * series - ranges and axes of numbers, and thinning of long lines (see series.h).
 */
#include "plots/series.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

enum { NAME_SIZE = 64 };

void series_range(const double *values, int count, double *low, double *high)
{
    for (int i = 0; values != NULL && i < count; i++) {
        if (isfinite(values[i])) {
            *low = fmin(*low, values[i]);
            *high = fmax(*high, values[i]);
        }
    }
}

/* The smallest number of the form 1, 2 or 5 times a power of ten that is at least rough. */
static double round_step(double rough)
{
    double power = pow(10, floor(log10(rough)));
    static const double factors[] = {1, 2, 5, 10};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++)
        if (rough <= factors[i] * power * (1 + 1e-9))
            return factors[i] * power;
    return 10 * power;
}

struct series_axis series_axis(double low, double high, int tics)
{
    double size = fmax(fabs(low), fabs(high));
    double least = size > 0 ? size * 1e-6 : 1;
    if (high - low < least) {
        double spread = size > 0 ? size * 0.1 : 0.5;
        low -= spread;
        high += spread;
    }
    double step = round_step(high / tics - low / tics);
    return (struct series_axis){floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step,
                                step};
}

struct series_axis series_whole_axis(double low, double high, int tics)
{
    double step = fmax(round_step(fmax(high - low, 1e-9) / tics), 1);
    double margin = high > low ? (high - low) * 0.02 : 0.5;
    return (struct series_axis){low - margin, high + margin, step};
}

void series_put_axis(struct string_buffer *script, const char *prefix,
                     const struct series_axis *axis)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s_low", prefix);
    script_number(script, name, axis->low);
    snprintf(name, sizeof name, "%s_high", prefix);
    script_number(script, name, axis->high);
    snprintf(name, sizeof name, "%s_step", prefix);
    script_number(script, name, axis->step);
}

static double x_at(const double *x, int index)
{
    return x != NULL ? x[index] : index + 1.0;
}

static bool is_drawn(double x, double y, bool skip_x, bool skip_y)
{
    return isfinite(x) && isfinite(y) && !(skip_x && x <= 0) && !(skip_y && y <= 0);
}

int series_put(struct string_buffer *script, const char *name, const double *x, const double *y,
               int count, bool skip_x, bool skip_y)
{
    int finite = 0;
    int stretch = count > SERIES_DRAWN ? 2 * count / SERIES_DRAWN + 1 : 1;
    script_begin(script, name);
    for (int start = 0; start < count; start += stretch) {
        int lowest = -1, highest = -1;
        for (int i = start; i < count && i < start + stretch; i++) {
            if (!is_drawn(x_at(x, i), y[i], skip_x, skip_y))
                continue;
            lowest = lowest < 0 || y[i] < y[lowest] ? i : lowest;
            highest = highest < 0 || y[i] > y[highest] ? i : highest;
            finite++;
        }
        int first = lowest < highest ? lowest : highest,
            second = lowest < highest ? highest : lowest;
        if (first >= 0)
            script_row(script, 2, x_at(x, first), y[first]);
        if (second > first)
            script_row(script, 2, x_at(x, second), y[second]);
    }
    if (finite == 0)
        script_row(script, 2, (double)NAN, (double)NAN);
    script_end(script);
    return finite;
}
