/*
 * Proves for gzip files, which idx.c reads through packed.c: the content is that of the plain file;
 * every prefix of the compressed stream is refused, and every flipped bit is refused or has no
 * effect; errors in the content are reported with their offset in the uncompressed file; an
 * interrupt stops the decompression.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/idx.h"

static void test_gzip(void **state)
{
    size_t size, packed_size;
    uint8_t *images = fixture_images(50, 9, 7, &size),
            *packed = fixture_gzip(images, size, &packed_size);
    const char *path = fixture_path(state, "images.gz");
    fixture_write(path, packed, packed_size);
    struct idx idx;
    struct error error;
    assert_true(idx_read_images(&idx, path, NULL, &error));
    assert_int_equal(idx.count, 50);
    assert_int_equal(idx_file_size(&idx), size);
    assert_memory_equal(idx.bytes, images + IDX_IMAGES_HEADER, idx.size);
    idx_release(&idx);
    fixture_assert_refused(true, path, ERROR_DATA, "at byte 0: expected 00 00 08 01",
                           "found 00 00 08 03");
    free(packed);
    free(images);
}

/* Cut anywhere: an error. Any bit flipped: an error, or (in the gzip header's idle fields) the
   very same content. */
static void test_gzip_damage(void **state)
{
    size_t size, packed_size;
    uint8_t *labels = fixture_labels(40, &size), *packed = fixture_gzip(labels, size, &packed_size);
    const char *path = fixture_path(state, "labels.gz");
    for (size_t cut = 2; cut < packed_size; cut++) {
        fixture_write(path, packed, cut);
        fixture_assert_refused(true, path, ERROR_DATA, "of the gzip file",
                               "download the file again");
    }
    int refused = 0;
    for (size_t bit = 16; bit < 8 * packed_size; bit++) {
        packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        fixture_write(path, packed, packed_size);
        struct idx idx;
        struct error error;
        if (idx_read_labels(&idx, path, NULL, &error)) {
            assert_int_equal(idx_file_size(&idx), size);
            assert_memory_equal(idx.bytes, labels + IDX_LABELS_HEADER, idx.size);
            idx_release(&idx);
        } else {
            fixture_assert_contains(error.text, path);
            refused++;
        }
        packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(refused > (int)(8 * packed_size - 16 - 8 * 8));
    free(packed);
    free(labels);
}

static void assert_gzip_refused(void **state, const uint8_t *bytes, size_t size, const char *extra,
                                const char *one, const char *two)
{
    size_t packed_size;
    uint8_t *packed = fixture_gzip(bytes, size, &packed_size);
    packed = realloc(packed, packed_size + strlen(extra) + 1);
    memcpy(packed + packed_size, extra, strlen(extra));
    const char *path = fixture_path(state, "packed");
    fixture_write(path, packed, packed_size + strlen(extra));
    fixture_assert_refused(true, path, ERROR_DATA, one, two);
    free(packed);
}

static void test_gzip_content(void **state)
{
    size_t size;
    uint8_t *labels = fixture_labels(40, &size);
    assert_gzip_refused(state, labels, size - 1, "",
                        "at byte 47: expected 48 bytes of uncompressed", "truncated");
    assert_gzip_refused(state, labels, 5, "", "at byte 5: expected 8 bytes of uncompressed header",
                        "truncated");
    assert_gzip_refused(state, labels, size, "junk", "expected the end of the file",
                        "more compressed bytes");
    labels[7] = 39;
    assert_gzip_refused(state, labels, size, "", "at byte 47: expected the end",
                        "more uncompressed bytes");
    fixture_u32(labels + 4, UINT32_MAX);
    assert_gzip_refused(state, labels, size, "", "at byte 4: the file has 4294967295 labels",
                        "at most 2000000 are supported");
    free(labels);
}

static void test_gzip_stops_for_the_watch(void **state)
{
    size_t size, packed_size;
    uint8_t *images = fixture_images(5000, 28, 28, &size),
            *packed = fixture_gzip(images, size, &packed_size);
    const char *path = fixture_path(state, "images.gz");
    fixture_write(path, packed, packed_size);
    struct fixture_watch watch;
    struct idx idx;
    struct error error;
    assert_false(idx_read_images(&idx, path, fixture_watch(&watch, 2), &error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
    assert_int_equal(watch.ticks, 2);
    assert_true(idx_read_images(&idx, path, fixture_watch(&watch, 0), &error));
    assert_true(watch.ticks >= 4);
    idx_release(&idx);
    free(packed);
    free(images);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_gzip, fixture_folder, fixture_remove),
        cmocka_unit_test_setup_teardown(test_gzip_damage, fixture_folder, fixture_remove),
        cmocka_unit_test_setup_teardown(test_gzip_content, fixture_folder, fixture_remove),
        cmocka_unit_test_setup_teardown(test_gzip_stops_for_the_watch, fixture_folder,
                                        fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
