/*
 * test_idx - the content of IDX files.
 *
 * Proves: a file written by hand is read correctly; every prefix, every flipped header bit,
 * trailing bytes, absurd sizes and labels over 9 are refused, with path, offset, expected and
 * actual value in the text. test_idx_files.c has the tests of files that change or cannot be
 * written, test_packed.c those with gzip files.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/idx.h"

static void test_by_hand(void **state)
{
    static const uint8_t bytes[] = {0, 0, 8, 3, 0, 0,  0,  2,  0,  0,  0,
                                    1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 255};
    const char *path = fixture_path(state, "images");
    fixture_write(path, bytes, sizeof bytes);
    struct idx idx;
    struct error error;
    assert_true(idx_read_images(&idx, path, NULL, &error));
    assert_int_equal(idx.count, 2);
    assert_int_equal(idx.rows, 1);
    assert_int_equal(idx.columns, 3);
    assert_int_equal(idx.size, 6);
    assert_int_equal(idx_file_size(&idx), sizeof bytes);
    assert_memory_equal(idx.bytes, bytes + 16, 6);
    idx_release(&idx);
    idx_release(&idx);
}

static void test_every_prefix(void **state)
{
    size_t size;
    uint8_t *images = fixture_images(2, 3, 2, &size);
    const char *path = fixture_path(state, "images");
    for (size_t cut = 0; cut < size; cut++) {
        fixture_write(path, images, cut);
        char offset[64];
        snprintf(offset, sizeof offset, "at byte %zu: expected %d bytes", cut,
                 cut < 16 ? 16 : (int)size);
        fixture_assert_refused(false, path, ERROR_DATA, offset, "found the end of the file");
    }
    free(images);
    uint8_t *labels = fixture_labels(5, &size);
    for (size_t cut = 0; cut < size; cut++) {
        fixture_write(path, labels, cut);
        fixture_assert_refused(true, path, ERROR_DATA, "at byte", "found the end of the file");
    }
    free(labels);
}

static void test_every_flipped_header_bit(void **state)
{
    size_t size;
    uint8_t *images = fixture_images(2, 3, 2, &size);
    const char *path = fixture_path(state, "images");
    for (int byte = 0; byte < 16; byte++)
        for (int bit = 0; bit < 8; bit++) {
            images[byte] ^= (uint8_t)(1 << bit);
            fixture_write(path, images, size);
            fixture_assert_refused(false, path, ERROR_DATA, "at byte", "expected");
            images[byte] ^= (uint8_t)(1 << bit);
        }
    free(images);
    uint8_t *labels = fixture_labels(5, &size);
    for (int byte = 0; byte < 8; byte++)
        for (int bit = 0; bit < 8; bit++) {
            labels[byte] ^= (uint8_t)(1 << bit);
            fixture_write(path, labels, size);
            fixture_assert_refused(true, path, ERROR_DATA, "at byte", "expected");
            labels[byte] ^= (uint8_t)(1 << bit);
        }
    free(labels);
}

static void test_wrong_magic_is_named(void **state)
{
    size_t size;
    uint8_t *labels = fixture_labels(20, &size);
    const char *path = fixture_path(state, "file");
    fixture_write(path, labels, size);
    free(labels);
    fixture_assert_refused(false, path, ERROR_DATA,
                           "at byte 0: expected 00 00 08 03 (an IDX file of images)",
                           "found 00 00 08 01 (an IDX file of labels)");
    fixture_write(path, "\x89PNG\r\n\x1a\n01234567890", 19);
    fixture_assert_refused(false, path, ERROR_DATA, "expected 00 00 08 03", "(a PNG picture)");
    fixture_write(path, "<!DOCTYPE html><html>", 21);
    fixture_assert_refused(true, path, ERROR_DATA, "expected 00 00 08 01", "(a web page?)");
}

static void test_trailing_bytes(void **state)
{
    size_t size;
    uint8_t *labels = fixture_labels(5, &size);
    const char *path = fixture_path(state, "labels");
    uint8_t longer[64];
    memcpy(longer, labels, size);
    memset(longer + size, 1, 3);
    fixture_write(path, longer, size + 3);
    fixture_assert_refused(true, path, ERROR_DATA, "at byte 13: expected the end of the file",
                           "found 3 more bytes");
    free(labels);
}

/* 0, the limit + 1, and the largest, for each number of the header. A file at a limit is cut
   short, not too large. */
