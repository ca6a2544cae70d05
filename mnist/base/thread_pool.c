/*
 * thread_pool - sleeping threads that claim tasks with a shared counter.
 *
 * One run is a `generation`. The owner writes the run (function, context, count) under the lock,
 * increments `generation` and wakes all workers. Each worker that sees a new generation claims
 * tasks with fetch_add until none remain, then decrements `busy`. The owner works too, as worker 0,
 * and returns when `busy` is 0. The fields of a run therefore change only while no worker reads
 * them, and the owner sees everything that the tasks wrote (both sides pass through the lock).
 * Tasks with affinity have one flag each instead of the counter.
 *
 * Workers block every signal except those that a fault in a task raises, and SIGALRM: interrupts
 * are handled by the owner; a fault signal that is blocked would end the process without its
 * handler (mnist/c_cells/faults/crash.h).
 *
 * A waiting thread polls SPINS times, about ten microseconds, before it sleeps: the runs of a
 * training follow each other closely, and waking a thread takes longer than that, above all on a
 * virtual machine. Fewer polls are slower (200 instead of 1,000: 2 % of `bench train model=keras`,
 * 5 to 10 % with model=fast). More are slower as soon as another process needs the processors:
 * 5,000 polls increased the time of an empty run from 12 to 250 us.
 */
#include "mnist/base/thread_pool.h"

#include <assert.h>
#include <fenv.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPINS = 1000, SIGNAL_STACK_SIZE = 128 * 1024 };

/* Signals of a fault in a task, and SIGALRM, which makes a worker report its position
   (mnist/c_cells/faults/crash.h). */
static const int unblocked[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGALRM};

struct worker {
    struct thread_pool *pool;
    pthread_t thread;
    int number;    /* 1 .. threads - 1 */
    unsigned seen; /* the last generation that it executed */
};

struct thread_pool {
    int threads; /* requested, including the owner */
    int started; /* without the owner, 0 .. threads - 1 */
    pid_t pid;   /* of the process that owns the threads */
    struct worker workers[THREAD_POOL_THREADS_MAX];

    pthread_mutex_t lock;
    pthread_cond_t wake;    /* a new generation, or the end */
    pthread_cond_t idle;    /* busy has become 0 */
    atomic_uint generation; /* written under the lock, like busy */
    atomic_int busy;
    bool ending;

    void (*run)(void *context, int task, int worker);
    void *context;
    int count;
    atomic_int next;
    struct thread_pool_affinities *affinities; /* NULL: tasks are claimed in order */
    atomic_bool running;
};

/* The i-th task in the current direction. */
static int task_at(const struct thread_pool *pool, int i)
{
    return pool->affinities->backwards ? pool->count - 1 - i : i;
}

static void execute_once(struct thread_pool *pool, int task, int worker)
{
    struct thread_pool_affinity *affinity = &pool->affinities->tasks[task];
    if (atomic_load_explicit(&affinity->taken, memory_order_relaxed) ||
        atomic_exchange_explicit(&affinity->taken, true, memory_order_relaxed))
        return;
    atomic_store_explicit(&affinity->worker, worker, memory_order_relaxed);
    pool->run(pool->context, task, worker);
}

static void execute_affine(struct thread_pool *pool, int worker)
{
    for (int i = 0; i < pool->count; i++) {
        int task = task_at(pool, i);
        const struct thread_pool_affinity *affinity = &pool->affinities->tasks[task];
        if (atomic_load_explicit(&affinity->worker, memory_order_relaxed) == worker)
            execute_once(pool, task, worker);
    }
    for (int i = pool->count - 1; i >= 0; i--)
        execute_once(pool, task_at(pool, i), worker);
}

static void execute_tasks(struct thread_pool *pool, int worker)
{
    if (pool->affinities != NULL) {
        execute_affine(pool, worker);
        return;
    }
    for (;;) {
        int task = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (task >= pool->count)
            return;
        pool->run(pool->context, task, worker);
    }
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Polls for a new generation, without the lock. */
static void spin_for_work(struct thread_pool *pool, unsigned seen)
{
    for (int i = 0; i < SPINS && atomic_load(&pool->generation) == seen; i++)
        pause_briefly();
}

static void spin_until_idle(struct thread_pool *pool)
{
    for (int i = 0; i < SPINS && atomic_load(&pool->busy) > 0; i++)
        pause_briefly();
}

static void run_worker(struct worker *worker)
{
    struct thread_pool *pool = worker->pool;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->generation == worker->seen && !pool->ending)
            pthread_cond_wait(&pool->wake, &pool->lock);
        if (pool->ending)
            break;
        worker->seen = pool->generation;
        pthread_mutex_unlock(&pool->lock);
        fesetenv(FE_DFL_ENV); /* the function of a C cell may have changed it */
        execute_tasks(pool, worker->number);
        pthread_mutex_lock(&pool->lock);
        if (atomic_fetch_sub(&pool->busy, 1) == 1)
            pthread_cond_signal(&pool->idle);
        pthread_mutex_unlock(&pool->lock);
        spin_for_work(pool, worker->seen);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* Reserves the end of the stack for signal handlers, so that one can run after a task has
   overflowed the rest (crash.h reports where). */
static void *worker_main(void *argument)
{
    char room[SIGNAL_STACK_SIZE];
    stack_t before, own = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&own, &before);
    run_worker(argument);
    sigaltstack(&before, NULL);
    return NULL;
}

