/*
 * Proves: positions lead to the right images, labels and floats, with and without a list of items;
 * the same item is the same whatever the batch, and as augment_image and the table make it; epoch
 * 0, epochs from clean_from on and a config without augmentation leave images as they are; epochs
 * differ; several threads may fill at once.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/data_loader.h"

enum { COUNT = 60, SIDE = 9, SIZE = SIDE * SIDE };

struct parts {
    struct dataset *dataset;
    struct normalization normalization;
    struct data_loader_config config;
};

static struct parts make_parts(void)
{
    struct parts parts = {.dataset = fixture_dataset(COUNT, 1, SIDE, SIDE, 4)};
    normalization_fit(&parts.normalization, parts.dataset->train.images, SIZE, NULL, COUNT);
    parts.config = (struct data_loader_config){.images = parts.dataset->train.images,
                                               .labels = parts.dataset->train.labels,
                                               .rows = SIDE,
                                               .columns = SIDE,
                                               .count = COUNT,
                                               .seed = 7};
    return parts;
}

static struct data_loader *new_batch(struct parts *parts)
{
    parts->config.normalization = &parts->normalization;
    struct data_loader *batch = data_loader_new(&parts->config, NULL);
    assert_non_null(batch);
    return batch;
}

static void assert_image(const struct parts *parts, const float *x, const uint8_t *image)
{
    for (int i = 0; i < SIZE; i++)
        assert_true(x[i] == parts->normalization.table[image[i]]);
}

static void test_plain(void **state)
{
    (void)state;
    static const uint32_t items[] = {50, 3, 17, 3}, positions[] = {3, 0, 2};
    struct parts parts = make_parts();
    struct data_loader *batch = new_batch(&parts);
    float x[3 * SIZE];
    uint8_t labels[3];
    assert_int_equal(data_loader_count(batch), COUNT);
    data_loader_fill(batch, x, labels, positions, 3, 1);
    for (int i = 0; i < 3; i++) {
        assert_image(&parts, x + i * SIZE,
                     dataset_image(parts.dataset, &parts.dataset->train, (int)positions[i]));
        assert_int_equal(labels[i], positions[i] % 10);
    }
    data_loader_free(&batch);
    assert_null(batch);
    data_loader_free(&batch);

    parts.config.items = items;
    parts.config.count = 4;
    batch = new_batch(&parts);
    assert_int_equal(data_loader_count(batch), 4);
    assert_int_equal(data_loader_image_index(batch, 2), 17);
    data_loader_fill(batch, x, NULL, positions, 3, 1);
    assert_image(&parts, x, dataset_image(parts.dataset, &parts.dataset->train, 3));
    assert_image(&parts, x + SIZE, dataset_image(parts.dataset, &parts.dataset->train, 50));
    data_loader_fill(batch, x, labels, positions, 0, 1);
    data_loader_free(&batch);
    dataset_free(&parts.dataset);
}

static void test_augmented(void **state)
{
    (void)state;
    static const uint32_t items[] = {50, 3, 17}, positions[] = {2};
    struct parts parts = make_parts();
    parts.config.items = items;
    parts.config.count = 3;
    parts.config.augment = (struct augment_config){.rotate = 15, .shift = 2, .elastic = 1};
    parts.config.clean_from = 5;
    struct data_loader *batch = new_batch(&parts);
    const uint8_t *image = dataset_image(parts.dataset, &parts.dataset->train, 17);
    float x[SIZE], before[SIZE] = {0};
    uint8_t changed[SIZE], label;
    for (int epoch = 0; epoch <= 6; epoch++) {
        data_loader_fill(batch, x, &label, positions, 1, epoch);
        assert_int_equal(label, 7);
        augment_image(&parts.config.augment, changed, image, SIDE, SIDE, 7, (uint32_t)epoch, 17);
        assert_image(&parts, x, epoch >= 1 && epoch <= 4 ? changed : image);
        if (epoch >= 1 && epoch <= 5)
            assert_memory_not_equal(x, before, sizeof x);
        memcpy(before, x, sizeof x);
    }
    data_loader_free(&batch);
    dataset_free(&parts.dataset);
}

struct filling {
    struct data_loader *batch;
    float *x;
};

static void fill_piece(void *context, int piece, int worker)
{
    (void)worker;
    const struct filling *filling = context;
    uint32_t positions[3] = {(uint32_t)piece * 3, (uint32_t)piece * 3 + 1, (uint32_t)piece * 3 + 2};
    data_loader_fill(filling->batch, filling->x + piece * 3 * SIZE, NULL, positions, 3, 2);
}

static void test_threads_and_batch_sizes(void **state)
{
    (void)state;
    struct parts parts = make_parts();
    parts.config.augment = (struct augment_config){.rotate = 15, .scale = 0.1, .shear = 10};
    struct data_loader *batch = new_batch(&parts);
    static float at_once[COUNT * SIZE], in_pieces[COUNT * SIZE];
    uint32_t positions[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        positions[i] = i;
    data_loader_fill(batch, at_once, NULL, positions, COUNT, 2);
    struct thread_pool *pool = thread_pool_new(4, NULL);
    assert_non_null(pool);
    thread_pool_run(pool, fill_piece, &(struct filling){batch, in_pieces}, COUNT / 3);
    assert_memory_equal(at_once, in_pieces, sizeof at_once);
    thread_pool_free(&pool);
    data_loader_free(&batch);
    dataset_free(&parts.dataset);
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
