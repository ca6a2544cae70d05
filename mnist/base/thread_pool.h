/*
 * thread_pool - worker threads that execute numbered tasks.
 *
 * Used by nn/ (parts of a batch) and data/ (augmentation, nearest neighbours). The assignment of
 * tasks to threads is not deterministic, so a task must write only to its own memory; sums over
 * tasks are computed afterwards in the order of their numbers. The result then does not depend on
 * the number of threads. Idle threads sleep. After a fork only the forking thread exists; the child
 * calls thread_pool_after_fork before its first thread_pool_run.
 */
#ifndef MNIST_BASE_THREAD_POOL_H
#define MNIST_BASE_THREAD_POOL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/base/shared_limits.h"
#include "mnist/base/progress.h"

struct thread_pool;

/* Affinity of tasks that run repeatedly: each prefers the worker that executed it last, whose cache
   holds its data. */
struct thread_pool_affinity {
    atomic_int worker;
    atomic_bool taken; /* in this run */
};
struct thread_pool_affinities {
    struct thread_pool_affinity *tasks; /* [count], initially zero; owned by the caller */
    bool backwards;                     /* the next run goes from the last task to the first */
};

/* A pool of threads workers including the calling thread (1 = no other thread); 0 = one for each
   processor that the process may use. NULL with error set if the threads cannot be started. Caller
   frees with thread_pool_free. */
struct thread_pool *thread_pool_new(int threads, struct error *error);
void thread_pool_free(struct thread_pool **pool);

/* Calls run(context, task, worker) once for every task in 0..count-1 and returns when all have
   returned. worker is 0..threads-1, for per-worker scratch memory. Called only by the owner of the
   pool, never from within a task. */
void thread_pool_run(struct thread_pool *pool, void (*run)(void *context, int task, int worker),
                     void *context, int count);

/* thread_pool_run with affinity: each worker first executes its own tasks, then those of others,
   starting from the far end. The direction alternates from run to run, so that a worker begins with
   the tasks that it executed last. */
void thread_pool_run_affine(struct thread_pool *pool,
                            void (*run)(void *context, int task, int worker), void *context,
                            int count, struct thread_pool_affinities *affinities);

/* thread_pool_run in rounds of `round` tasks, with a tick of progress after each round: with tasks
   of 10 ms and a round of one task for each thread, ticks are less than 20 ms apart. False if
   progress stopped it; the tasks of the completed rounds are done. */
__attribute__((warn_unused_result)) bool thread_pool_run_watched(
    struct thread_pool *pool, void (*run)(void *context, int task, int worker), void *context,
    int count, int round, struct progress *progress);

int thread_pool_threads(const struct thread_pool *pool);

/* In the child of a fork: forgets the threads of the parent. New ones start with the next
   thread_pool_run. */
void thread_pool_after_fork(struct thread_pool *pool);

#endif
