/*
 * Proves: the searches give exactly the results of comparing all pixels of all pairs: on random
 * images of several sizes, on similar images with many ties, on equal images, on a part of MNIST;
 * within one set and between two; with 1 to 3 threads; with fewer images than wanted; with few
 * components and with all. Also proves the underlying law: the limit of a sketch does not exclude
 * any pair within the given distance, for all pairs of a set.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/base/blas.h"
#include "mnist/base/rng.h"
#include "mnist/data/neighbours.h"
#include "mnist/data/sketch.h"

#include <math.h>

/* The exhaustive search runs on one thread; with ThreadSanitizer it would take minutes. */
__attribute__((no_sanitize_thread)) static uint32_t plain_distance(const uint8_t *a,
                                                                   const uint8_t *b, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += (uint32_t)((a[i] - b[i]) * (a[i] - b[i]));
    return sum;
}

static void test_distance(void **state)
{
    (void)state;
    static uint8_t a[66051], b[66051];
    memset(b, 255, sizeof b);
    assert_int_equal(neighbours_distance(a, b, 66051),
                     66051u * 65025u); /* the most, 4,294,966,275 */
    struct rng rng = rng_stream(1, RNG_SAMPLE, 0, 0);
    for (size_t i = 0; i < 200; i++) {
        a[i] = (uint8_t)rng_u32(&rng);
        b[i] = (uint8_t)rng_u32(&rng);
        assert_int_equal(neighbours_distance(a, b, i), plain_distance(a, b, i));
    }
}

static int compare_pairs(const void *left, const void *right)
{
    const struct neighbours_pair *a = left, *b = right;
    if (a->distance_squared != b->distance_squared)
        return a->distance_squared < b->distance_squared ? -1 : 1;
    return a->first != b->first ? a->first - b->first : a->second - b->second;
}

/* All pairs, sorted; *count of them. */
static struct neighbours_pair *all_pairs(const uint8_t *a, int a_count, const uint8_t *b,
                                         int b_count, int size, int *count)
{
    struct neighbours_pair *pairs = malloc((size_t)a_count * (size_t)b_count * sizeof *pairs);
    assert_non_null(pairs);
    *count = 0;
    for (int i = 0; i < a_count; i++)
        for (int j = a == b ? i + 1 : 0; j < b_count; j++) {
            uint32_t distance = plain_distance(a + i * size, b + j * size, (size_t)size);
            if (distance > 0)
                pairs[(*count)++] = (struct neighbours_pair){i, j, distance};
        }
    qsort(pairs, (size_t)*count, sizeof *pairs, compare_pairs);
    return pairs;
}

static void assert_closest(const uint8_t *a, int a_count, const uint8_t *b, int b_count, int size,
                           int components, int wanted, int threads)
{
    struct thread_pool *pool = thread_pool_new(threads, NULL);
    struct pca basis;
    assert_true(pca_fit(&basis, a, a_count, size, components, pool, NULL, NULL));
    struct neighbours *left = neighbours_new(a, a_count, &basis, pool, NULL, NULL);
    struct neighbours *right = a == b ? left : neighbours_new(b, b_count, &basis, pool, NULL, NULL);
    assert_true(left != NULL && right != NULL);
    int count, found;
    struct neighbours_pair *expected = all_pairs(a, a_count, b, b_count, size, &count);
    struct neighbours_pair pairs[NEIGHBOURS_PAIRS_MAX];
    assert_true(neighbours_closest(left, right, wanted, pairs, &found, pool, NULL, NULL));
    assert_int_equal(found, count < wanted ? count : wanted);
    for (int i = 0; i < found; i++)
        if (compare_pairs(&pairs[i], &expected[i]) != 0)
            fail_msg("pair %d: found %d-%d %u, expected %d-%d %u", i, pairs[i].first,
                     pairs[i].second, pairs[i].distance_squared, expected[i].first,
                     expected[i].second, expected[i].distance_squared);
    free(expected);
    if (right != left)
        neighbours_free(&right);
    neighbours_free(&left);
    assert_null(left);
    pca_release(&basis);
    thread_pool_free(&pool);
}

