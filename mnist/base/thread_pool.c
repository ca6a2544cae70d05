/*
 * thread_pool - threads that sleep until there is work, then claim its pieces by one shared
 * counter.
 *
 * One round of work is a `generation`. The owner writes the round (task, context, count) under the
 * lock, raises `generation` and wakes everybody; each worker that sees a new generation claims
 * pieces with fetch_add until none is left, then lowers `busy`. The owner works too, as worker 0,
 * and leaves when `busy` is 0. So a round's fields change only while no worker reads them, and all
 * that the tasks wrote is seen by the owner afterwards (both sides pass through the lock). Pieces
 * with a home have a flag each instead of the counter.
 *
 * Workers block every signal but those that a task's own fault raises, and SIGALRM: an interrupt is
 * the owner's to handle; a fault, where it is blocked, kills past its handler
 * (mnist/c_cells/faults/crash.h).
 *
 * Who waits looks SPINS times, some ten microseconds, before it sleeps: rounds of a training follow
 * each other closely, and to be woken takes longer than that, above all on a virtual machine (200
 * instead of 1,000: 2 % of `bench train model=keras`, 5 to 10 % with model=fast). More would hurt
 * as soon as another process wants the processors: 5,000 pauses made an empty round of 12 us one of
 * 250.
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

/* A task's own doing, and SIGALRM, by which a worker is asked where it is
   (mnist/c_cells/faults/crash.h). */
static const int heard[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGALRM};

struct worker {
    struct thread_pool *pool;
    pthread_t thread;
    int number;    /* 1 .. threads - 1 */
    unsigned seen; /* the last generation it took part in; at the start, the one before its first */
};

struct thread_pool {
    int threads; /* asked for, the owner counted */
    int started; /* threads that run beside the owner, 0 .. threads - 1 */
    pid_t pid;   /* of the process whose threads they are */
    struct worker workers[THREAD_POOL_THREADS_MAX];

    pthread_mutex_t lock;
    pthread_cond_t wake;    /* a new generation, or the end */
    pthread_cond_t idle;    /* busy has become 0 */
    atomic_uint generation; /* written under the lock, as busy */
    atomic_int busy;
    bool ending;

    void (*task)(void *context, int piece, int worker);
    void *context;
    int count;
    atomic_int next;
    struct thread_pool_affinities *homes; /* or NULL: then whoever is next takes the next piece */
    atomic_bool running;
};

/* The i'th piece on the way through them. */
static int piece_at(const struct thread_pool *pool, int i)
{
    return pool->homes->backwards ? pool->count - 1 - i : i;
}

static void take_piece(struct thread_pool *pool, int piece, int worker)
{
    struct thread_pool_affinity *home = &pool->homes->pieces[piece];
    if (atomic_load_explicit(&home->taken, memory_order_relaxed) ||
        atomic_exchange_explicit(&home->taken, true, memory_order_relaxed))
        return;
    atomic_store_explicit(&home->worker, worker, memory_order_relaxed);
    pool->task(pool->context, piece, worker);
}

static void claim_at_home(struct thread_pool *pool, int worker)
{
    for (int i = 0; i < pool->count; i++) {
        int piece = piece_at(pool, i);
        const struct thread_pool_affinity *home = &pool->homes->pieces[piece];
        if (atomic_load_explicit(&home->worker, memory_order_relaxed) == worker)
            take_piece(pool, piece, worker);
    }
    for (int i = pool->count - 1; i >= 0; i--)
        take_piece(pool, piece_at(pool, i), worker);
}

static void claim_pieces(struct thread_pool *pool, int worker)
{
    if (pool->homes != NULL) {
        claim_at_home(pool, worker);
        return;
    }
    for (;;) {
        int piece = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (piece >= pool->count)
            return;
        pool->task(pool->context, piece, worker);
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

/* Looks for a new generation for a while, without the lock. */
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
        fesetenv(FE_DFL_ENV); /* a task that calls a user's function may have changed it */
        claim_pieces(pool, worker->number);
        pthread_mutex_lock(&pool->lock);
        if (atomic_fetch_sub(&pool->busy, 1) == 1)
            pthread_cond_signal(&pool->idle);
        pthread_mutex_unlock(&pool->lock);
        spin_for_work(pool, worker->seen);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* A signal's handler has a place to run, at the far end of the stack, when a task has used up the
   rest (crash.h tells by it where that was). */
static void *worker_main(void *argument)
{
    char room[SIGNAL_STACK_SIZE];
    stack_t before, own = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&own, &before);
    run_worker(argument);
    sigaltstack(&before, NULL);
    return NULL;
}

static void make_quiet(struct thread_pool *pool)
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

/* Starts the missing threads. Returns 0, or the errno of the first that could not be had. */
static int start_workers(struct thread_pool *pool)
{
    sigset_t others, before;
    if (pool->started == pool->threads - 1)
        return 0;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof heard / sizeof heard[0]; i++)
        sigdelset(&others, heard[i]);
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
    make_quiet(pool);
    int failure = start_workers(pool);
    if (failure != 0) {
        error_set(error, ERROR_SYSTEM,
                  "could start only %d of %d threads (%s); choose fewer with `set threads=`",
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

    claim_pieces(pool, 0);

    spin_until_idle(pool);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void run(struct thread_pool *pool, void (*task)(void *context, int piece, int worker),
                void *context, int count, struct thread_pool_affinities *homes)
{
    assert(count >= 0 && count <= INT_MAX - THREAD_POOL_THREADS_MAX);
    assert(pool->pid == getpid() && "a fork's child calls pool_after_fork first");
    bool nested = atomic_exchange(&pool->running, true);
    assert(!nested && "pool_run from inside a task");
    (void)nested;

    pool->task = task;
    pool->context = context;
    pool->count = count;
    pool->homes = homes;
    atomic_store(&pool->next, 0);
    for (int i = 0; homes != NULL && i < count; i++)
        atomic_store_explicit(&homes->pieces[i].taken, false, memory_order_relaxed);
    if (pool->threads > 1 && count > 1) {
        start_workers(pool); /* only after a fork; with fewer threads the work is the same */
        run_with_workers(pool);
    } else {
        claim_pieces(pool, 0);
    }
    atomic_store(&pool->running, false);
}

void thread_pool_run(struct thread_pool *pool, void (*task)(void *context, int piece, int worker),
                     void *context, int count)
{
    run(pool, task, context, count, NULL);
}

void thread_pool_run_affine(struct thread_pool *pool,
                            void (*task)(void *context, int piece, int worker), void *context,
                            int count, struct thread_pool_affinities *homes)
{
    run(pool, task, context, count, homes);
    homes->backwards = !homes->backwards;
}

/* A round's pieces are numbered from 0 by thread_pool_run, from `first` for the task. */
struct round {
    void (*task)(void *context, int piece, int worker);
    void *context;
    int first;
};

static void run_piece_of_round(void *context, int piece, int worker)
{
    const struct round *round = context;
    round->task(round->context, round->first + piece, worker);
}

bool thread_pool_run_watched(struct thread_pool *pool,
                             void (*task)(void *context, int piece, int worker), void *context,
                             int count, int round, struct progress *watch)
{
    assert(round > 0);
    struct round current = {.task = task, .context = context};
    while (current.first < count) {
        int pieces = count - current.first < round ? count - current.first : round;
        thread_pool_run(pool, run_piece_of_round, &current, pieces);
        current.first += pieces;
        if (!progress_tick(watch, current.first, count))
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
    make_quiet(pool);
}
