/*
 * cell_threads - counts the threads of C cells.
 *
 * Each thread starts in run_posix or run_c11, which calls the cell's function with a cleanup
 * handler that counts the end.
 */
#include "mnist/c_cells/cell_threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

static atomic_int running;

struct start {
    void *(*posix)(void *argument); /* of the two functions, one is NULL */
    int (*c11)(void *argument);
    void *argument;
};

/* A cleanup handler: it also runs when the thread ends by pthread_exit or pthread_cancel. */
static void count_end(void *unused)
{
    (void)unused;
    atomic_fetch_sub(&running, 1);
}

static struct start take_start(void *context)
{
    const struct start start = *(struct start *)context;
    free(context);
    return start;
}

static void *run_posix(void *context)
{
    const struct start start = take_start(context);
    void *result;
    pthread_cleanup_push(count_end, NULL);
    result = start.posix(start.argument);
    pthread_cleanup_pop(true);
    return result;
}

static int run_c11(void *context)
{
    const struct start start = take_start(context);
    int result;
    pthread_cleanup_push(count_end, NULL);
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

static void discard_start(struct start *start)
{
    free(start);
    atomic_fetch_sub(&running, 1);
}

/* A cell's calls of pthread_create and thrd_create are redirected here (CELL_THREADS_NAMES). */
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
        discard_start(start);
    return failure;
}

int mnist_thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    struct start *start = new_start((struct start){.c11 = function, .argument = argument});
    if (start == NULL)
        return thrd_nomem;
    int result = thrd_create(thread, run_c11, start);
    if (result != thrd_success)
        discard_start(start);
    return result;
}

int cell_threads_running(void)
{
    return atomic_load(&running);
}

void cell_threads_settle(int allowed)
{
    const struct timespec millisecond = {.tv_nsec = 1000000};
    for (int i = 0; i < CELL_THREADS_GRACE_MS && cell_threads_running() > allowed; i++)
        nanosleep(&millisecond, NULL);
}

void cell_threads_after_fork(void)
{
    atomic_store(&running, 0);
}