static int compare_near(const void *left, const void *right)
{
    const struct neighbours_near *a = left, *b = right;
    if (a->distance_squared != b->distance_squared)
        return a->distance_squared < b->distance_squared ? -1 : 1;
    return a->index - b->index;
}

static void assert_nearest(const uint8_t *images, int count, int size, int components,
                           const uint32_t *members, int member_count, int wanted, int threads)
{
    struct thread_pool *pool = thread_pool_new(threads, NULL);
    struct pca basis;
    assert_true(pca_fit(&basis, images, count, size, components, pool, NULL, NULL));
    struct neighbours *set = neighbours_new(images, count, &basis, pool, NULL, NULL);
    struct neighbours_near *near = malloc((size_t)(member_count * wanted) * sizeof *near);
    struct neighbours_near *expected = malloc((size_t)member_count * sizeof *expected);
    assert_true(set != NULL && near != NULL && expected != NULL);
    assert_true(neighbours_nearest(set, members, member_count, wanted, near, pool, NULL, NULL));
    for (int i = 0; i < member_count; i++) {
        int others = 0;
        for (int j = 0; j < member_count; j++)
            if (j != i)
                expected[others++] = (struct neighbours_near){
                    (int)members[j], plain_distance(images + (int)members[i] * size,
                                                    images + (int)members[j] * size, (size_t)size)};
        qsort(expected, (size_t)others, sizeof *expected, compare_near);
        for (int k = 0; k < wanted; k++) {
            const struct neighbours_near *found = &near[i * wanted + k];
            if (k >= others)
                assert_int_equal(found->index, -1);
            else if (compare_near(found, &expected[k]) != 0)
                fail_msg("image %u, place %d: found %d at %u, expected %d at %u", members[i], k,
                         found->index, found->distance_squared, expected[k].index,
                         expected[k].distance_squared);
        }
    }
    free(expected);
    free(near);
    neighbours_free(&set);
    pca_release(&basis);
    thread_pool_free(&pool);
}

/* Images of few different bytes: many pairs at the same distance, some equal. */
static void fill(uint8_t *images, size_t size, uint32_t values, uint32_t item)
{
    struct rng rng = rng_stream(21, RNG_SAMPLE, 0, item);
    for (size_t i = 0; i < size; i++)
        images[i] = (uint8_t)(rng_below(&rng, values) * (255 / (values - 1)));
}

static void test_closest(void **state)
{
    (void)state;
    static uint8_t a[600 * 64], b[200 * 64];
    for (uint32_t values = 2; values <= 32; values *= 16) {
        fill(a, sizeof a, values, values);
        fill(b, sizeof b, values, values + 1);
        for (int threads = 1; threads <= 3; threads++) {
            assert_closest(a, 600, a, 600, 64, 46, 100, threads);
            assert_closest(a, 600, b, 200, 64, 10, 57, threads);
        }
    }
    assert_closest(a, 130, a, 130, 64, 1, NEIGHBOURS_PAIRS_MAX, 2);
    fill(a, sizeof a, 2, 5);
    assert_closest(a, 600, a, 600, 5, 5, 500, 2); /* 32 different images, 600 times */
    assert_closest(a, 3, a, 3, 64, 3, 10, 2);
    assert_closest(a, 2, b, 1, 64, 2, 1, 1);
}

static void test_nearest(void **state)
{
    (void)state;
    static uint8_t images[700 * 49];
    uint32_t members[700];
    for (uint32_t i = 0; i < 700; i++)
        members[i] = i;
    for (uint32_t values = 2; values <= 32; values *= 4) {
        fill(images, sizeof images, values, values);
        for (int threads = 1; threads <= 3; threads++)
            assert_nearest(images, 700, 49, 46, members, 700, 10, threads);
    }
    for (uint32_t i = 0; i < 200; i++)
        members[i] = 3 * i + 1;
    assert_nearest(images, 700, 49, 4, members, 200, NEIGHBOURS_NEAREST_MAX, 2);
    assert_nearest(images, 700, 49, 4, members, 5, 10, 2);
    assert_nearest(images, 700, 49, 4, members, 1, 10, 1);
    memset(images, 9, sizeof images);
    assert_nearest(images, 700, 49, 4, members, 200, 3, 2);
}

