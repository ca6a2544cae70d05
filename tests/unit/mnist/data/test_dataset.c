/*
 * test_dataset - data sets in folders.
 *
 * Proves: a folder loads with every spelling of its file names, plain and compressed; files that do
 * not fit together, are missing or damaged are refused, and the error names the file; a folder
 * loaded as MNIST must have MNIST's checksums; MNIST has the published counts, labels and
 * checksums; class names are right; dataset.json is applied, and a damaged one refused.
 * test_dataset_hash.c has the tests of the hash.
 */
#include "tests/unit/mnist/data/fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static void assert_refused(void **state, enum dataset_kind kind, const char *one, const char *two)
{
    struct error error;
    struct dataset *dataset = dataset_load(*state, kind, NULL, &error);
    assert_null(dataset);
    fixture_assert_contains(error.text, one);
    fixture_assert_contains(error.text, two);
    dataset_free(&dataset);
}

static void test_file_names(void **state)
{
    for (int way = 0; way < 4; way++) {
        void *folder;
        assert_int_equal(fixture_folder(&folder), 0);
        fixture_write_set(&folder, way & 1, way & 2);
        struct error error;
        struct fixture_watch watch;
        struct dataset *dataset =
            dataset_load(folder, DATASET_ANY, fixture_watch(&watch, 0), &error);
        if (dataset == NULL)
            fail_msg("%s", error.text);
        assert_int_equal(dataset->train.count, 12);
        assert_int_equal(dataset->test.count, 5);
        assert_int_equal(dataset->rows, 4);
        assert_int_equal(dataset->columns, 3);
        assert_int_equal(dataset->train.labels[11], 1);
        assert_int_equal(dataset_image(dataset, &dataset->test, 2)[1], 25);
        assert_false(dataset->checked);
        assert_string_equal(dataset->name, strrchr(folder, '/') + 1);
        assert_string_equal(dataset->note, "");
        assert_string_equal(dataset_class_name(dataset, 7), "7");
        dataset_free(&dataset);
        dataset_free(&dataset);
        assert_int_equal(fixture_remove(&folder), 0);
    }
    (void)state;
}

/* Each file in a folder of its own name, as Kaggle unpacks them, in any spelling; a file beside
   such a folder is preferred. */
static void test_folders_named_like_files(void **state)
{
    static const char *const stems[] = {"train-images", "train-labels", "t10k-images",
                                        "t10k-labels"};
    (void)state;
    for (int way = 0; way < 8; way++) {
        void *folder;
        struct error error;
        assert_int_equal(fixture_folder(&folder), 0);
        fixture_write_set(&folder, way & 1, way & 2);
        for (int i = 0; i < 4; i++) {
            char file[64], subfolder[64], moved[160];
            snprintf(file, sizeof file, "%s%cidx%d-ubyte%s", stems[i], way & 1 ? '.' : '-',
                     i % 2 == 0 ? 3 : 1, way & 2 ? ".gz" : "");
            snprintf(subfolder, sizeof subfolder, "%s%cidx%d-ubyte", stems[i], way & 4 ? '.' : '-',
                     i % 2 == 0 ? 3 : 1);
            snprintf(moved, sizeof moved, "%s/%s", subfolder, file);
            assert_int_equal(rename(fixture_path(&folder, file), fixture_path(&folder, "aside")),
                             0);
            assert_int_equal(mkdir(fixture_path(&folder, subfolder), 0777), 0);
            assert_int_equal(rename(fixture_path(&folder, "aside"), fixture_path(&folder, moved)),
                             0);
        }
        struct dataset *dataset = dataset_load(folder, DATASET_ANY, NULL, &error);
        if (dataset == NULL)
            fail_msg("%s", error.text);
        assert_int_equal(dataset->train.count, 12);
        assert_int_equal(dataset->test.count, 5);
        dataset_free(&dataset);
        fixture_write_set(&folder, way < 4, true);
        dataset = dataset_load(folder, DATASET_ANY, NULL, &error);
        if (dataset == NULL)
            fail_msg("%s", error.text);
        dataset_free(&dataset);
        assert_int_equal(fixture_remove(&folder), 0);
    }
}

