/*
 * Proves: scores by hand on a few points; a planted outlier and a wrongly labelled image are first
 * in their classes; classes are ranked one after the other, largest score first; the result is the
 * same with 1 to 3 threads; classes with one image and with none work; in MNIST's test part the
 * first image of each class is far above the class's median.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/outliers.h"

#include <math.h>

/* One pixel an image; class 0: 10 20 40, class 3: 200. Mean distance to the (at most ten) others
   of the class. */
static void test_by_hand(void **state)
{
    (void)state;
    static const uint8_t images[] = {10, 200, 40, 20}, labels[] = {0, 3, 0, 0};
    struct dataset *d = dataset_new(4, 1, 1, 1, NULL);
    memcpy(dataset_images(d, &d->train), images, 4);
    memcpy(dataset_labels(d, &d->train), labels, 4);
    struct thread_pool *pool = thread_pool_new(2, NULL);
    struct outliers o;
    assert_true(outliers_find(&o, d, &d->train, pool, NULL, NULL));
    assert_int_equal(o.count, 4);
    assert_int_equal(o.class_count[0], 3);
    assert_int_equal(o.class_first[3], 3);
    assert_int_equal(o.class_count[5], 0);
    assert_int_equal(o.ranked[0].index, 2); /* 40: (30 + 20) / 2 */
    assert_true(o.ranked[0].score == 25);
    assert_int_equal(o.ranked[0].nearest, 3);
    assert_int_equal(o.ranked[1].index, 0); /* 10: (10 + 30) / 2 */
    assert_true(o.ranked[1].score == 20);
    assert_int_equal(o.ranked[2].index, 3); /* 20: (10 + 20) / 2 */
    assert_true(o.ranked[2].score == 15);
    assert_true(o.class_median[0] == 20);
    assert_int_equal(o.ranked[3].index, 1);
    assert_int_equal(o.ranked[3].nearest, -1);
    assert_true(isinf(o.ranked[3].score));
    assert_true(o.class_median[5] == 0);
    outliers_release(&o);
    assert_null(o.ranked);
    outliers_release(&o);
    assert_true(outliers_find(&o, d, &d->test, pool, NULL, NULL)); /* a single image */
    assert_true(isinf(o.ranked[0].score));
    outliers_release(&o);
    dataset_free(&d);
    thread_pool_free(&pool);
}

/* Each class has its own grey with noise; image 33 is noise alone, image 48 wears another
   class's label. */
static void test_planted(void **state)
{
    (void)state;
    enum { SIZE = 36 };
    struct dataset *d = fixture_dataset(500, 1, 6, 6, 16);
    uint8_t *images = dataset_images(d, &d->train);
    for (int n = 0; n < 500; n++)
        for (int k = 0; k < SIZE; k++)
            if (n != 33)
                images[n * SIZE + k] = (uint8_t)(20 * (n % 10) + images[n * SIZE + k] % 16);
    dataset_labels(d, &d->train)[48] = 1;
    struct outlier first[500];
    for (int threads = 1; threads <= 3; threads++) {
        struct thread_pool *pool = thread_pool_new(threads, NULL);
        struct outliers o;
        struct fixture_watch watch;
        assert_true(outliers_find(&o, d, &d->train, pool, fixture_watch(&watch, 0), NULL));
        assert_true(watch.share > 0.999);
        assert_int_equal(o.ranked[o.class_first[3]].index, 33);
        assert_int_equal(o.ranked[o.class_first[1]].index, 48);
        assert_true(o.ranked[o.class_first[1]].score > 3 * o.class_median[1]);
        for (int i = 1; i < 500; i++)
            assert_true(o.ranked[i].label > o.ranked[i - 1].label ||
                        o.ranked[i].score <= o.ranked[i - 1].score);
        if (threads == 1)
            memcpy(first, o.ranked, sizeof first);
        for (int i = 0; i < 500; i++)
            assert_true(first[i].index == o.ranked[i].index && first[i].score == o.ranked[i].score);
        outliers_release(&o);
        assert_false(outliers_find(&o, d, &d->train, pool, fixture_watch(&watch, 4), NULL));
        assert_null(o.ranked);
        thread_pool_free(&pool);
    }
    dataset_free(&d);
}

static void test_mnist(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    struct thread_pool *pool = thread_pool_new(0, NULL);
    struct outliers o;
    assert_true(outliers_find(&o, mnist, &mnist->test, pool, NULL, NULL));
    assert_int_equal(o.class_count[1], 1135);
    for (int c = 0; c < 10; c++) {
        const struct outlier *worst = &o.ranked[o.class_first[c]];
        assert_int_equal(mnist->test.labels[worst->index], c);
        assert_true(worst->score > 1.3 * o.class_median[c]);
    }
    outliers_release(&o);
    thread_pool_free(&pool);
    dataset_free(&mnist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_planted),
        cmocka_unit_test(test_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
