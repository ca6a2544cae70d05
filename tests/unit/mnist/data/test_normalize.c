/*
 * Proves: mean and sd by hand, over the selected images only; normalised pixels have mean 0 and sd
 * 1; images without contrast do not cause a division by 0; plain is byte / 255; MNIST's mean and sd
 * are the known 33.318 and 78.567.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/normalize.h"

#include <math.h>

static void test_by_hand(void **state)
{
    (void)state;
    static const uint8_t images[] = {0, 0, 10, 30, 255, 255};
    static const uint32_t items[] = {0, 1};
    struct normalization n;
    normalization_fit(&n, images, 2, items, 2);
    assert_true(n.mean == 10);
    assert_true(fabs(n.sd - sqrt(150)) < 1e-12); /* (100 + 100 + 0 + 400) / 4 */
    assert_true(n.table[10] == 0);
    assert_true(fabs((double)n.table[30] - 20 / sqrt(150)) < 1e-6);
    normalization_fit(&n, images, 2, NULL, 3);
    assert_true(fabs(n.mean - 550.0 / 6) < 1e-12);
}

static void test_law(void **state)
{
    (void)state;
    struct dataset *dataset = fixture_dataset(101, 3, 5, 5, 2);
    struct normalization n;
    normalization_fit(&n, dataset->train.images, 25, NULL, 101);
    float x[101 * 25];
    normalize_bytes(&n, x, dataset->train.images, 101 * 25);
    double sum = 0, squares = 0;
    for (int i = 0; i < 101 * 25; i++) {
        sum += (double)x[i];
        squares += (double)x[i] * (double)x[i];
    }
    assert_true(fabs(sum / (101 * 25)) < 1e-6);
    assert_true(fabs(squares / (101 * 25) - 1) < 1e-6);
    dataset_free(&dataset);
}

static void test_no_contrast(void **state)
{
    (void)state;
    static const uint8_t grey[] = {7, 7, 7, 7};
    struct normalization n;
    normalization_fit(&n, grey, 1, NULL, 4);
    assert_true(n.mean == 7 && n.sd == 1);
    assert_true(n.table[7] == 0 && n.table[8] == 1);
}

static void test_plain_and_set(void **state)
{
    (void)state;
    struct normalization n;
    normalization_plain(&n);
    assert_true(n.table[0] == 0 && n.table[255] == 1 && n.table[51] == 0.2f);
    normalization_set(&n, 100, 50);
    assert_true(n.table[0] == -2 && n.table[200] == 2);
}

static void test_mnist(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    struct normalization n;
    normalization_fit(&n, mnist->train.images, 784, NULL, 60000);
    assert_true(fabs(n.mean - 33.318421) < 1e-6); /* 0.1306604 * 255 */
    assert_true(fabs(n.sd - 78.567490) < 1e-6);   /* 0.3081078 * 255 */
    dataset_free(&mnist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),     cmocka_unit_test(test_law),
        cmocka_unit_test(test_no_contrast), cmocka_unit_test(test_plain_and_set),
        cmocka_unit_test(test_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