static void test_missing_files(void **state)
{
    struct error error;
    assert_null(dataset_load("/no/such/folder", DATASET_ANY, NULL, &error));
    fixture_assert_contains(error.text, "/no/such/folder: expected a folder with four IDX files");
    fixture_assert_contains(
        error.text, "with four IDX files, but it cannot be opened: No such file or directory");
    assert_null(dataset_load("", DATASET_ANY, NULL, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    char name[DATASET_FOLDER_SIZE + 1];
    memset(name, 'x', DATASET_FOLDER_SIZE);
    name[DATASET_FOLDER_SIZE] = '\0';
    assert_null(dataset_load(name, DATASET_ANY, NULL, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    fixture_write_set(state, false, false);
    unlink(fixture_path(state, "t10k-labels-idx1-ubyte"));
    assert_refused(state, DATASET_ANY, "t10k-labels-idx1-ubyte: this file does not exist", "");
}

static void test_files_that_do_not_fit_together(void **state)
{
    size_t size;
    fixture_write_set(state, false, false);
    uint8_t *labels = fixture_labels(4, &size);
    fixture_write(fixture_path(state, "t10k-labels-idx1-ubyte"), labels, size);
    free(labels);
    assert_refused(state, DATASET_ANY, "t10k-labels-idx1-ubyte: at byte 4: expected 5 labels",
                   "t10k-images-idx3-ubyte has as many images, found 4");
    fixture_write_set(state, false, false);
    uint8_t *images = fixture_images(5, 3, 4, &size);
    fixture_write(fixture_path(state, "t10k-images-idx3-ubyte"), images, size);
    free(images);
    assert_refused(state, DATASET_ANY, "t10k-images-idx3-ubyte: at byte 8: expected 4 x 3",
                   "found 3 x 4");
}

/* Only the test set may be empty, with any rows and columns. */
static void test_empty_parts(void **state)
{
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
    struct error error;
    size_t size;
    fixture_write_set(state, false, false);
    for (int i = 2; i < 4; i++) {
        uint8_t *bytes = i == 2 ? fixture_images(0, 0, 0, &size) : fixture_labels(0, &size);
        fixture_write(fixture_path(state, names[i]), bytes, size);
        free(bytes);
    }
    struct dataset *dataset = dataset_load(*state, DATASET_ANY, NULL, &error);
    if (dataset == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(dataset->train.count, 12);
    assert_int_equal(dataset->test.count, 0);
    assert_int_equal(dataset->rows, 4);
    assert_int_equal(dataset->columns, 3);
    assert_int_equal(strlen(dataset_hash(dataset)), 64);
    dataset_free(&dataset);
    for (int i = 0; i < 2; i++) {
        uint8_t *bytes = i == 0 ? fixture_images(0, 4, 3, &size) : fixture_labels(0, &size);
        fixture_write(fixture_path(state, names[i]), bytes, size);
        free(bytes);
    }
    assert_refused(state, DATASET_ANY, "train-images-idx3-ubyte: the file contains no images",
                   "only the test set may be empty");
}

static void test_files_of_another_set(void **state)
{
    fixture_write_set(state, false, false);
    assert_refused(state, DATASET_MNIST, "not the published file of mnist",
                   "expected 47040016 bytes, found 160");
    assert_refused(state, DATASET_FASHION, "not the published file of fashion",
                   "`load` the folder by its path");
}

/* The published sizes with one pixel changed are detected by the checksum. */
static void test_changed_pixel(void **state)
{
    struct dataset *mnist = fixture_mnist();
    struct error error;
    uint8_t *changed = malloc(mnist->files[0].size);
    assert_non_null(changed);
    memcpy(changed, mnist->train.images, mnist->files[0].size);
    changed[1000000] ^= 1;
    assert_true(idx_write_images(fixture_path(state, "train-images-idx3-ubyte"), changed, 60000, 28,
                                 28, &error));
    assert_true(idx_write_labels(fixture_path(state, "train-labels-idx1-ubyte"),
                                 mnist->train.labels, 60000, &error));
    assert_true(idx_write_images(fixture_path(state, "t10k-images-idx3-ubyte"), mnist->test.images,
                                 10000, 28, 28, &error));
    assert_true(idx_write_labels(fixture_path(state, "t10k-labels-idx1-ubyte"), mnist->test.labels,
                                 10000, &error));
    free(changed);
    dataset_free(&mnist);
    assert_refused(state, DATASET_MNIST,
                   "train-images-idx3-ubyte: this is not the published file of mnist",
                   "expected SHA-256 ba891046");
    struct dataset *unknown = dataset_load(*state, DATASET_ANY, NULL, &error);
    assert_non_null(unknown);
    assert_false(unknown->checked);
    dataset_free(&unknown);
}

/* Counts by class: the tables of the data set's publication. */
static void test_mnist(void **state)
{
    (void)state;
    static const int train[] = {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
    static const int test[] = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};
    static const uint8_t first[] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4};
    struct dataset *mnist = fixture_mnist();
    assert_string_equal(mnist->name, "mnist");
    assert_true(mnist->checked);
    assert_int_equal(mnist->train.count, 60000);
    assert_int_equal(mnist->test.count, 10000);
    assert_int_equal(mnist->rows, 28);
    assert_int_equal(mnist->columns, 28);
    int count[2][10] = {{0}};
    for (int i = 0; i < 60000; i++)
        count[0][mnist->train.labels[i]]++;
    for (int i = 0; i < 10000; i++)
        count[1][mnist->test.labels[i]]++;
    assert_memory_equal(count[0], train, sizeof train);
    assert_memory_equal(count[1], test, sizeof test);
    assert_memory_equal(mnist->train.labels, first, sizeof first);
    dataset_free(&mnist);
    struct error error;
    mnist = dataset_load("data/raw/", DATASET_ANY, NULL, &error); /* recognised by its checksum */
    assert_non_null(mnist);
    assert_string_equal(mnist->name, "mnist");
    assert_int_equal(mnist->kind, DATASET_MNIST);
    dataset_free(&mnist);
}

static void test_fashion(void **state)
{
    (void)state;
    if (access("data/fashion", R_OK) != 0)
        skip();
    struct error error;
    struct dataset *fashion = dataset_load("data/fashion", DATASET_ANY, NULL, &error);
    if (fashion == NULL)
        fail_msg("%s", error.text);
    assert_string_equal(fashion->name, "fashion");
    assert_true(fashion->checked);
    assert_string_equal(dataset_class_name(fashion, 0), "T-shirt/top");
    assert_string_equal(dataset_class_name(fashion, 9), "Ankle boot");
    dataset_free(&fashion);
    assert_null(dataset_load("data/fashion", DATASET_MNIST, NULL, &error));
    fixture_assert_contains(error.text, "not the published file of mnist");
}

static void test_interrupt(void **state)
{
    (void)state;
    dataset_free(&(struct dataset *){fixture_mnist()});
    struct fixture_watch watch;
    struct error error;
    assert_null(dataset_load("data/raw", DATASET_ANY, fixture_watch(&watch, 3), &error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
    assert_int_equal(watch.ticks, 3);
}

static void test_in_memory(void **state)
{
    (void)state;
    struct dataset *dataset = fixture_dataset(20, 10, 5, 7, 1);
    assert_int_equal(dataset_image_size(dataset), 35);
    assert_string_equal(dataset->folder, "");
    dataset_images(dataset, &dataset->train)[35] = 77;
    assert_int_equal(dataset_image(dataset, &dataset->train, 1)[0], 77);
    dataset_free(&dataset);
}

static void test_dataset_json(void **state)
{
    static const char good[] =
        "{\"format\": \"mnist-dataset\", \"version\": 1, \"source\": \"fashion\", "
        "\"classes\": \"fashion\", \"deskew\": true, \"crop\": 4, \"normalize\": false, "
        "\"validation\": 0, \"seed\": 1, \"note\": \"deskew, crop 4\", \"newer\": 3}";
    fixture_write_set(state, false, false);
    const char *path = fixture_path(state, "dataset.json");
    fixture_write(path, good, strlen(good));
    struct error error;
    struct dataset *dataset = dataset_load(*state, DATASET_ANY, NULL, &error);
    if (dataset == NULL)
        fail_msg("%s", error.text);
    assert_string_equal(dataset_class_name(dataset, 1), "Trouser");
    assert_string_equal(dataset->note, "deskew, crop 4");
    assert_false(dataset->checked);
    dataset_free(&dataset);
    for (size_t cut = 0; cut < strlen(good); cut++) {
        fixture_write(path, good, cut);
        assert_refused(state, DATASET_ANY, "dataset.json: line", "expected JSON");
    }
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_file_names),
        cmocka_unit_test(test_folders_named_like_files),
        test(test_missing_files),
        test(test_files_that_do_not_fit_together),
        test(test_empty_parts),
        test(test_files_of_another_set),
        test(test_changed_pixel),
        cmocka_unit_test(test_mnist),
        cmocka_unit_test(test_fashion),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_in_memory),
        test(test_dataset_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
