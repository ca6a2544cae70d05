/*
 * Proves: a two-dimensional case by hand, including the sign; on random images: orthonormal
 * vectors, C v = lambda v with C computed directly in double precision, descending variances that
 * add up to the total, projections with mean 0 and the variances of the components; the same bits
 * with 1 to 4 threads; MNIST's explained variance ratios as in scikit-learn; limits and interrupts.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/pca.h"

#include <math.h>

static void test_by_hand(void **state)
{
    (void)state;
    /* On the line y = x / 2 around (20, 10), and one step across it. */
    static const uint8_t points[] = {10, 5, 30, 15, 19, 12, 21, 8};
    struct thread_pool *pool = thread_pool_new(1, NULL);
    struct pca pca;
    assert_true(pca_fit(&pca, points, 4, 2, 2, pool, NULL, NULL));
    assert_true(pca.mean[0] == 20 && pca.mean[1] == 10);
    /* Scatter: along (2, 1): 2 * 125 = 250; across, along (-1, 2): 2 * 5 = 10; no mixture. */
    assert_true(fabs(pca.variance[0] - 250 / 3.0) < 1e-9);
    assert_true(fabs(pca.variance[1] - 10 / 3.0) < 1e-9);
    assert_true(fabs(pca.ratio[0] - 25 / 26.0) < 1e-12);
    assert_true(fabs(pca.total - 260 / 3.0) < 1e-9);
    const double expected[] = {2, 1, -1, 2};
    for (int i = 0; i < 4; i++)
        assert_true(fabs(pca.vectors[i] - expected[i] / sqrt(5)) < 1e-12);
    float y[8];
    assert_true(pca_project(&pca, y, points, 4, pool, NULL, NULL));
    const double projected[] = {-sqrt(125), 0, sqrt(125), 0, 0, sqrt(5), 0, -sqrt(5)};
    for (int i = 0; i < 8; i++)
        assert_true(fabs((double)y[i] - projected[i]) < 1e-5);
    pca_release(&pca);
    pca_release(&pca);
    thread_pool_free(&pool);
}

enum { COUNT = 700, SIZE = 35, KEPT = 12 };

static void make_covariance(double c[SIZE][SIZE], const uint8_t *x)
{
    double mean[SIZE] = {0};
    for (int n = 0; n < COUNT; n++)
        for (int d = 0; d < SIZE; d++)
            mean[d] += x[n * SIZE + d] / (double)COUNT;
    for (int d = 0; d < SIZE; d++)
        for (int e = 0; e < SIZE; e++) {
            c[d][e] = 0;
            for (int n = 0; n < COUNT; n++)
                c[d][e] += (x[n * SIZE + d] - mean[d]) * (x[n * SIZE + e] - mean[e]) / (COUNT - 1);
        }
}

static void assert_components(const struct pca *pca, double c[SIZE][SIZE])
{
    for (int k = 0; k < KEPT; k++) {
        const double *v = pca->vectors + k * SIZE;
        double largest = 0;
        for (int d = 0; d < SIZE; d++) {
            double cv = 0;
            for (int e = 0; e < SIZE; e++)
                cv += c[d][e] * v[e];
            assert_true(fabs(cv - pca->variance[k] * v[d]) < 1e-8 * pca->total);
            largest = fabs(v[d]) > fabs(largest) ? v[d] : largest;
        }
        assert_true(largest > 0);
        for (int j = 0; j <= k; j++) {
            double product = 0;
            for (int d = 0; d < SIZE; d++)
                product += v[d] * pca->vectors[j * SIZE + d];
            assert_true(fabs(product - (j == k)) < 1e-10);
        }
        if (k > 0)
            assert_true(pca->variance[k] <= pca->variance[k - 1]);
    }
}

static void assert_projection(const struct pca *pca, const float *y)
{
    for (int k = 0; k < KEPT; k++) {
        double sum = 0, squares = 0;
        for (int n = 0; n < COUNT; n++) {
            sum += (double)y[n * KEPT + k];
            squares += (double)y[n * KEPT + k] * (double)y[n * KEPT + k];
        }
        assert_true(fabs(sum / COUNT) < 1e-3);
        assert_true(fabs(squares / (COUNT - 1) / pca->variance[k] - 1) < 1e-5);
    }
}

