/*
 * timing - measurements of several runs each, and their median and quartiles.
 */
#include "mnist/c_cells/timing.h"

#include <stdio.h>
#include <stdlib.h>

#include "mnist/base/clock.h"

enum { MEASUREMENTS_MIN = 5, RUNS_MAX = 50000000 };

static const double measurement_s = 1e-3, enough_s = 1, most_s = 10;

static struct {
    void (*function)(void);
    void (*hush)(void);
    double first_s;                          /* the first run                    */
    double taken_s[TIMING_MEASUREMENTS_MAX]; /* seconds per run, of a measurement */
    int count;                               /* of measurements                  */
    long runs;                               /* in each measurement              */
} timing;

void timing_prepare(void (*function)(void), void (*hush)(void))
{
    timing.function = function;
    timing.hush = hush;
    timing.count = 0;
    timing.runs = 1;
}

/* Runs the function `runs` times; returns the seconds. */
static double run_times(long runs)
{
    double began_s = clock_s();
    for (long i = 0; i < runs; i++)
        timing.function();
    return clock_s() - began_s;
}

/* The smallest of 1, 2, 5, 10, 20 ... runs that take the time of a measurement. */
static void choose_runs(double began_s)
{
    static const long steps[] = {2, 5, 10};
    long power = 1;
    timing.runs = 1;
    for (int i = 0; run_times(timing.runs) < measurement_s && timing.runs < RUNS_MAX &&
                    clock_s() - began_s < most_s;
         i = (i + 1) % 3) {
        timing.runs = power * steps[i];
        power *= i == 2 ? 10 : 1;
    }
}

static bool needs_more(double passed_s)
{
    if (timing.count == TIMING_MEASUREMENTS_MAX || passed_s >= most_s)
        return false;
    return passed_s < enough_s || timing.count < MEASUREMENTS_MIN;
}

void timing_run(void)
{
    double began_s = clock_s();
    timing.first_s = run_times(1);
    timing.hush();
    if (timing.first_s >= most_s)
        return;
    if (timing.first_s < enough_s)
        choose_runs(began_s);
    double from_s = timing.first_s < enough_s ? clock_s() : began_s;
    while (needs_more(clock_s() - from_s))
        timing.taken_s[timing.count++] = run_times(timing.runs) / (double)timing.runs;
}

/* ---- the text of the result ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct unit_of_time {
    const char *name;
    double seconds;
};

static struct unit_of_time unit_for(double seconds)
{
    static const struct unit_of_time units[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof *units && seconds < units[i].seconds)
        i++;
    return units[i];
}

/* Three significant digits: 1.84, 18.4, 184; two below 1: 0.18. */
static const char *digits(char text[32], double value)
{
    int places = value < 10 ? 2 : value < 100 ? 1 : 0;
    snprintf(text, 32, "%.*f", places, value);
    return text;
}

/* With thousands separators: 1,000. */
static const char *thousands(char text[32], long number)
{
    char plain[32];
    int size = snprintf(plain, sizeof plain, "%ld", number), at = 0;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = plain[i];
    }
    text[at] = '\0';
    return text;
}

void timing_text(char text[TIMING_TEXT_SIZE])
{
    char middle[32], low[32], high[32], count[32], runs[32], of[64] = "";
    if (timing.count == 0) {
        snprintf(text, TIMING_TEXT_SIZE, "%s s a run (of one run: it took too long for more)",
                 digits(middle, timing.first_s));
        return;
    }
    qsort(timing.taken_s, (size_t)timing.count, sizeof *timing.taken_s, compare);
    double median_s = timing.taken_s[timing.count / 2];
    struct unit_of_time unit = unit_for(median_s);
    if (timing.runs > 1)
        snprintf(of, sizeof of, " of %s runs", thousands(runs, timing.runs));
    snprintf(text, TIMING_TEXT_SIZE,
             "%s %s a run (median of %s %s%s%s; half of them between %s and %s %s)",
             digits(middle, median_s / unit.seconds), unit.name, thousands(count, timing.count),
             timing.runs > 1 ? "measurement" : "run", timing.count > 1 ? "s" : "", of,
             digits(low, timing.taken_s[timing.count / 4] / unit.seconds),
             digits(high, timing.taken_s[timing.count - 1 - timing.count / 4] / unit.seconds),
             unit.name);
}
