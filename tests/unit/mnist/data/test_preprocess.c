/*
 * Proves: a crop keeps the centre, and counts the ink that it removes, by hand; deskewing makes a
 * slanted stroke upright, does not change an upright, an empty and a flat one, keeps the centre of
 * ink, and brings m_11 near 0; one image and a data set get the same bytes, with any number of
 * threads; a saved data set loads again with its note; an interrupt, a wrong size and a folder that
 * is not writable change nothing.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/dataset_json.h"
#include "mnist/data/preprocess.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_crop_by_hand(void **state)
{
    (void)state;
    static const uint8_t in[] = {0,      0, 0, 0, 0, /**/ 0, 1, 2, 3, 9,
                                 /**/ 0, 4, 5, 6, 0, /**/ 0, 7, 8, 9, 0};
    uint8_t out[20];
    struct preprocess_config config = {.crop = 2}; /* rows 1..2, columns 1..2 of 4 x 5 */
    preprocess_image(&config, out, in, 4, 5);
    static const uint8_t expected[] = {1, 2, 4, 5};
    assert_memory_equal(out, expected, 4);
    assert_int_equal(preprocess_rows(&config, 4), 2);
    assert_int_equal(preprocess_columns(&config, 5), 2);
    config.crop = 0;
    preprocess_image(&config, out, in, 4, 5);
    assert_memory_equal(out, in, 20);
    assert_int_equal(preprocess_columns(&config, 5), 5);
}

static void test_check(void **state)
{
    (void)state;
    struct error error;
    assert_true(preprocess_check(&(struct preprocess_config){.crop = 28}, 28, 30, &error));
    assert_true(preprocess_check(&(struct preprocess_config){0}, 28, 28, &error));
    assert_false(preprocess_check(&(struct preprocess_config){.crop = 29}, 28, 30, &error));
    assert_string_equal(error.text,
                        "crop must be an integer from 1 to 28, the side of the images, not 29");
    assert_false(preprocess_check(&(struct preprocess_config){.crop = -1}, 28, 28, &error));
}

struct shape {
    double ink, i, j, slope;
};

static struct shape measure(const uint8_t *image, int rows, int columns)
{
    struct shape s = {0};
    double m11 = 0, m20 = 0;
    for (int k = 0; k < rows * columns; k++) {
        s.ink += image[k];
        s.i += image[k] * (double)(k / columns);
        s.j += image[k] * (double)(k % columns);
    }
    s.i /= s.ink;
    s.j /= s.ink;
    for (int k = 0; k < rows * columns; k++) {
        m11 += image[k] * (k / columns - s.i) * (k % columns - s.j);
        m20 += image[k] * (k / columns - s.i) * (k / columns - s.i);
    }
    s.slope = m11 / m20;
    return s;
}

/* A diagonal becomes one column: row i of slope 1 moves by whole pixels. */
static void test_deskew_by_hand(void **state)
{
    (void)state;
    uint8_t in[49] = {0}, out[49], upright[49] = {0};
    for (int i = 1; i < 6; i++) {
        in[i * 7 + i] = 200;
        upright[i * 7 + 3] = 200;
    }
    struct preprocess_config config = {.deskew = true};
    preprocess_image(&config, out, in, 7, 7);
    assert_memory_equal(out, upright, 49);
    preprocess_image(&config, out, upright, 7, 7);
    assert_memory_equal(out, upright, 49);
    uint8_t empty[49] = {0}, flat[49] = {0};
    preprocess_image(&config, out, empty, 7, 7);
    assert_memory_equal(out, empty, 49);
    memset(flat + 21, 90, 7);
    preprocess_image(&config, out, flat, 7, 7);
    assert_memory_equal(out, flat, 49);
}

static void test_deskew_law(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    struct preprocess_config config = {.deskew = true};
    double before = 0, after = 0;
    for (int n = 0; n < 1000; n++) {
        uint8_t out[784];
        preprocess_image(&config, out, dataset_image(mnist, &mnist->train, n), 28, 28);
        struct shape in = measure(dataset_image(mnist, &mnist->train, n), 28, 28),
                     now = measure(out, 28, 28);
        assert_true(fabs(now.slope) < 0.06);
        assert_true(fabs(now.i - in.i) < 0.35 && fabs(now.j - in.j) < 0.35);
        before += fabs(in.slope);
        after += fabs(now.slope);
    }
    assert_true(after < before / 50);
    dataset_free(&mnist);
}

