/*
 * bench_rounds - decides when a round ends and when all rounds are complete.
 */
#include "mnist/bench/bench_rounds.h"

#include "mnist/base/clock.h"

#include <assert.h>
#include <stdlib.h>

static const double peak_s = 0.01;

static bool tick(struct progress *progress, double done, double total)
{
    (void)done;
    (void)total;
    return bench_rounds_step((struct bench_rounds *)progress);
}

void bench_rounds_begin(struct bench_rounds *rounds, struct session *session, double step_images,
                        double seconds)
{
    double now = clock_s();
    *rounds = (struct bench_rounds){.progress = {tick},
                                    .session = session,
                                    .pool = session->pool,
                                    .kernel = peak_kernel_at(0),
                                    .step_images = step_images,
                                    .round_s = seconds / BENCH_ROUNDS,
                                    .began_s = now,
                                    .round_began_s = now};
}

static bool enough(const struct bench_rounds *rounds, double now)
{
    double meant_s = (BENCH_ROUNDS + 1) * (rounds->round_s + peak_s);
    return rounds->count == BENCH_ROUNDS ||
           (rounds->count >= BENCH_ROUNDS_LEAST && now - rounds->began_s >= 1.5 * meant_s);
}

/* Measures the peak, then begins a round. */
static void begin_round(struct bench_rounds *rounds)
{
    rounds->peaks[rounds->count] = peak_measure(rounds->kernel, rounds->pool, peak_s);
    rounds->steps = 0;
    rounds->round_began_s = clock_s();
}

bool bench_rounds_step(struct bench_rounds *rounds)
{
    double now = clock_s(), took = now - rounds->round_began_s;
    assert(rounds->count < BENCH_ROUNDS);
    rounds->stopped = rounds->stopped || state_stopped(rounds->session);
    if (rounds->stopped)
        return false;
    rounds->steps++;
    if (took < rounds->round_s)
        return true;
    if (rounds->warm)
        rounds->rates[rounds->count++] = (double)rounds->steps * rounds->step_images / took;
    rounds->warm = true;
    if (enough(rounds, now))
        return false;
    begin_round(rounds);
    return true;
}

double bench_peak(const struct bench_rounds *rounds)
{
    assert(rounds->count > 0);
    double peak = rounds->peaks[0];
    for (int i = 1; i < rounds->count; i++)
        peak = rounds->peaks[i] > peak ? rounds->peaks[i] : peak;
    return peak;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, int count)
{
    assert(count > 0);
    qsort(values, (size_t)count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