static void reset(struct thread_pool *pool)
{
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->idle, NULL);
    pool->started = 0;
    pool->generation = 0;
    pool->busy = 0;
    pool->ending = false;
    pool->pid = getpid();
    atomic_store(&pool->running, false);
}

/* Starts the missing threads. Returns 0, or the errno of the first failure. */
static int start_workers(struct thread_pool *pool)
{
    sigset_t others, before;
    if (pool->started == pool->threads - 1)
        return 0;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof unblocked / sizeof unblocked[0]; i++)
        sigdelset(&others, unblocked[i]);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    int failure = 0;
    while (pool->started < pool->threads - 1) {
        struct worker *worker = &pool->workers[pool->started];
        *worker =
            (struct worker){.pool = pool, .number = pool->started + 1, .seen = pool->generation};
        failure = pthread_create(&worker->thread, NULL, worker_main, worker);
        if (failure != 0)
            break;
        pool->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void stop_workers(struct thread_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pool->started = 0;
}

static int processors_allowed(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count > THREAD_POOL_THREADS_MAX ? THREAD_POOL_THREADS_MAX : count;
}

struct thread_pool *thread_pool_new(int threads, struct error *error)
{
    assert(threads >= 0 && threads <= THREAD_POOL_THREADS_MAX);
    struct thread_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        error_memory(error, "the thread pool", sizeof *pool);
        return NULL;
    }
    pool->threads = threads == 0 ? processors_allowed() : threads;
    reset(pool);
    int failure = start_workers(pool);
    if (failure != 0) {
        error_set(error, ERROR_SYSTEM,
                  "only %d of %d threads could be started (%s): choose fewer with `set threads=`",
                  pool->started + 1, pool->threads, strerror(failure));
        thread_pool_free(&pool);
    }
    return pool;
}

void thread_pool_free(struct thread_pool **pool)
{
    if (*pool == NULL)
        return;
    assert(!atomic_load(&(*pool)->running));
    if ((*pool)->pid == getpid()) {
        stop_workers(*pool);
        pthread_cond_destroy(&(*pool)->idle);
        pthread_cond_destroy(&(*pool)->wake);
        pthread_mutex_destroy(&(*pool)->lock);
    }
    free(*pool);
    *pool = NULL;
}

static void run_with_workers(struct thread_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->generation++;
    pool->busy = pool->started;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);

    execute_tasks(pool, 0);

    spin_until_idle(pool);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void run_tasks(struct thread_pool *pool, void (*run)(void *context, int task, int worker),
                      void *context, int count, struct thread_pool_affinities *affinities)
{
    assert(count >= 0 && count <= INT_MAX - THREAD_POOL_THREADS_MAX);
    assert(pool->pid == getpid() && "the child of a fork calls thread_pool_after_fork first");
    bool nested = atomic_exchange(&pool->running, true);
    assert(!nested && "thread_pool_run from within a task");
    (void)nested;

    pool->run = run;
    pool->context = context;
    pool->count = count;
    pool->affinities = affinities;
    atomic_store(&pool->next, 0);
    for (int i = 0; affinities != NULL && i < count; i++)
        atomic_store_explicit(&affinities->tasks[i].taken, false, memory_order_relaxed);
    if (pool->threads > 1 && count > 1) {
        start_workers(pool); /* after a fork; if it fails, fewer threads do the work */
        run_with_workers(pool);
    } else {
        execute_tasks(pool, 0);
    }
    atomic_store(&pool->running, false);
}

void thread_pool_run(struct thread_pool *pool, void (*run)(void *context, int task, int worker),
                     void *context, int count)
{
    run_tasks(pool, run, context, count, NULL);
}

void thread_pool_run_affine(struct thread_pool *pool,
                            void (*run)(void *context, int task, int worker), void *context,
                            int count, struct thread_pool_affinities *affinities)
{
    run_tasks(pool, run, context, count, affinities);
    affinities->backwards = !affinities->backwards;
}

/* thread_pool_run numbers the tasks of a round from 0, the caller from `first`. */
struct round {
    void (*run)(void *context, int task, int worker);
    void *context;
    int first;
};

static void run_task_of_round(void *context, int task, int worker)
{
    const struct round *round = context;
    round->run(round->context, round->first + task, worker);
}

bool thread_pool_run_watched(struct thread_pool *pool,
                             void (*run)(void *context, int task, int worker), void *context,
                             int count, int round, struct progress *progress)
{
    assert(round > 0);
    struct round current = {.run = run, .context = context};
    while (current.first < count) {
        int tasks = count - current.first < round ? count - current.first : round;
        thread_pool_run(pool, run_task_of_round, &current, tasks);
        current.first += tasks;
        if (!progress_tick(progress, current.first, count))
            return false;
    }
    return true;
}

int thread_pool_threads(const struct thread_pool *pool)
{
    return pool->threads;
}

void thread_pool_after_fork(struct thread_pool *pool)
{
    reset(pool);
}
