/*
 * Proves, of pieces that have a home: each is done once; its home is the worker that did it last, who
 * begins with its own; one thread goes there and back; those of workers that are gone are done, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mnist/base/thread_pool.h"

enum { PIECES = 37 };

struct kept {
    int done[PIECES], by[PIECES]; /* how often, and by whom */
    int order[PIECES];            /* of worker 0            */
    int count[THREAD_POOL_THREADS_MAX], first[THREAD_POOL_THREADS_MAX];
};

static void keep_piece(void *context, int piece, int worker)
{
    struct kept *kept = context;
    if (kept->count[worker]++ == 0)
        kept->first[worker] = piece;
    if (worker == 0)
        kept->order[kept->count[0] - 1] = piece;
    kept->done[piece]++;
    kept->by[piece] = worker;
    for (volatile int i = 0; i < 2000; i++)
        ;
}

static struct kept run_once(struct thread_pool *pool, struct thread_pool_affinities *homes)
{
    struct kept kept = {0};
    thread_pool_run_affine(pool, keep_piece, &kept, PIECES, homes);
    for (int i = 0; i < PIECES; i++) {
        assert_int_equal(kept.done[i], 1);
        assert_int_equal(atomic_load(&homes->pieces[i].worker), kept.by[i]);
    }
    return kept;
}

static struct thread_pool *new_pool(int threads)
{
    struct error error;
    struct thread_pool *pool = thread_pool_new(threads, &error);
    if (pool == NULL)
        fail_msg("%s", error.text);
    return pool;
}

/* Who comes to another's pieces has none left: with two, the other still has its own. */
static void check_first(const struct kept *kept, const int before[PIECES], int threads)
{
    int mine[THREAD_POOL_THREADS_MAX] = {0};
    for (int i = 0; i < PIECES; i++)
        mine[before[i]]++;
    for (int w = 0; w < threads && threads <= 2; w++)
        if (kept->count[w] > 0 && mine[w] > 0)
            assert_int_equal(before[kept->first[w]], w);
}

static void home_is_with_who_did_it_last(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        struct thread_pool *pool = new_pool(threads);
        struct thread_pool_affinity pieces[PIECES] = {0};
        struct thread_pool_affinities homes = {.pieces = pieces};
        for (int again = 0; again < 200; again++) {
            int before[PIECES];
            for (int i = 0; i < PIECES; i++)
                before[i] = atomic_load(&pieces[i].worker);
            struct kept kept = run_once(pool, &homes);
            check_first(&kept, before, threads);
        }
        thread_pool_free(&pool);
    }
}

static void one_thread_goes_there_and_back(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(1);
    struct thread_pool_affinity pieces[PIECES] = {0};
    struct thread_pool_affinities homes = {.pieces = pieces};
    for (int again = 0; again < 4; again++) {
        struct kept kept = run_once(pool, &homes);
        for (int i = 0; i < PIECES; i++)
            assert_int_equal(kept.order[i], again % 2 == 0 ? i : PIECES - 1 - i);
    }
    thread_pool_free(&pool);
}

static void pieces_of_workers_that_are_gone(void **state)
{
    (void)state;
    struct thread_pool *pool = new_pool(2);
    struct thread_pool_affinity pieces[PIECES] = {0};
    struct thread_pool_affinities homes = {.pieces = pieces};
    for (int i = 0; i < PIECES; i++)
        atomic_store(&pieces[i].worker, 7);
    run_once(pool, &homes);
    thread_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(home_is_with_who_did_it_last),
        cmocka_unit_test(one_thread_goes_there_and_back),
        cmocka_unit_test(pieces_of_workers_that_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
