/*
 * bench_rounds - measurement in several short rounds, each next to a measurement of the machine's
 * peak; the result is the median of the rates and the highest of the peaks.
 *
 * A workload executes one step (a batch, an image, a loaded file) at a time and calls
 * bench_rounds_step after each. A round is as many whole steps as fit its time, at least one. The
 * peak (mnist/bench/peak.h) is measured briefly before each round, so that both are affected alike
 * by clock frequency and other processes. The median of the peaks would be too low: such influences
 * only decrease a peak.
 *
 *     warm-up | peak, round | peak, round | ...        the warm-up takes as long as a round
 *
 * If steps take longer than a round, fewer rounds are executed, so that a bench takes about as long
 * as requested.
 */
#ifndef MNIST_BENCH_BENCH_ROUNDS_H
#define MNIST_BENCH_BENCH_ROUNDS_H

#include "mnist/bench/peak.h"
#include "mnist/workspace/session_state.h"

enum { BENCH_ROUNDS = 9, BENCH_ROUNDS_LEAST = 3 };

struct bench_rounds {
    struct progress progress; /* calls bench_rounds_step; for a trainer, which ticks after each
                                 batch */
    struct session *session;
    struct thread_pool *pool; /* for the peak: the session's, or set by the caller after begin */
    const struct peak_kernel *kernel;
    double step_images; /* images of a step; must be set when the first round ends */
    double round_s;
    bool warm;    /* the warm-up is complete */
    bool stopped; /* by the user             */
    int count;    /* completed rounds        */
    long steps;   /* of this round           */
    double began_s, round_began_s;
    double rates[BENCH_ROUNDS]; /* [count] images per second                    */
    double peaks[BENCH_ROUNDS]; /* [count] floating-point operations per second */
};

/* Begins the warm-up. seconds: of all rounds together, > 0. */
void bench_rounds_begin(struct bench_rounds *rounds, struct session *session, double step_images,
                        double seconds);

/* Call after each step. False = the rounds are complete, or the user has stopped them
   (rounds->stopped). */
__attribute__((warn_unused_result)) bool bench_rounds_step(struct bench_rounds *rounds);

/* The median of values [count], count > 0, which are sorted. */
double bench_median(double *values, int count);

/* The highest of the measured peaks. */
double bench_peak(const struct bench_rounds *rounds);

#endif
