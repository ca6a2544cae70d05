/*
 * test_dataset_hash - the hash of a data set.
 *
 * Proves: it depends on every pixel, label and dimension, and on nothing else, such as names,
 * folders or compression. The expected hashes of the published sets are from Python's hashlib.
 */
#include "tests/unit/mnist/data/fixture.h"

#include <unistd.h>

static void copy_hash(char hex[SHA256_HEX_SIZE], const char *folder)
{
    struct error error;
    struct dataset *dataset = dataset_load(folder, DATASET_ANY, NULL, &error);
    if (dataset == NULL)
        fail_msg("%s", error.text);
    snprintf(hex, SHA256_HEX_SIZE, "%s", dataset_hash(dataset));
    assert_string_equal(dataset_hash(dataset), hex);
    assert_string_equal(dataset_source_hash(dataset), hex);
    dataset_free(&dataset);
}

/* Computed with Python's hashlib from the definition in dataset.h. */
static void test_hash_of_published_sets(void **state)
{
    (void)state;
    char hex[SHA256_HEX_SIZE];
    dataset_free(&(struct dataset *){fixture_mnist()});
    copy_hash(hex, "data/raw");
    assert_string_equal(hex, "ac89dbc26b7b0b5f68ff586bc0579a0c16e78b3436b0c71ccdd0169cbebf9ff7");
    if (access("data/fashion", R_OK) != 0)
        skip();
    copy_hash(hex, "data/fashion");
    assert_string_equal(hex, "7b0688d0999122d67a4eb2b95499a3bf7c5afbfaef15b7295b9f619d9e48a0bc");
}

static void test_hash_ignores_names_and_packing(void **state)
{
    (void)state;
    char first[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];
    for (int way = 0; way < 4; way++) {
        void *folder;
        assert_int_equal(fixture_folder(&folder), 0);
        fixture_write_set(&folder, way & 1, way & 2);
        copy_hash(way == 0 ? first : other, folder);
        if (way > 0)
            assert_string_equal(other, first);
        assert_int_equal(fixture_remove(&folder), 0);
    }
}

/* One bit of each file changed, both parts exchanged, rows and columns exchanged: all hashes
   differ. */
static void test_hash_depends_on_content(void **state)
{
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
    enum { SETS = 7 };
    char hashes[SETS][SHA256_HEX_SIZE];
    size_t size;
    fixture_write_set(state, false, false);
    copy_hash(hashes[0], *state);
    for (int i = 0; i < 4; i++) {
        uint8_t *bytes = fixture_read(fixture_path(state, names[i]), &size);
        bytes[size - 1] ^= 1;
        fixture_write(fixture_path(state, names[i]), bytes, size);
        copy_hash(hashes[i + 1], *state);
        bytes[size - 1] ^= 1;
        fixture_write(fixture_path(state, names[i]), bytes, size);
        free(bytes);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rename(fixture_path(state, names[i]), fixture_path(state, "aside")), 0);
        assert_int_equal(rename(fixture_path(state, names[i + 2]), fixture_path(state, names[i])),
                         0);
        assert_int_equal(rename(fixture_path(state, "aside"), fixture_path(state, names[i + 2])),
                         0);
    }
    copy_hash(hashes[5], *state);
    fixture_write_set(state, false, false);
    for (int i = 0; i < 4; i += 2) {
        uint8_t *bytes = fixture_images(i == 0 ? 12 : 5, 3, 4, &size);
        fixture_write(fixture_path(state, names[i]), bytes, size);
        free(bytes);
    }
    copy_hash(hashes[6], *state);
    for (int i = 0; i < SETS; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(hashes[i], hashes[j]);
}

/* The hash is the same in memory and in a folder; after dataset_edit every change changes it. */
static void test_hash_after_an_edit(void **state)
{
    struct dataset *made = fixture_dataset(12, 5, 4, 3, 1), *loaded;
    char before[SHA256_HEX_SIZE];
    struct error error;
    const struct dataset_part *parts[] = {&made->train, &made->test};
    static const char *const images[] = {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte"};
    static const char *const labels[] = {"train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"};
    for (int i = 0; i < 2; i++) {
        assert_true(idx_write_images(fixture_path(state, images[i]), parts[i]->images,
                                     parts[i]->count, 4, 3, &error));
        assert_true(idx_write_labels(fixture_path(state, labels[i]), parts[i]->labels,
                                     parts[i]->count, &error));
    }
    loaded = dataset_load(*state, DATASET_ANY, NULL, &error);
    assert_non_null(loaded);
    snprintf(before, sizeof before, "%s", dataset_hash(loaded));
    assert_string_equal(dataset_hash(made), before);
    assert_true(dataset_edit(loaded, &error));
    uint8_t *pixel = (uint8_t *)(uintptr_t)loaded->test.images;
    for (int time = 0; time < 2; time++) {
        pixel[time] ^= 1;
        assert_string_not_equal(dataset_hash(loaded), before);
    }
    pixel[0] ^= 1;
    pixel[1] ^= 1;
    assert_string_equal(dataset_hash(loaded), before);
    dataset_free(&loaded);
    dataset_free(&made);
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_of_published_sets),
        test(test_hash_ignores_names_and_packing),
        test(test_hash_depends_on_content),
        test(test_hash_after_an_edit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
