/*
 * test_thread_pool - runs, rounds, forks and misuse of a thread pool.
 *
 * Proves: each task is executed once, for 1..8 threads and counts from 0 to many; a worker number
 * is in range and not used by two threads at once; the caller sees everything that its tasks wrote;
 * all threads are used; a watch stops between rounds; after thread_pool_after_fork the child of a
 * fork works like its parent, which is unaffected; the pool of a process that has ended can be
 * freed; a run within a run fails an assertion. Also runs under ThreadSanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "mnist/base/thread_pool.h"

/* ThreadSanitizer does not support new threads in a forked child, so those tests leave it out. */
#if defined(__SANITIZE_THREAD__)
enum { CHILD_MAY_START_THREADS = 0 };
#else
enum { CHILD_MAY_START_THREADS = 1 };
#endif

enum { TASKS_MAX = 10000 };

struct counted {
    int threads;
    int done[TASKS_MAX];                        /* plain ints: only one worker may write each */
    atomic_int inside[THREAD_POOL_THREADS_MAX]; /* threads that use the worker number */
    int by_worker[THREAD_POOL_THREADS_MAX];
};

static void count_task(void *context, int task, int worker)
{
    struct counted *counted = context;
    if (worker < 0 || worker >= counted->threads ||
        atomic_fetch_add(&counted->inside[worker], 1) != 0)
        abort();
    counted->done[task]++;
    counted->by_worker[worker]++;
    atomic_fetch_sub(&counted->inside[worker], 1);
}

static struct thread_pool *new_pool(int threads)
{
    struct error error;
    struct thread_pool *pool = thread_pool_new(threads, &error);
    if (pool == NULL)
        fail_msg("%s", error.text);
    return pool;
}

/* Without cmocka, since it also runs in forked children. */
static bool every_task_once(struct thread_pool *pool, int count)
{
    struct counted *counted = calloc(1, sizeof *counted);
    counted->threads = thread_pool_threads(pool);
    thread_pool_run(pool, count_task, counted, count);
    bool ok = true;
    int total = 0;
    for (int i = 0; i < TASKS_MAX; i++)
        ok = ok && counted->done[i] == (i < count);
    for (int w = 0; w < THREAD_POOL_THREADS_MAX; w++)
        total += counted->by_worker[w];
    free(counted);
    return ok && total == count;
}

static void test_every_task_once(void **state)
{
    (void)state;
    static const int counts[] = {0, 1, 2, 3, 7, 64, 1000, TASKS_MAX};
    for (int threads = 1; threads <= 8; threads++) {
        struct thread_pool *pool = new_pool(threads);
        assert_int_equal(thread_pool_threads(pool), threads);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            for (int again = 0; again < 5; again++)
                assert_true(every_task_once(pool, counts[i]));
        thread_pool_free(&pool);
        assert_null(pool);
        thread_pool_free(&pool);
    }
}

static void test_default_threads(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(0);
    assert_in_range(thread_pool_threads(pool), 1, THREAD_POOL_THREADS_MAX);
    assert_true(every_task_once(pool, 100));
    thread_pool_free(&pool);
}

static void test_most_threads(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(THREAD_POOL_THREADS_MAX);
    for (int again = 0; again < 20; again++)
        assert_true(every_task_once(pool, 500));
    thread_pool_free(&pool);
}

/* A task that waits until every thread executes one: it ends only if the threads run concurrently.
   */
