/*
 * Proves: positions give the right images, labels and floats, with and without a list of items; an
 * item is the same in every batch, and equals augment_image followed by the table; epoch 0, epochs
 * from clean_from on and a config without augmentation do not augment; epochs differ; several
 * threads may call data_loader_fill at once.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/data_loader.h"

enum { COUNT = 60, SIDE = 9, SIZE = SIDE * SIDE };

struct test_data {
    struct dataset *dataset;
    struct normalization normalization;
    struct data_loader_config config;
};

static struct test_data make_test_data(void)
{
    struct test_data test_data = {.dataset = fixture_dataset(COUNT, 1, SIDE, SIDE, 4)};
    normalization_fit(&test_data.normalization, test_data.dataset->train.images, SIZE, NULL, COUNT);
    test_data.config = (struct data_loader_config){.images = test_data.dataset->train.images,
                                                   .labels = test_data.dataset->train.labels,
                                                   .rows = SIDE,
                                                   .columns = SIDE,
                                                   .count = COUNT,
                                                   .seed = 7};
    return test_data;
}

static struct data_loader *new_loader(struct test_data *test_data)
{
    test_data->config.normalization = &test_data->normalization;
    struct data_loader *loader = data_loader_new(&test_data->config, NULL);
    assert_non_null(loader);
    return loader;
}

static void assert_image(const struct test_data *test_data, const float *x, const uint8_t *image)
{
    for (int i = 0; i < SIZE; i++)
        assert_true(x[i] == test_data->normalization.table[image[i]]);
}

static void test_plain(void **state)
{
    (void)state;
    static const uint32_t items[] = {50, 3, 17, 3}, positions[] = {3, 0, 2};
    struct test_data test_data = make_test_data();
    struct data_loader *loader = new_loader(&test_data);
    float x[3 * SIZE];
    uint8_t labels[3];
    assert_int_equal(data_loader_count(loader), COUNT);
    data_loader_fill(loader, x, labels, positions, 3, 1);
    for (int i = 0; i < 3; i++) {
        assert_image(
            &test_data, x + i * SIZE,
            dataset_image(test_data.dataset, &test_data.dataset->train, (int)positions[i]));
        assert_int_equal(labels[i], positions[i] % 10);
    }
    data_loader_free(&loader);
    assert_null(loader);
    data_loader_free(&loader);

    test_data.config.items = items;
    test_data.config.count = 4;
    loader = new_loader(&test_data);
    assert_int_equal(data_loader_count(loader), 4);
    assert_int_equal(data_loader_image_index(loader, 2), 17);
    data_loader_fill(loader, x, NULL, positions, 3, 1);
    assert_image(&test_data, x, dataset_image(test_data.dataset, &test_data.dataset->train, 3));
    assert_image(&test_data, x + SIZE,
                 dataset_image(test_data.dataset, &test_data.dataset->train, 50));
    data_loader_fill(loader, x, labels, positions, 0, 1);
    data_loader_free(&loader);
    dataset_free(&test_data.dataset);
}

static void test_augmented(void **state)
{
    (void)state;
    static const uint32_t items[] = {50, 3, 17}, positions[] = {2};
    struct test_data test_data = make_test_data();
    test_data.config.items = items;
    test_data.config.count = 3;
    test_data.config.augment = (struct augment_config){.rotate = 15, .shift = 2, .elastic = 1};
    test_data.config.clean_from = 5;
    struct data_loader *loader = new_loader(&test_data);
    const uint8_t *image = dataset_image(test_data.dataset, &test_data.dataset->train, 17);
    float x[SIZE], before[SIZE] = {0};
    uint8_t changed[SIZE], label;
    for (int epoch = 0; epoch <= 6; epoch++) {
        data_loader_fill(loader, x, &label, positions, 1, epoch);
        assert_int_equal(label, 7);
        augment_image(&test_data.config.augment, changed, image, SIDE, SIDE, 7, (uint32_t)epoch,
                      17);
        assert_image(&test_data, x, epoch >= 1 && epoch <= 4 ? changed : image);
        if (epoch >= 1 && epoch <= 5)
            assert_memory_not_equal(x, before, sizeof x);
        memcpy(before, x, sizeof x);
    }
    data_loader_free(&loader);
    dataset_free(&test_data.dataset);
}

struct filling {
    struct data_loader *loader;
    float *x;
};

static void fill_task(void *context, int piece, int worker)
{
    (void)worker;
    const struct filling *filling = context;
    uint32_t positions[3] = {(uint32_t)piece * 3, (uint32_t)piece * 3 + 1, (uint32_t)piece * 3 + 2};
    data_loader_fill(filling->loader, filling->x + piece * 3 * SIZE, NULL, positions, 3, 2);
}

static void test_threads_and_batch_sizes(void **state)
{
    (void)state;
    struct test_data test_data = make_test_data();
    test_data.config.augment = (struct augment_config){.rotate = 15, .scale = 0.1, .shear = 10};
    struct data_loader *loader = new_loader(&test_data);
    static float at_once[COUNT * SIZE], in_pieces[COUNT * SIZE];
    uint32_t positions[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        positions[i] = i;
    data_loader_fill(loader, at_once, NULL, positions, COUNT, 2);
    struct thread_pool *pool = thread_pool_new(4, NULL);
    assert_non_null(pool);
    thread_pool_run(pool, fill_task, &(struct filling){loader, in_pieces}, COUNT / 3);
    assert_memory_equal(at_once, in_pieces, sizeof at_once);
    thread_pool_free(&pool);
    data_loader_free(&loader);
    dataset_free(&test_data.dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_augmented),
        cmocka_unit_test(test_threads_and_batch_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
