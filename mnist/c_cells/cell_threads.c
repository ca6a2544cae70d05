/*
 * cell_threads - counting them.
 */
#include "mnist/c_cells/cell_threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "mnist/c_cells/park.h"

static atomic_int running;
static _Atomic pid_t known[CELL_THREADS_KNOWN_MAX]; /* ids of those that run; 0 = free */

struct start {
    void *(*posix)(void *argument); /* one of the two */
    int (*c11)(void *argument);
    void *argument;
    _Atomic pid_t *place; /* in known; NULL = there was none left */
};

/* The place where the calling thread is known; NULL when there was none left. */
static _Atomic pid_t *make_known(void)
{
    pid_t self = (pid_t)syscall(SYS_gettid);
    for (int i = 0; i < CELL_THREADS_KNOWN_MAX; i++) {
        pid_t nobody = 0;
        if (atomic_compare_exchange_strong(&known[i], &nobody, self))
            return &known[i];
    }
    return NULL;
}

static void count_end(void *context)
{
    const struct start *start = context;
    if (start->place != NULL)
        atomic_store(start->place, 0);
    atomic_fetch_sub(&running, 1);
}

static struct start take_start(void *context)
{
    struct start start = *(struct start *)context;
    free(context);
    start.place = make_known();
    return start;
}

/* However the thread ends, by return, pthread_exit or pthread_cancel. */
static void *run_posix(void *context)
{
    struct start start = take_start(context);
    void *result;
    pthread_cleanup_push(count_end, &start);
    result = start.posix(start.argument);
    pthread_cleanup_pop(true);
    return result;
}

static int run_c11(void *context)
{
    struct start start = take_start(context);
    int result;
    pthread_cleanup_push(count_end, &start);
    result = start.c11(start.argument);
    pthread_cleanup_pop(true);
    return result;
}

static struct start *new_start(struct start start)
{
    struct start *kept = malloc(sizeof *kept);
    if (kept != NULL) {
        *kept = start;
        atomic_fetch_add(&running, 1);
    }
    return kept;
}

static void never_started(struct start *start)
{
    free(start);
    atomic_fetch_sub(&running, 1);
}

/* A cell's calls of the functions without mnist_ come here. */
int mnist_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                         void *(*function)(void *), void *argument);
int mnist_thrd_create(thrd_t *thread, thrd_start_t function, void *argument);

int mnist_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                         void *(*function)(void *), void *argument)
{
    struct start *start = new_start((struct start){.posix = function, .argument = argument});
    if (start == NULL)
        return EAGAIN;
    int failure = pthread_create(thread, attributes, run_posix, start);
    if (failure != 0)
        never_started(start);
    return failure;
}

int mnist_thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    struct start *start = new_start((struct start){.c11 = function, .argument = argument});
    if (start == NULL)
        return thrd_nomem;
    int result = thrd_create(thread, run_c11, start);
    if (result != thrd_success)
        never_started(start);
    return result;
}

void cell_threads_settle(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < CELL_THREADS_GRACE_MS && atomic_load(&running) > 0; i++)
        nanosleep(&moment, NULL);
}

int cell_threads_running(void)
{
    return atomic_load(&running);
}

void cell_threads_park(void)
{
    pid_t threads[CELL_THREADS_KNOWN_MAX];
    int count = 0;
    for (int i = 0; i < CELL_THREADS_KNOWN_MAX; i++) {
        pid_t thread = atomic_load(&known[i]);
        if (thread != 0)
            threads[count++] = thread;
    }
    park_threads(threads, count);
}

void cell_threads_unpark(void)
{
    park_end();
}

void cell_threads_after_fork(void)
{
    for (int i = 0; i < CELL_THREADS_KNOWN_MAX; i++)
        atomic_store(&known[i], 0);
    atomic_store(&running, 0);
}
