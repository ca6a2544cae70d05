/*
 * thread_pool - a few threads that share out numbered pieces of work.
 *
 * Used by nn/ (slots of images) and data/ (augmentation, nearest neighbours). Which thread does
 * which piece is left to chance, so a piece must write only to its own place; sums over pieces are
 * made afterwards in the order of their numbers. Then the result does not depend on the number of
 * threads. The threads sleep when idle. Only the forking thread lives on in a fork: the child calls
 * thread_pool_after_fork before its first thread_pool_run.
 */
#ifndef MNIST_BASE_THREAD_POOL_H
#define MNIST_BASE_THREAD_POOL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/base/shared_limits.h"
#include "mnist/base/progress.h"

struct thread_pool;

/* Where the pieces of a task that is run again and again are at home: with the worker that did them
   last, in whose cache is what they left. */
struct thread_pool_affinity {
    atomic_int worker;
    atomic_bool taken; /* in this run */
};
struct thread_pool_affinities {
    struct thread_pool_affinity *pieces; /* [count], at first all zeros; the caller's */
    bool backwards; /* the next run goes through them from the last to the first */
};

/* A pool of threads workers, the caller's thread counted (1 = no thread is started). 0 = as many
   as the process may use processors. NULL with error set when threads cannot be had. Caller
   frees with thread_pool_free. */
struct thread_pool *thread_pool_new(int threads, struct error *error);
void thread_pool_free(struct thread_pool **pool);

/* Calls task(context, piece, worker) once for every piece in 0..count-1; worker is 0..threads-1
   and says which scratch memory is free. Returns when all are done. Called by the pool's owner
   only, never from inside a task. */
void thread_pool_run(struct thread_pool *pool, void (*task)(void *context, int piece, int worker),
                     void *context, int count);

/* thread_pool_run, where each worker does its own pieces first: in turn from the first to the last
   and from the last to the first, so that it begins with those it did last. When it has none left,
   it takes others' from the far end. */
void thread_pool_run_affine(struct thread_pool *pool,
                            void (*task)(void *context, int piece, int worker), void *context,
                            int count, struct thread_pool_affinities *homes);

/* thread_pool_run in rounds of `round` pieces, the watch asked after each: pieces of 10 ms and
   rounds of as many as there are threads keep to the watch's 20 ms. False when it said stop; the
   pieces of whole rounds are done then. */
__attribute__((warn_unused_result)) bool thread_pool_run_watched(
    struct thread_pool *pool, void (*task)(void *context, int piece, int worker), void *context,
    int count, int round, struct progress *watch);

int thread_pool_threads(const struct thread_pool *pool);

/* In the child of a fork: forget the parent's threads; new ones start with the next
   thread_pool_run. */
void thread_pool_after_fork(struct thread_pool *pool);

#endif
