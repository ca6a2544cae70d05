/*
 * bench_rounds - the same work in several short rounds, each beside a moment of the machine's peak;
 * the median of the work, the highest of the peaks.
 *
 * bench.c does the work, a step (a batch, an image, a loaded file) at a time, and says so here. A
 * round is as many whole steps as fit its time, at least one; before each of them the peak
 * (mnist/bench/peak.h) is measured for a moment, so that the two share the machine's mood. The
 * median of the peaks is no peak: with neighbours, a round may be faster than it.
 *
 *     warm-up | peak, round | peak, round | ...        the warm-up is as long as a round and counts for nothing
 *
 * Steps that take longer than a round make fewer of them, so that no bench takes much longer than
 * it was told to.
 */
#ifndef MNIST_BENCH_BENCH_ROUNDS_H
#define MNIST_BENCH_BENCH_ROUNDS_H

#include "mnist/bench/peak.h"
#include "mnist/workspace/session_state.h"

enum { BENCH_ROUNDS = 9, BENCH_ROUNDS_LEAST = 3 };

struct bench_rounds {
    struct progress
        watch; /* the same as bench_rounds_step, for a trainer, which ticks after each batch */
    struct session *session;
    struct thread_pool
        *pool; /* whose threads' peak is measured: the session's, unless set after the beginning */
    const struct peak_kernel *kernel;
    double step_images; /* of one step; must be right when the first round ends */
    double round_s;
    bool warm;    /* the warm-up is over */
    bool stopped; /* by the user         */
    int count;    /* rounds done         */
    long steps;   /* of this round       */
    double began_s, round_began_s;
    double rates[BENCH_ROUNDS]; /* [count] images a second                   */
    double peaks[BENCH_ROUNDS]; /* [count] floating-point operations a second */
};

/* From now on the warm-up runs. seconds: of all rounds together, > 0. */
void bench_rounds_begin(struct bench_rounds *rounds, struct session *session, double step_images,
                        double seconds);

/* A step is done. False = no more: there are rounds enough, or the user wants to stop
   (rounds.stopped). */
__attribute__((warn_unused_result)) bool bench_rounds_step(struct bench_rounds *rounds);

/* Of values [count], count > 0, which it sorts. */
double bench_median(double *values, int count);

/* The peak: the highest of the rounds' measurements, since a neighbour only takes away from it. */
double bench_peak(const struct bench_rounds *rounds);

#endif