static void test_data_set(void **state)
{
    (void)state;
    struct dataset *in = fixture_dataset(1000, 300, 11, 9, 5);
    struct preprocess_config config = {.deskew = true, .crop = 7};
    struct error error;
    for (int threads = 1; threads <= 3; threads++) {
        struct thread_pool *pool = thread_pool_new(threads, &error);
        struct preprocess_report report;
        struct fixture_watch watch;
        struct dataset *out =
            preprocess_apply(&config, in, pool, &report, fixture_watch(&watch, 0), &error);
        assert_non_null(out);
        assert_int_equal(out->rows, 7);
        assert_int_equal(out->columns, 7);
        assert_int_equal(out->train.count, 1000);
        assert_memory_equal(out->test.labels, in->test.labels, 300);
        assert_string_equal(out->note, "deskew, crop 7");
        uint8_t one[49];
        for (int n = 0; n < 1000; n++) {
            preprocess_image(&config, one, dataset_image(in, &in->train, n), 11, 9);
            assert_memory_equal(dataset_image(out, &out->train, n), one, 49);
        }
        preprocess_image(&config, one, dataset_image(in, &in->test, 299), 11, 9);
        assert_memory_equal(dataset_image(out, &out->test, 299), one, 49);
        assert_int_equal(report.images, 1300);
        assert_int_equal(report.lost_ink, 1300);
        assert_true(report.lost_share > 0.3 && report.lost_share < 0.7);
        assert_true(watch.share == 1);
        dataset_free(&out);
        assert_null(preprocess_apply(&config, in, pool, NULL, fixture_watch(&watch, 1), &error));
        assert_int_equal(error.kind, ERROR_INTERRUPTED);
        config.crop = 12;
        assert_null(preprocess_apply(&config, in, pool, NULL, NULL, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        config.crop = 7;
        thread_pool_free(&pool);
    }
    dataset_free(&in);
}

static void test_report_by_hand(void **state)
{
    (void)state;
    struct dataset *in = dataset_new(2, 1, 4, 4, NULL);
    dataset_images(in, &in->train)[0] = 30; /* a corner, which the crop removes */
    dataset_images(in, &in->train)[5] = 90;
    dataset_images(in, &in->test)[10] = 80; /* in the middle */
    struct thread_pool *pool = thread_pool_new(1, NULL);
    struct preprocess_report report;
    struct dataset *out =
        preprocess_apply(&(struct preprocess_config){.crop = 2}, in, pool, &report, NULL, NULL);
    assert_non_null(out);
    assert_int_equal(report.images, 3);
    assert_int_equal(report.lost_ink, 1);
    assert_true(fabs(report.lost_share - 0.15) < 1e-12);
    assert_int_equal(report.deskewed, 0);
    dataset_free(&out);
    dataset_free(&in);
    thread_pool_free(&pool);
}

static const struct preprocess_origin no_origin = {.hash = ""};

static void test_save_and_load(void **state)
{
    struct dataset *in = fixture_dataset(30, 20, 6, 5, 6), *back;
    struct preprocess_config config = {.normalize = true, .deskew = true, .crop = 4};
    struct thread_pool *pool = thread_pool_new(1, NULL);
    struct error error;
    in->kind = DATASET_FASHION;
    struct dataset *out = preprocess_apply(&config, in, pool, NULL, NULL, &error);
    const char *folder = fixture_path(state, "a/new/folder");
    const struct preprocess_origin origin = {
        .hash = dataset_source_hash(in), .validation = 5, .seed = 77};
    for (int again = 0; again < 2; again++) {
        if (!preprocess_save(&config, out, folder, &origin, &error))
            fail_msg("%s", error.text);
        back = dataset_load(folder, DATASET_ANY, NULL, &error);
        if (back == NULL)
            fail_msg("%s", error.text);
        assert_int_equal(back->rows, 4);
        assert_string_equal(back->name, "folder");
        assert_string_equal(back->note, "deskew, crop 4");
        assert_int_equal(back->kind, DATASET_FASHION);
        assert_memory_equal(back->train.images, out->train.images, 30 * 16);
        assert_memory_equal(back->test.images, out->test.images, 20 * 16);
        assert_memory_equal(back->train.labels, out->train.labels, 30);
        assert_string_equal(dataset_hash(back), dataset_hash(out));
        assert_string_not_equal(dataset_hash(back), dataset_hash(in));
        assert_string_equal(dataset_source_hash(back), dataset_hash(in));
        dataset_free(&back);
    }
    struct dataset_json fields;
    bool present;
    assert_true(dataset_json_read(&fields, &present, folder, &error));
    assert_true(present && fields.normalize && fields.deskew);
    assert_int_equal(fields.crop, 4);
    assert_int_equal(fields.validation, 5);
    assert_int_equal(fields.seed, 77);
    dataset_free(&out);
    dataset_free(&in);
    thread_pool_free(&pool);
}

static void test_save_where_it_cannot_be(void **state)
{
    struct dataset *in = fixture_dataset(3, 2, 6, 5, 6);
    struct error error;
    fixture_write(fixture_path(state, "file"), "x", 1);
    assert_false(preprocess_save(&(struct preprocess_config){0}, in, fixture_path(state, "file"),
                                 &no_origin, &error));
    fixture_assert_contains(error.text, "file: expected a folder, found a file");
    assert_false(preprocess_save(&(struct preprocess_config){0}, in, fixture_path(state, "file/in"),
                                 &no_origin, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_false(preprocess_save(&(struct preprocess_config){0}, in, "", &no_origin, &error));
    const struct preprocess_origin large_seed = {.hash = "", .seed = UINT64_MAX};
    assert_false(preprocess_save(&(struct preprocess_config){0}, in, fixture_path(state, "new"),
                                 &large_seed, &error));
    fixture_assert_contains(error.text, "seed");
    dataset_free(&in);
}

/* Preprocessing twice appends to the note twice. */
static void test_note_grows(void **state)
{
    (void)state;
    struct dataset *in = fixture_dataset(3, 2, 9, 9, 6);
    struct thread_pool *pool = thread_pool_new(1, NULL);
    struct dataset *once =
        preprocess_apply(&(struct preprocess_config){.crop = 7}, in, pool, NULL, NULL, NULL);
    struct dataset *twice = preprocess_apply(&(struct preprocess_config){.deskew = true, .crop = 5},
                                             once, pool, NULL, NULL, NULL);
    assert_string_equal(twice->note, "crop 7, deskew, crop 5");
    dataset_free(&twice);
    dataset_free(&once);
    dataset_free(&in);
    thread_pool_free(&pool);
}

/* MNIST's digits are 20 x 20, centred: a crop to 24 x 24 removes almost no ink. */
static void test_mnist_crop(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    struct thread_pool *pool = thread_pool_new(0, NULL);
    struct preprocess_report report;
    struct dataset *out =
        preprocess_apply(&(struct preprocess_config){.crop = 24}, mnist, pool, &report, NULL, NULL);
    assert_non_null(out);
    assert_true(out->checked);
    int lost = 0;
    for (int n = 0; n < 60000; n++) {
        const uint8_t *image = dataset_image(mnist, &mnist->train, n);
        bool ink = false;
        for (int k = 0; k < 784; k++)
            ink |= image[k] > 0 && (k / 28 < 2 || k / 28 > 25 || k % 28 < 2 || k % 28 > 25);
        lost += ink;
    }
    for (int n = 0; n < 10000; n++) {
        const uint8_t *image = dataset_image(mnist, &mnist->test, n);
        bool ink = false;
        for (int k = 0; k < 784; k++)
            ink |= image[k] > 0 && (k / 28 < 2 || k / 28 > 25 || k % 28 < 2 || k % 28 > 25);
        lost += ink;
    }
    assert_int_equal(report.lost_ink, lost);
    assert_true(report.lost_share < 0.01);
    dataset_free(&out);
    dataset_free(&mnist);
    thread_pool_free(&pool);
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crop_by_hand),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_deskew_by_hand),
        cmocka_unit_test(test_deskew_law),
        cmocka_unit_test(test_data_set),
        cmocka_unit_test(test_report_by_hand),
        test(test_save_and_load),
        test(test_save_where_it_cannot_be),
        cmocka_unit_test(test_note_grows),
        cmocka_unit_test(test_mnist_crop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