static void test_laws(void **state)
{
    (void)state;
    struct dataset *dataset = fixture_dataset(COUNT, 1, 5, 7, 9);
    static double c[SIZE][SIZE];
    make_covariance(c, dataset->train.images);
    struct pca first = {0};
    for (int threads = 1; threads <= 4; threads++) {
        struct thread_pool *pool = thread_pool_new(threads, NULL);
        struct pca pca;
        static float y[COUNT * KEPT];
        assert_true(pca_fit(&pca, dataset->train.images, COUNT, SIZE, KEPT, pool, NULL, NULL));
        assert_components(&pca, c);
        assert_true(pca_project(&pca, y, dataset->train.images, COUNT, pool, NULL, NULL));
        assert_projection(&pca, y);
        if (threads == 1) {
            first = pca;
        } else {
            assert_memory_equal(pca.vectors, first.vectors, KEPT * SIZE * sizeof(double));
            assert_memory_equal(pca.variance, first.variance, KEPT * sizeof(double));
            pca_release(&pca);
        }
        thread_pool_free(&pool);
    }
    pca_release(&first);
    dataset_free(&dataset);
}

static void test_all_components(void **state)
{
    (void)state;
    struct dataset *dataset = fixture_dataset(300, 1, 5, 7, 10);
    struct thread_pool *pool = thread_pool_new(2, NULL);
    struct pca pca;
    assert_true(pca_fit(&pca, dataset->train.images, 300, SIZE, SIZE, pool, NULL, NULL));
    double sum = 0;
    for (int k = 0; k < SIZE; k++)
        sum += pca.ratio[k];
    assert_true(fabs(sum - 1) < 1e-10);
    pca_release(&pca);
    thread_pool_free(&pool);
    dataset_free(&dataset);
}

/* Equal images have variances 0; nothing is divided by 0. */
static void test_no_variance(void **state)
{
    (void)state;
    uint8_t images[12];
    memset(images, 5, sizeof images);
    struct thread_pool *pool = thread_pool_new(1, NULL);
    struct pca pca;
    assert_true(pca_fit(&pca, images, 3, 4, 2, pool, NULL, NULL));
    assert_true(pca.total == 0 && pca.variance[0] == 0 && pca.ratio[0] == 0);
    float y[6];
    assert_true(pca_project(&pca, y, images, 3, pool, NULL, NULL));
    for (int i = 0; i < 6; i++)
        assert_true(y[i] == 0);
    pca_release(&pca);
    thread_pool_free(&pool);
}

static void test_limits_and_stops(void **state)
{
    (void)state;
    struct thread_pool *pool = thread_pool_new(2, NULL);
    struct error error;
    struct pca pca;
    uint8_t *images = calloc(2, PCA_SIZE_MAX + 1);
    assert_non_null(images);
    assert_false(pca_fit(&pca, images, 2, PCA_SIZE_MAX + 1, 2, pool, NULL, &error));
    fixture_assert_contains(error.text, "at most 2048 pixels, but these have 2049");
    free(images);
    struct dataset *dataset = fixture_dataset(2000, 1, 5, 7, 11);
    struct fixture_watch watch;
    assert_false(pca_fit(&pca, dataset->train.images, 2000, SIZE, 3, pool, fixture_watch(&watch, 2),
                         &error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
    assert_null(pca.vectors);
    assert_true(pca_fit(&pca, dataset->train.images, 2000, SIZE, 3, pool, NULL, &error));
    float *y = malloc(2000 * 3 * sizeof *y);
    assert_false(
        pca_project(&pca, y, dataset->train.images, 2000, pool, fixture_watch(&watch, 1), &error));
    free(y);
    pca_release(&pca);
    dataset_free(&dataset);
    thread_pool_free(&pool);
}

/* sklearn.decomposition.PCA(2).fit(X).explained_variance_ratio_ on the 60,000 training images. */
static void test_mnist(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    struct thread_pool *pool = thread_pool_new(0, NULL);
    struct pca pca;
    assert_true(pca_fit(&pca, mnist->train.images, 60000, 784, 2, pool, NULL, NULL));
    assert_true(fabs(pca.ratio[0] - 0.09704664) < 1e-7);
    assert_true(fabs(pca.ratio[1] - 0.07095924) < 1e-7);
    pca_release(&pca);
    thread_pool_free(&pool);
    dataset_free(&mnist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),          cmocka_unit_test(test_laws),
        cmocka_unit_test(test_all_components),   cmocka_unit_test(test_no_variance),
        cmocka_unit_test(test_limits_and_stops), cmocka_unit_test(test_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
