/*
 * test_thread_pool_affinity - runs with affinity.
 *
 * Proves: each task is executed once; its affinity is the worker that executed it last, and each
 * worker begins with its own tasks; one thread alternates between both directions; tasks whose
 * worker no longer exists are executed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mnist/base/thread_pool.h"

enum { TASKS = 37 };

struct record {
    int done[TASKS], by[TASKS]; /* executions, and the worker */
    int order[TASKS];           /* of worker 0            */
    int count[THREAD_POOL_THREADS_MAX], first[THREAD_POOL_THREADS_MAX];
};

static void record_task(void *context, int task, int worker)
{
    struct record *record = context;
    if (record->count[worker]++ == 0)
        record->first[worker] = task;
    if (worker == 0)
        record->order[record->count[0] - 1] = task;
    record->done[task]++;
    record->by[task] = worker;
    for (volatile int i = 0; i < 2000; i++)
        ;
}

static struct record run_once(struct thread_pool *pool, struct thread_pool_affinities *affinities)
{
    struct record record = {0};
    thread_pool_run_affine(pool, record_task, &record, TASKS, affinities);
    for (int i = 0; i < TASKS; i++) {
        assert_int_equal(record.done[i], 1);
        assert_int_equal(atomic_load(&affinities->tasks[i].worker), record.by[i]);
    }
    return record;
}

static struct thread_pool *new_pool(int threads)
{
    struct error error;
    struct thread_pool *pool = thread_pool_new(threads, &error);
    if (pool == NULL)
        fail_msg("%s", error.text);
    return pool;
}

/* A worker executes tasks of others only after its own. */
static void check_first(const struct record *record, const int before[TASKS], int threads)
{
    int mine[THREAD_POOL_THREADS_MAX] = {0};
    for (int i = 0; i < TASKS; i++)
        mine[before[i]]++;
    for (int w = 0; w < threads && threads <= 2; w++)
        if (record->count[w] > 0 && mine[w] > 0)
            assert_int_equal(before[record->first[w]], w);
}

static void test_affinity_is_the_last_worker(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        struct thread_pool *pool = new_pool(threads);
        struct thread_pool_affinity tasks[TASKS] = {0};
        struct thread_pool_affinities affinities = {.tasks = tasks};
        for (int run = 0; run < 200; run++) {
            int before[TASKS];
            for (int i = 0; i < TASKS; i++)
                before[i] = atomic_load(&tasks[i].worker);
            struct record record = run_once(pool, &affinities);
            check_first(&record, before, threads);
        }
        thread_pool_free(&pool);
    }
}

static void test_one_thread_alternates(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(1);
    struct thread_pool_affinity tasks[TASKS] = {0};
    struct thread_pool_affinities affinities = {.tasks = tasks};
    for (int run = 0; run < 4; run++) {
        struct record record = run_once(pool, &affinities);
        for (int i = 0; i < TASKS; i++)
            assert_int_equal(record.order[i], run % 2 == 0 ? i : TASKS - 1 - i);
    }
    thread_pool_free(&pool);
}

static void test_missing_worker(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(2);
    struct thread_pool_affinity tasks[TASKS] = {0};
    struct thread_pool_affinities affinities = {.tasks = tasks};
    for (int i = 0; i < TASKS; i++)
        atomic_store(&tasks[i].worker, 7);
    run_once(pool, &affinities);
    thread_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_affinity_is_the_last_worker),
        cmocka_unit_test(test_one_thread_alternates),
        cmocka_unit_test(test_missing_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
