/*
 * Proves: a cached hash is found for that file only, and not after the file has changed; a file
 * that has just changed is not cached; a cache that is missing, damaged or not writable is
 * harmless. MNIST is hashed once; after a byte has been changed it is refused, with and without a
 * cache.
 */
#include "tests/unit/mnist/data/fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mnist/data/hash_cache.h"

static char hexes[2][HASH_CACHE_HEX_SIZE] = {
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};

/* A file whose last change was `seconds` before stat. */
static struct hash_cache_entry file_of(uint64_t inode, int seconds)
{
    int64_t changed_ns = 1700000000123456789;
    return (struct hash_cache_entry){
        1, inode, 1000, changed_ns - 7, changed_ns, changed_ns + (int64_t)seconds * 1000000000};
}

static void test_found_again(void **state)
{
    char hex[HASH_CACHE_HEX_SIZE];
    struct hash_cache_entry files[2] = {file_of(2, 60), file_of(3, 60)};
    assert_false(hash_cache_find(*state, &files[0], hex));
    hash_cache_write(*state, files, hexes, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(hash_cache_find(*state, &files[i], hex));
        assert_string_equal(hex, hexes[i]);
        for (int field = 0; field < 5; field++) {
            struct hash_cache_entry other = files[i];
            other.device += field == 0;
            other.inode += field == 1 ? 5 : 0;
            other.size -= field == 2;
            other.modified_ns += field == 3;
            other.changed_ns += field == 4;
            assert_false(hash_cache_find(*state, &other, hex));
        }
    }
}

static void test_just_changed(void **state)
{
    char hex[HASH_CACHE_HEX_SIZE];
    struct hash_cache_entry files[2] = {file_of(2, 0), file_of(3, 60)};
    hash_cache_write(*state, files, hexes, 2);
    assert_false(hash_cache_find(*state, &files[0], hex));
    assert_true(hash_cache_find(*state, &files[1], hex));
}

static void test_bad_notes(void **state)
{
    char hex[HASH_CACHE_HEX_SIZE];
    struct hash_cache_entry file = file_of(2, 60);
    static const char *const notes[] = {"", "\n\n", "0123 1 2 3 4 5\n", "no such thing",
                                        "zz23456789abcdef0123456789abcdef 1 2"};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        fixture_write(fixture_path(state, ".checked"), (const uint8_t *)notes[i], strlen(notes[i]));
        assert_false(hash_cache_find(*state, &file, hex));
    }
    assert_false(hash_cache_find("/no/such/folder", &file, hex));
    hash_cache_write("/no/such/folder", &file, hexes, 1);
}

static void copy(void **state, const char *name)
{
    char from[64];
    size_t size;
    snprintf(from, sizeof from, "data/raw/%s", name);
    uint8_t *bytes = fixture_read(from, &size);
    fixture_write(fixture_path(state, name), bytes, size);
    free(bytes);
}

static void test_mnist_is_read_once(void **state)
{
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
    struct error error;
    struct stat status;
    for (int i = 0; i < 4; i++)
        copy(state, names[i]);
    sleep(3); /* files that have just changed are not cached */
    for (int time = 0; time < 2; time++) {
        struct dataset *dataset = dataset_load(*state, DATASET_MNIST, NULL, &error);
        assert_non_null(dataset);
        assert_true(dataset->checked);
        dataset_free(&dataset);
        assert_int_equal(stat(fixture_path(state, ".checked"), &status), 0);
    }
    assert_int_equal(stat(fixture_path(state, names[0]), &status), 0);
    FILE *file = fopen(fixture_path(state, names[0]), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 50000, SEEK_SET), 0);
    fputc(1, file);
    fclose(file);
    /* Size and time of modification are the same; the time of the status change cannot be set. */
    assert_int_equal(utimensat(AT_FDCWD, fixture_path(state, names[0]),
                               (struct timespec[]){status.st_atim, status.st_mtim}, 0),
                     0);
    assert_null(dataset_load(*state, DATASET_MNIST, NULL, &error));
    fixture_assert_contains(error.text, "not the published file");
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_found_again),
        test(test_just_changed),
        test(test_bad_notes),
        test(test_mnist_is_read_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