static void meet(void *context, int task, int worker)
{
    (void)task;
    (void)worker;
    atomic_int *waiting = context;
    atomic_fetch_sub(waiting, 1);
    while (atomic_load(waiting) > 0)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

static void test_threads_run_side_by_side(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(4);
    for (int again = 0; again < 50; again++) {
        atomic_int waiting = 4;
        thread_pool_run(pool, meet, &waiting, 4);
    }
    thread_pool_free(&pool);
}

static void test_sleeps_when_idle(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(8);
    assert_true(every_task_once(pool, 100));
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    getrusage(RUSAGE_SELF, &after);
    long used_us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
                   after.ru_utime.tv_usec - before.ru_utime.tv_usec;
    assert_true(used_us < 50000);
    thread_pool_free(&pool);
}

struct limited {
    struct progress watch;
    int ticks, stop_at;
};

static bool limited_tick(struct progress *watch, double done, double total)
{
    struct limited *limited = (struct limited *)watch;
    assert_true(done <= total);
    return ++limited->ticks != limited->stop_at;
}

static void test_watched_rounds(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(3);
    struct limited limited = {.watch = {.tick = limited_tick}};
    struct counted *counted = calloc(1, sizeof *counted);
    counted->threads = 3;
    assert_true(thread_pool_run_watched(pool, count_task, counted, 25, 10, &limited.watch));
    assert_int_equal(limited.ticks, 3);
    for (int i = 0; i < 30; i++)
        assert_int_equal(counted->done[i], i < 25);
    limited.stop_at = 5;
    assert_false(thread_pool_run_watched(pool, count_task, counted, 100, 10, &limited.watch));
    for (int i = 0; i < 100; i++)
        assert_int_equal(counted->done[i], (i < 25) + (i < 20));
    assert_true(thread_pool_run_watched(pool, count_task, counted, 0, 1, NULL));
    free(counted);
    thread_pool_free(&pool);
}

/* Exit status of fn in a forked child; -1 = it was killed. */
static int in_child(int (*fn)(struct thread_pool *), struct thread_pool *pool)
{
    pid_t child = fork();
    if (child == 0)
        _exit(fn(pool));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int work_in_child(struct thread_pool *pool)
{
    thread_pool_after_fork(pool);
    for (int again = 0; again < 10; again++)
        if (!every_task_once(pool, 200))
            return 1;
    thread_pool_free(&pool);
    return 0;
}

static int free_in_child(struct thread_pool *pool)
{
    thread_pool_free(&pool);
    return 0;
}

/* Right after a run the workers may be anywhere between their last task and their sleep. */
static void test_fork(void **state)
{
    (void)state;
    if (!CHILD_MAY_START_THREADS)
        skip();
    for (int threads = 1; threads <= 4; threads++) {
        struct thread_pool *pool = new_pool(threads);
        for (int again = 0; again < 25; again++) {
            assert_true(every_task_once(pool, 50));
            assert_int_equal(in_child(work_in_child, pool), 0);
        }
        assert_int_equal(in_child(free_in_child, pool), 0);
        assert_true(every_task_once(pool, 100));
        thread_pool_free(&pool);
    }
}

static int grandchild_works(struct thread_pool *pool)
{
    thread_pool_after_fork(pool);
    if (!every_task_once(pool, 50))
        return 1;
    pid_t child = fork();
    if (child == 0)
        _exit(work_in_child(pool));
    int status = 1;
    waitpid(child, &status, 0);
    return status != 0 || !every_task_once(pool, 50);
}

static void test_fork_of_a_fork(void **state)
{
    (void)state;
    if (!CHILD_MAY_START_THREADS)
        skip();
    struct thread_pool *pool = new_pool(3);
    assert_int_equal(in_child(grandchild_works, pool), 0);
    thread_pool_free(&pool);
}

static struct thread_pool *nested_pool;

static void nest(void *context, int task, int worker)
{
    (void)task;
    (void)worker;
    thread_pool_run(nested_pool, count_task, context, 1);
}

static void null_output(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    (void)!freopen("/dev/null", "w", stderr);
}

static int run_nested(struct thread_pool *pool)
{
    null_output();
    thread_pool_after_fork(pool);
    nested_pool = pool;
    static struct counted counted = {.threads = 8};
    thread_pool_run(pool, nest, &counted, 1);
    return 0;
}

static int run_without_after_fork(struct thread_pool *pool)
{
    null_output();
    every_task_once(pool, 10);
    return 0;
}

static void test_misuse_is_an_assertion(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(2);
    assert_int_equal(in_child(run_nested, pool), -1);
    assert_int_equal(in_child(run_without_after_fork, pool), -1);
    thread_pool_free(&pool);
}

static void note_signals(void *context, int task, int worker)
{
    (void)task;
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    ((atomic_int *)context)[worker] = sigismember(&set, SIGINT) ? 1 : 2;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Workers block signals; the mask of the owner is unchanged. */
static void test_workers_block_signals(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(4);
    atomic_int seen[4] = {0};
    for (int again = 0; again < 100 && (seen[1] == 0 || seen[0] == 0); again++)
        thread_pool_run(pool, note_signals, seen, 16);
    assert_int_equal(seen[0], 2);
    for (int worker = 1; worker < 4; worker++)
        assert_true(seen[worker] != 2);
    thread_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_task_once),
        cmocka_unit_test(test_default_threads),
        cmocka_unit_test(test_most_threads),
        cmocka_unit_test(test_threads_run_side_by_side),
        cmocka_unit_test(test_sleeps_when_idle),
        cmocka_unit_test(test_watched_rounds),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_fork_of_a_fork),
        cmocka_unit_test(test_misuse_is_an_assertion),
        cmocka_unit_test(test_workers_block_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
