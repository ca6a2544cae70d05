/*
 * threads - counting them.
 */
#include "mnist/c/threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

static atomic_int running;

struct start {
    void *(*posix)(void *argument); /* one of the two */
    int (*c11)(void *argument);
    void *argument;
};

static void count_end(void *unused)
{
    (void)unused;
    atomic_fetch_sub(&running, 1);
}

static struct start take_start(void *context)
{
    struct start start = *(struct start *)context;
    free(context);
    return start;
}

/* However the thread ends, by return, pthread_exit or pthread_cancel. */
static void *run_posix(void *context)
{
    struct start start = take_start(context);
    void *result;
    pthread_cleanup_push(count_end, NULL);
    result = start.posix(start.argument);
    pthread_cleanup_pop(true);
    return result;
}

static int run_c11(void *context)
{
    struct start start = take_start(context);
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

static void never_started(struct start *start)
{
    free(start);
    count_end(NULL);
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

void threads_settle(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < THREADS_GRACE_MS && atomic_load(&running) > 0; i++)
        nanosleep(&moment, NULL);
}

int threads_running(void)
{
    return atomic_load(&running);
}

void threads_after_fork(void)
{
    atomic_store(&running, 0);
}
