/*
 * Proves: the same seed gives the same images, another seed different ones; they have about as much
 * ink as MNIST's, an empty margin, and every label.
 */
#include "mnist/data/synthetic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { TRAIN = 500, TEST = 20, PIXELS = SYNTHETIC_SIDE * SYNTHETIC_SIDE };

static struct dataset *make(uint64_t seed)
{
    struct error error;
    struct dataset *dataset = synthetic_new(TRAIN, TEST, seed, &error);
    if (dataset == NULL)
        fail_msg("%s", error.text);
    return dataset;
}

static void a_seed_is_a_data_set(void **state)
{
    (void)state;
    struct dataset *a = make(1), *b = make(1), *c = make(2);
    assert_int_equal(a->train.count, TRAIN);
    assert_int_equal(a->test.count, TEST);
    assert_string_equal(a->name, "synthetic");
    assert_false(a->checked);
    assert_memory_equal(a->train.images, b->train.images, TRAIN * PIXELS);
    assert_memory_equal(a->test.images, b->test.images, TEST * PIXELS);
    assert_memory_equal(a->train.labels, b->train.labels, TRAIN);
    assert_memory_not_equal(a->train.images, c->train.images, TRAIN * PIXELS);
    assert_memory_not_equal(a->train.images, a->test.images, TEST * PIXELS);
    dataset_free(&a);
    dataset_free(&b);
    dataset_free(&c);
}

static void as_much_ink_as_mnist(void **state)
{
    (void)state;
    struct dataset *dataset = make(1);
    long inked = 0, sum = 0;
    int classes[DATASET_CLASSES] = {0};
    for (int i = 0; i < TRAIN; i++) {
        const uint8_t *image = dataset_image(dataset, &dataset->train, i);
        for (int p = 0; p < PIXELS; p++) {
            int row = p / SYNTHETIC_SIDE, col = p % SYNTHETIC_SIDE;
            inked += image[p] > 0;
            sum += image[p];
            if (row < 4 || row > 23 || col < 4 || col > 23)
                assert_int_equal(image[p], 0);
        }
        classes[dataset->train.labels[i]]++;
    }
    /* MNIST: 19.1 % and 33.3 */
    assert_in_range(1000 * inked / (TRAIN * PIXELS), 150, 230);
    assert_in_range(sum / (TRAIN * PIXELS), 25, 42);
    for (int i = 0; i < DATASET_CLASSES; i++)
        assert_in_range(classes[i], 20, 90);
    dataset_free(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_is_a_data_set),
        cmocka_unit_test(as_much_ink_as_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
