/*
 * Proves: planted duplicates are found, each with its first equal image, and with conflicting
 * labels; near pairs have the smallest distances above 0; near_count = 0 finds exact duplicates
 * only; a set of equal images is handled; MNIST has no exact duplicate, and its nearest pairs are
 * those of an exhaustive search.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/duplicates.h"

static void copy(struct dataset *dataset, struct dataset_part *to, int to_index,
                 const struct dataset_part *from, int from_index)
{
    memcpy(dataset_images(dataset, to) + (size_t)to_index * dataset_image_size(dataset),
           dataset_image(dataset, from, from_index), dataset_image_size(dataset));
}

static void assert_pair(const struct duplicates_pair *pair, int first, int second)
{
    assert_int_equal(pair->first, first);
    assert_int_equal(pair->second, second);
}

/* Training: 5 = 15 = 17, 40 = 41. Test: 3 = 9. Both: training 5 = test 8, training 60 = test 3
   (= test 9). */
static void test_planted(void **state)
{
    (void)state;
    struct dataset *d = fixture_dataset(100, 50, 4, 5, 13);
    copy(d, &d->train, 15, &d->train, 5);
    copy(d, &d->train, 17, &d->train, 5);
    copy(d, &d->train, 41, &d->train, 40);
    copy(d, &d->test, 8, &d->train, 5);
    copy(d, &d->test, 3, &d->train, 60);
    copy(d, &d->test, 9, &d->train, 60);
    for (int threads = 1; threads <= 2; threads++) {
        struct thread_pool *pool = thread_pool_new(threads, NULL);
        struct fixture_watch watch;
        struct duplicates *found = duplicates_find(d, 20, pool, fixture_watch(&watch, 0), NULL);
        assert_non_null(found);
        assert_true(watch.share > 0.999);
        assert_int_equal(found->places[DUPLICATES_TRAIN].exact_count, 3);
        assert_int_equal(found->places[DUPLICATES_TRAIN].exact_conflicts,
                         2); /* labels are index % 10 */
        assert_pair(&found->places[DUPLICATES_TRAIN].exact[0], 5, 15);
        assert_pair(&found->places[DUPLICATES_TRAIN].exact[1], 5, 17);
        assert_pair(&found->places[DUPLICATES_TRAIN].exact[2], 40, 41);
        assert_int_equal(found->places[DUPLICATES_TRAIN].exact[1].second_label, 7);
        assert_int_equal(found->places[DUPLICATES_TEST].exact_count, 1);
        assert_pair(&found->places[DUPLICATES_TEST].exact[0], 3, 9);
        assert_int_equal(found->places[DUPLICATES_TRAIN_TEST].exact_count, 3);
        assert_pair(&found->places[DUPLICATES_TRAIN_TEST].exact[0], 5, 8);
        assert_pair(&found->places[DUPLICATES_TRAIN_TEST].exact[1], 60, 3);
        assert_pair(&found->places[DUPLICATES_TRAIN_TEST].exact[2], 60, 9);
        for (int where = 0; where < DUPLICATES_PLACES; where++) {
            assert_int_equal(found->places[where].near_count, 20);
            for (int i = 0; i < 20; i++)
                assert_true(found->places[where].near[i].distance_squared > 0);
        }
        duplicates_free(&found);
        assert_null(found);
        duplicates_free(&found);
        thread_pool_free(&pool);
    }
    dataset_free(&d);
}