static void test_sizes(void **state)
{
    const char *path = fixture_path(state, "images");
    static const struct {
        int offset;
        uint32_t value;
        const char *text;
    } cases[] = {
        {4, 0, "at byte 16: expected the end of the file according to its header, found 12 more"},
        {4, IDX_COUNT_MAX + 1,
         "at byte 4: expected the number of images, 1 to 2000000, found 2000001"},
        {4, UINT32_MAX, "found 4294967295"},
        {8, 0, "at byte 8: expected the number of rows, 1 to 256, found 0"},
        {8, IDX_SIDE_MAX + 1, "found 257"},
        {8, UINT32_MAX, "found 4294967295"},
        {12, 0, "at byte 12: expected the number of columns"},
        {12, IDX_SIDE_MAX + 1, "found 257"},
        {4, IDX_COUNT_MAX, "found the end of the file"},
        {8, IDX_SIDE_MAX, "found the end of the file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size;
        uint8_t *images = fixture_images(2, 3, 2, &size);
        fixture_u32(images + cases[i].offset, cases[i].value);
        fixture_write(path, images, size);
        fixture_assert_refused(false, path, ERROR_DATA, cases[i].text, "at byte");
        free(images);
    }
    uint8_t large[16];
    fixture_u32(large, 0x803);
    fixture_u32(large + 4, IDX_COUNT_MAX);
    fixture_u32(large + 8, IDX_SIDE_MAX);
    fixture_u32(large + 12, IDX_SIDE_MAX);
    fixture_write(path, large, 16);
    fixture_assert_refused(false, path, ERROR_DATA, "expected a file of at most 2000000000 bytes",
                           "found 2000000 x 256 x 256");
}

/* A complete file with a number over a limit is reported as unsupported, not as damaged. */
static void test_over_the_limits(void **state)
{
    static const struct {
        int count, rows, columns;
        const char *text;
    } cases[] = {
        {2, 257, 3, "images: at byte 8: the file has 257 rows, but at most 256 are supported"},
        {2, 3, 257, "images: at byte 12: the file has 257 columns, but at most 256 are supported"},
        {IDX_COUNT_MAX + 1, 1, 1,
         "images: at byte 4: the file has 2000001 images, but at most 2000000 are"},
    };
    const char *path = fixture_path(state, "images");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size;
        uint8_t *images = fixture_images(cases[i].count, cases[i].rows, cases[i].columns, &size);
        fixture_write(path, images, size);
        fixture_assert_refused(false, path, ERROR_DATA, cases[i].text, "supported");
        fixture_write(path, images, size - 1);
        fixture_assert_refused(false, path, ERROR_DATA, "the file is damaged",
                               "expected the number of");
        free(images);
    }
}