static void test_on_mnist(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    uint32_t ones[300];
    int count = 0;
    for (uint32_t i = 0; count < 300; i++)
        if (mnist->train.labels[i] == 1)
            ones[count++] = i;
    assert_closest(mnist->train.images, 600, mnist->train.images, 600, 784, 46, 100, 2);
    assert_closest(mnist->train.images, 600, mnist->test.images, 300, 784, 46, 100, 2);
    assert_nearest(mnist->train.images, 3000, 784, 46, ones, 200, 10, 2);
    dataset_free(&mnist);
}

/* For every pair and d its distance, the product is above the limit for d; and the limits do
   exclude most pairs. */
static void test_no_limit_excludes_wrongly(void **state)
{
    (void)state;
    enum { COUNT = SKETCH_COLUMNS };
    struct dataset *mnist = fixture_mnist();
    struct thread_pool *pool = thread_pool_new(1, NULL);
    struct pca basis;
    struct sketches sketches;
    const uint8_t *images = mnist->train.images;
    assert_true(pca_fit(&basis, images, 5000, 784, SKETCH_COMPONENTS, pool, NULL, NULL));
    assert_true(sketches_make(&sketches, images, COUNT, &basis, pool, NULL, NULL));
    float *products = malloc(COUNT * COUNT * sizeof *products);
    int before, excluded = 0;
    assert_true(blas_begin(1, &before, NULL));
    sketch_multiply(products, COUNT, sketches.left, COUNT, sketches.right, COUNT);
    blas_end(before);
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++) {
            uint32_t distance = plain_distance(images + i * 784, images + j * 784, 784);
            if (!(products[i * COUNT + j] > sketch_limit(&sketches, i, &sketches, distance)))
                fail_msg("images %d and %d are passed over", i, j);
            excluded +=
                !(products[i * COUNT + j] > sketch_limit(&sketches, i, &sketches, 0.6 * distance));
        }
    assert_true(excluded > COUNT * COUNT * 9 / 10);
    free(products);
    sketches_release(&sketches);
    pca_release(&basis);
    thread_pool_free(&pool);
    dataset_free(&mnist);
}

static void test_scan(void **state)
{
    (void)state;
    float products[SKETCH_COLUMNS];
    for (int i = 0; i < SKETCH_COLUMNS; i++)
        products[i] = 1;
    assert_int_equal(sketch_next_above(products, 0, 1), SKETCH_COLUMNS);
    assert_int_equal(sketch_next_above(products, SKETCH_COLUMNS, 0), SKETCH_COLUMNS);
    for (int at = 0; at < SKETCH_COLUMNS; at++) {
        products[at] = 2;
        for (int from = 0; from < SKETCH_COLUMNS; from++)
            assert_int_equal(sketch_next_above(products, from, 1),
                             from <= at ? at : SKETCH_COLUMNS);
        products[at] = 1;
    }
}

static void test_stops(void **state)
{
    (void)state;
    struct dataset *dataset = fixture_dataset(3000, 1, 6, 6, 12);
    struct thread_pool *pool = thread_pool_new(1, NULL);
    struct pca basis;
    struct error error;
    struct fixture_watch watch;
    struct neighbours_pair pairs[5];
    struct neighbours_near *near = malloc(3000 * sizeof *near);
    uint32_t members[3000];
    int found;
    for (uint32_t i = 0; i < 3000; i++)
        members[i] = i;
    assert_true(pca_fit(&basis, dataset->train.images, 3000, 36, 5, pool, NULL, NULL));
    assert_null(neighbours_new(dataset->train.images, 3000, &basis, pool, fixture_watch(&watch, 1),
                               &error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
    struct neighbours *set = neighbours_new(dataset->train.images, 3000, &basis, pool, NULL, NULL);
    assert_false(
        neighbours_closest(set, set, 5, pairs, &found, pool, fixture_watch(&watch, 3), &error));
    assert_int_equal(watch.ticks, 3);
    assert_false(
        neighbours_nearest(set, members, 3000, 1, near, pool, fixture_watch(&watch, 2), &error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
    neighbours_free(&set);
    pca_release(&basis);
    free(near);
    thread_pool_free(&pool);
    dataset_free(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_closest),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_on_mnist),
        cmocka_unit_test(test_no_limit_excludes_wrongly),
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