/* One pixel changed by one: the smallest possible distance. */
static void test_near(void **state)
{
    (void)state;
    struct dataset *d = fixture_dataset(200, 80, 6, 6, 14);
    copy(d, &d->train, 150, &d->train, 20);
    dataset_images(d, &d->train)[150 * 36 + 7] ^= 1;
    copy(d, &d->test, 44, &d->train, 30);
    dataset_images(d, &d->test)[44 * 36 + 7] ^= 2;
    struct thread_pool *pool = thread_pool_new(2, NULL);
    struct duplicates *found = duplicates_find(d, 5, pool, NULL, NULL);
    assert_non_null(found);
    assert_int_equal(found->places[DUPLICATES_TRAIN].exact_count, 0);
    assert_pair(&found->places[DUPLICATES_TRAIN].near[0], 20, 150);
    assert_int_equal(found->places[DUPLICATES_TRAIN].near[0].distance_squared, 1);
    assert_int_equal(found->places[DUPLICATES_TRAIN].near[0].first_label, 0);
    assert_pair(&found->places[DUPLICATES_TRAIN_TEST].near[0], 30, 44);
    assert_int_equal(found->places[DUPLICATES_TRAIN_TEST].near[0].distance_squared, 4);
    assert_int_equal(found->places[DUPLICATES_TRAIN_TEST].near[0].second_label, 4);
    for (int i = 1; i < 5; i++)
        assert_true(found->places[DUPLICATES_TEST].near[i].distance_squared >=
                    found->places[DUPLICATES_TEST].near[i - 1].distance_squared);
    duplicates_free(&found);
    found = duplicates_find(d, 0, pool, NULL, NULL);
    assert_int_equal(found->places[DUPLICATES_TRAIN].near_count, 0);
    duplicates_free(&found);
    thread_pool_free(&pool);
    dataset_free(&d);
}

static void test_all_equal(void **state)
{
    (void)state;
    struct dataset *d = dataset_new(5000, 1000, 3, 3, NULL);
    struct thread_pool *pool = thread_pool_new(2, NULL);
    struct duplicates *found = duplicates_find(d, 10, pool, NULL, NULL);
    assert_non_null(found);
    assert_int_equal(found->places[DUPLICATES_TRAIN].exact_count, 4999);
    assert_pair(&found->places[DUPLICATES_TRAIN].exact[4998], 0, 4999);
    assert_int_equal(found->places[DUPLICATES_TEST].exact_count, 999);
    assert_int_equal(found->places[DUPLICATES_TRAIN_TEST].exact_count, 1000);
    assert_int_equal(found->places[DUPLICATES_TRAIN].near_count, 0);
    duplicates_free(&found);
    dataset_free(&d);
    d = fixture_dataset(1, 1, 3, 3, 1);
    found = duplicates_find(d, 10, pool, NULL, NULL);
    assert_non_null(found);
    assert_int_equal(found->places[DUPLICATES_TRAIN].exact_count, 0);
    duplicates_free(&found);
    dataset_free(&d);
    thread_pool_free(&pool);
}

static void test_stops(void **state)
{
    (void)state;
    struct dataset *d = fixture_dataset(3000, 1000, 6, 6, 15);
    struct thread_pool *pool = thread_pool_new(2, NULL);
    struct fixture_watch watch;
    struct error error;
    for (int stop_at = 1; stop_at < 40; stop_at++) {
        struct duplicates *found =
            duplicates_find(d, 10, pool, fixture_watch(&watch, stop_at), &error);
        if (found == NULL)
            assert_int_equal(error.kind, ERROR_INTERRUPTED);
        else
            assert_true(watch.ticks < stop_at);
        duplicates_free(&found);
    }
    thread_pool_free(&pool);
    dataset_free(&d);
}

static void test_mnist(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    struct thread_pool *pool = thread_pool_new(0, NULL);
    struct duplicates *found = duplicates_find(mnist, 0, pool, NULL, NULL);
    assert_non_null(found);
    for (int where = 0; where < DUPLICATES_PLACES; where++)
        assert_int_equal(found->places[where].exact_count, 0);
    duplicates_free(&found);
    struct dataset *part = dataset_new(1000, 10000, 28, 28, NULL);
    memcpy(dataset_images(part, &part->train), mnist->train.images, 1000 * 784);
    memcpy(dataset_images(part, &part->test), mnist->test.images, 10000 * 784);
    found = duplicates_find(part, 3, pool, NULL, NULL);
    assert_pair(&found->places[DUPLICATES_TEST].near[0], 5166, 6670);
    assert_int_equal(found->places[DUPLICATES_TEST].near[0].distance_squared, 74769);
    assert_pair(&found->places[DUPLICATES_TEST].near[1], 3641, 9335);
    assert_int_equal(found->places[DUPLICATES_TEST].near[1].distance_squared, 94082);
    duplicates_free(&found);
    dataset_free(&part);
    thread_pool_free(&pool);
    dataset_free(&mnist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted),   cmocka_unit_test(test_near),
        cmocka_unit_test(test_all_equal), cmocka_unit_test(test_stops),
        cmocka_unit_test(test_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