/* [count, 1, rows, columns] and [count, rows, columns, 1] are images with one channel. */
static void test_channels(void **state)
{
    static const struct {
        uint32_t first, second, third;
        int rows, columns; /* 0 = refused */
        const char *text;
    } cases[] = {
        {1, 4, 5, 4, 5, NULL},
        {4, 5, 1, 4, 5, NULL},
        {1, 4, 1, 4, 1, NULL},
        {1, 1, 1, 1, 1, NULL},
        {3, 4, 5, 0, 0, "contains colour images of 3 x 4 x 5 numbers, but only images"},
        {4, 5, 3, 0, 0, "convert them to greyscale, for example to 4 x 5 x 1"},
        {7, 4, 5, 0, 0, "contains images of 7 x 4 x 5 numbers, but only images with one channel"},
        {1, 257, 5, 0, 0, "at byte 12: the file has 257 rows, but at most 256 are supported"},
        {5, 257, 1, 0, 0, "at byte 12: the file has 257 columns, but at most 256 are supported"},
        {1, 0, 5, 0, 0, "at byte 12: expected the number of rows, 1 to 256, found 0"},
    };
    const char *path = fixture_path(state, "images");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum { COUNT = 3 };
        size_t pixels = (size_t)COUNT * cases[i].first * cases[i].second * cases[i].third;
        uint8_t *file = calloc(20 + pixels, 1);
        assert_non_null(file);
        fixture_u32(file, 0x804);
        fixture_u32(file + 4, COUNT);
        fixture_u32(file + 8, cases[i].first);
        fixture_u32(file + 12, cases[i].second);
        fixture_u32(file + 16, cases[i].third);
        for (size_t k = 0; k < pixels; k++)
            file[20 + k] = (uint8_t)(k + 1);
        fixture_write(path, file, 20 + pixels);
        struct idx idx;
        struct error error;
        bool ok = idx_read_images(&idx, path, NULL, &error);
        if (cases[i].rows == 0) {
            assert_false(ok);
            fixture_assert_contains(error.text, cases[i].text);
        } else {
            assert_true(ok);
            assert_int_equal(idx.count, COUNT);
            assert_int_equal(idx.rows, cases[i].rows);
            assert_int_equal(idx.columns, cases[i].columns);
            assert_memory_equal(idx.bytes, file + 20, pixels);
            idx_release(&idx);
            for (size_t cut = 0; cut < 20 + pixels; cut++) {
                fixture_write(path, file, cut);
                fixture_assert_refused(false, path, ERROR_DATA, "found the end of the file",
                                       "truncated");
            }
            fixture_write(path, file, 20 + pixels);
            fixture_assert_refused(true, path, ERROR_DATA, "found 00 00 08 04", "in 4 dimensions");
        }
        free(file);
    }
}

static void test_other_element_types(void **state)
{
    const char *path = fixture_path(state, "images");
    uint8_t file[16] = {0, 0, 0x0D, 3};
    fixture_write(path, file, sizeof file);
    fixture_assert_refused(
        false, path, ERROR_DATA, "expected 00 00 08 03",
        "found 00 00 0d 03 (an IDX file of 32-bit floating-point numbers in 3 dim");
}

/* No images, of any size; no labels. */
static void test_empty(void **state)
{
    const char *path = fixture_path(state, "images");
    static const uint32_t sides[] = {0, 28, 5000};
    struct idx idx;
    struct error error;
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        uint8_t file[16];
        fixture_u32(file, 0x803);
        fixture_u32(file + 4, 0);
        fixture_u32(file + 8, sides[i]);
        fixture_u32(file + 12, sides[i]);
        fixture_write(path, file, sizeof file);
        assert_true(idx_read_images(&idx, path, NULL, &error));
        assert_int_equal(idx.count, 0);
        assert_int_equal(idx.size, 0);
        assert_non_null(idx.bytes);
        idx_release(&idx);
    }
    fixture_write(path, "\0\0\x08\x01\0\0\0", 8);
    assert_true(idx_read_labels(&idx, path, NULL, &error));
    assert_int_equal(idx.count, 0);
    idx_release(&idx);
}

static void test_labels_above_nine(void **state)
{
    size_t size;
    uint8_t *labels = fixture_labels(20, &size);
    const char *path = fixture_path(state, "labels");
    labels[8 + 13] = 10;
    labels[8 + 15] = 26;
    labels[8 + 17] = 12;
    fixture_write(path, labels, size);
    fixture_assert_refused(true, path, ERROR_DATA,
                           "has labels up to 26, the first above 9 at byte 21; at most 10 classes",
                           "with labels 0 to 9");
    free(labels);
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_by_hand),
        test(test_every_prefix),
        test(test_every_flipped_header_bit),
        test(test_wrong_magic_is_named),
        test(test_trailing_bytes),
        test(test_sizes),
        test(test_over_the_limits),
        test(test_channels),
        test(test_other_element_types),
        test(test_empty),
        test(test_labels_above_nine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
