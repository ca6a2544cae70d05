/*
 * Proves: every statistic on three small images by hand; the same values as a direct sum over
 * random images, with 1 to 4 threads; classes without images are 0, not NaN; MNIST's known values;
 * an interrupt leaves the result empty.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/statistics.h"

#include <math.h>

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-6 + 1e-6 * fabs(expected)))
        fail_msg("found %.10g, expected %.10g", found, expected);
}

static void test_by_hand(void **state)
{
    (void)state;
    struct dataset *dataset = dataset_new(3, 1, 1, 2, NULL);
    static const uint8_t images[] = {0, 10, 200, 30, 0, 0}, labels[] = {1, 1, 4};
    memcpy(dataset_images(dataset, &dataset->train), images, 6);
    memcpy(dataset_labels(dataset, &dataset->train), labels, 3);
    struct thread_pool *pool = thread_pool_new(2, NULL);
    struct statistics s;
    assert_true(statistics_make(&s, dataset, &dataset->train, pool, NULL, NULL));
    assert_int_equal(s.count, 3);
    assert_int_equal(s.class_count[1], 2);
    assert_int_equal(s.class_count[4], 1);
    assert_int_equal(s.histogram[0], 3);
    assert_int_equal(s.histogram[200], 1);
    assert_int_equal(s.pixel_min, 0);
    assert_int_equal(s.pixel_max, 200);
    assert_near(s.pixel_mean, 40);
    assert_near(s.pixel_sd, sqrt((100 + 40000 + 900) / 6.0 - 1600));
    assert_near(s.ink_share, 0.5);
    assert_near(s.ink_min, 0);
    assert_int_equal(s.ink_min_index, 2);
    assert_near(s.ink_max, 1);
    assert_int_equal(s.ink_max_index, 1);
    assert_int_equal(s.blank_count, 1);
    assert_near(s.class_ink[1], 0.75);
    assert_near(s.class_ink[4], 0);
    assert_near(s.class_ink[0], 0);
    assert_near((double)s.mean[1 * 2 + 0], 100);
    assert_near((double)s.mean[1 * 2 + 1], 20);
    assert_near((double)s.variance[1 * 2 + 0], 10000);
    assert_near((double)s.variance[1 * 2 + 1], 100);
    assert_near((double)s.mean[10 * 2 + 0], 200 / 3.0);
    assert_near((double)s.mean[0], 0);
    assert_near((double)s.variance[0], 0);
    statistics_release(&s);
    assert_null(s.mean);
    statistics_release(&s);
    dataset_free(&dataset);
    thread_pool_free(&pool);
}

static void test_against_plain_sums(void **state)
{
    (void)state;
    enum { COUNT = 1700, SIZE = 30 };
    struct dataset *dataset = fixture_dataset(COUNT, 1, 5, 6, 8);
    const uint8_t *x = dataset->train.images;
    for (int threads = 1; threads <= 4; threads++) {
        struct thread_pool *pool = thread_pool_new(threads, NULL);
        struct statistics s;
        struct fixture_watch watch;
        assert_true(
            statistics_make(&s, dataset, &dataset->train, pool, fixture_watch(&watch, 0), NULL));
        for (int c = 0; c <= 10; c++)
            for (int d = 0; d < SIZE; d++) {
                double n = 0, sum = 0, squares = 0;
                for (int i = 0; i < COUNT; i++)
                    if (c == 10 || i % 10 == c) {
                        n++;
                        sum += x[i * SIZE + d];
                        squares += x[i * SIZE + d] * x[i * SIZE + d];
                    }
                assert_near((double)s.mean[c * SIZE + d], sum / n);
                assert_near((double)s.variance[c * SIZE + d], squares / n - sum / n * sum / n);
            }
        statistics_release(&s);
        assert_false(
            statistics_make(&s, dataset, &dataset->train, pool, fixture_watch(&watch, 1), NULL));
        assert_null(s.variance);
        thread_pool_free(&pool);
    }
    dataset_free(&dataset);
}

static void test_mnist(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    struct thread_pool *pool = thread_pool_new(0, NULL);
    struct statistics s;
    assert_true(statistics_make(&s, mnist, &mnist->train, pool, NULL, NULL));
    assert_near(s.pixel_mean, 33.318421);
    assert_true(fabs(s.pixel_sd - 78.567490) < 1e-6);
    assert_int_equal(s.class_count[0], 5923);
    assert_int_equal(s.class_count[1], 6742);
    assert_int_equal(s.blank_count, 0);
    assert_int_equal(s.pixel_max, 255);
    assert_near(s.ink_share, 0.191202); /* 80.9 % of all pixels are 0 */
    statistics_release(&s);
    assert_true(statistics_make(&s, mnist, &mnist->test, pool, NULL, NULL));
    assert_near(s.pixel_mean, 33.791224);
    statistics_release(&s);
    thread_pool_free(&pool);
    dataset_free(&mnist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_against_plain_sums),
        cmocka_unit_test(test_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
