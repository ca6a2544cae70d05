/*
 * Proves: both lists are ascending and together contain each image once; each class contributes its
 * share to within one image, and the shares add up; the same seed gives the same split, another
 * seed a different one; 0 and the maximum number of held-out images work, one more is refused. On
 * MNIST: the shares of 5,000 by hand, and the first indices of the split, which must never change,
 * since the recorded notebooks depend on them.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/split.h"

static void assert_partition(const struct split *split, int count)
{
    assert_int_equal(split->train_count + split->validation_count, count);
    int t = 0, v = 0;
    for (int i = 0; i < count; i++) {
        if (t < split->train_count && split->train[t] == (uint32_t)i)
            t++;
        else if (v < split->validation_count && split->validation[v] == (uint32_t)i)
            v++;
        else
            fail_msg("image %d is in neither list, or the lists are out of order", i);
    }
}

static void test_partition_and_shares(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    uint8_t labels[COUNT];
    int class_count[10] = {0};
    for (int i = 0; i < COUNT; i++) {
        labels[i] = (uint8_t)(i * i % 7 + (i % 11 == 0) * 3);
        class_count[labels[i]]++;
    }
    for (int wanted = 0; wanted < COUNT; wanted += 37) {
        struct split split;
        assert_true(split_make(&split, labels, COUNT, wanted, 5, NULL));
        assert_int_equal(split.validation_count, wanted);
        assert_partition(&split, COUNT);
        int held[10] = {0};
        for (int i = 0; i < wanted; i++)
            held[labels[split.validation[i]]]++;
        for (int c = 0; c < 10; c++) {
            double share = (double)class_count[c] * wanted / COUNT;
            assert_true(held[c] > share - 1 && held[c] < share + 1);
        }
        split_release(&split);
    }
}

static void test_seeds(void **state)
{
    (void)state;
    uint8_t labels[500];
    for (int i = 0; i < 500; i++)
        labels[i] = (uint8_t)(i % 10);
    struct split a, b, c;
    assert_true(split_make(&a, labels, 500, 100, 1, NULL));
    assert_true(split_make(&b, labels, 500, 100, 1, NULL));
    assert_true(split_make(&c, labels, 500, 100, 2, NULL));
    assert_memory_equal(a.validation, b.validation, 100 * sizeof(uint32_t));
    assert_memory_not_equal(a.validation, c.validation, 100 * sizeof(uint32_t));
    split_release(&a);
    split_release(&b);
    split_release(&c);
}

static void test_edges(void **state)
{
    (void)state;
    static const uint8_t labels[] = {3, 3, 7};
    struct split split;
    struct error error;
    assert_true(split_make(&split, labels, 3, 0, 1, &error));
    assert_int_equal(split.validation_count, 0);
    split_release(&split);
    assert_true(split_make(&split, labels, 3, 2, 1, &error));
    assert_partition(&split, 3);
    split_release(&split);
    assert_null(split.train);
    assert_false(split_make(&split, labels, 3, 3, 1, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    fixture_assert_contains(error.text, "0 to 2 of the 3 training images, not 3");
    assert_false(split_make(&split, labels, 3, -1, 1, &error));
    assert_null(split.validation);
    assert_true(split_make(&split, labels, 1, 0, 1, &error));
    split_release(&split);
}

static void test_mnist(void **state)
{
    (void)state;
    /* 5,000 * class / 60,000: 493.58 561.83 496.5 510.92 486.83 451.75 493.17 522.08 487.58
       495.75 */
    static const int shares[] = {494, 562, 496, 511, 487, 452, 493, 522, 487, 496};
    struct dataset *mnist = fixture_mnist();
    struct split split;
    assert_true(split_make(&split, mnist->train.labels, 60000, 5000, 1, NULL));
    assert_partition(&split, 60000);
    int held[10] = {0};
    for (int i = 0; i < 5000; i++)
        held[mnist->train.labels[split.validation[i]]]++;
    assert_memory_equal(held, shares, sizeof shares);
    static const uint32_t first[] = {3, 12, 14, 32, 50};
    assert_memory_equal(split.validation, first, sizeof first);
    split_release(&split);
    dataset_free(&mnist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partition_and_shares),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
