/*
 * test_atomic_file - complete replacement of files, creation of folders.
 *
 * Proves: parts are concatenated; a new file has the usual permissions; a longer and a shorter file
 * replace the old one completely; folders are created with their parents, and the error names a
 * file in their path; over-long paths are refused, not cut. test_idx.c proves that a failing write
 * leaves no file.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/base/atomic_file.h"

#include <sys/stat.h>
#include <unistd.h>

static void assert_content(const char *path, const char *want)
{
    size_t size;
    uint8_t *bytes = fixture_read(path, &size);
    assert_int_equal(size, strlen(want));
    assert_memory_equal(bytes, want, size);
    free(bytes);
}

static void test_pieces(void **state)
{
    const char *path = fixture_path(state, "file");
    struct atomic_file_part pieces[] = {{"one ", 4}, {"", 0}, {"and two", 7}};
    assert_true(atomic_file_write(path, pieces, 3, NULL));
    assert_content(path, "one and two");
    assert_true(atomic_file_write(path, pieces, 1, NULL));
    assert_content(path, "one ");
    assert_true(atomic_file_write(path, pieces, 0, NULL));
    assert_content(path, "");
    assert_int_equal(fixture_entries(state), 1);
}

static void test_permissions(void **state)
{
    const char *path = fixture_path(state, "file");
    mode_t before = umask(027);
    bool ok = atomic_file_write(path, &(struct atomic_file_part){"x", 1}, 1, NULL);
    umask(before);
    assert_true(ok);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void test_folders(void **state)
{
    struct error error;
    struct stat status;
    const char *deep = fixture_path(state, "a/b//c/");
    assert_true(atomic_file_make_folder(deep, 0777, &error));
    assert_int_equal(stat(deep, &status), 0);
    assert_true(S_ISDIR(status.st_mode));
    assert_true(atomic_file_make_folder(deep, 0777, &error));
    assert_true(atomic_file_make_folder("/", 0777, &error));
    fixture_write(fixture_path(state, "a/file"), "x", 1);
    assert_false(atomic_file_make_folder(fixture_path(state, "a/file/under"), 0777, &error));
    fixture_assert_contains(error.text, "a/file: expected a folder, found a file");
}

static void test_long_paths(void **state)
{
    (void)state;
    struct error error;
    char path[ATOMIC_FILE_PATH_MAX + 1];
    memset(path, 'x', sizeof path);
    path[ATOMIC_FILE_PATH_MAX] = '\0';
    assert_false(atomic_file_write(path, &(struct atomic_file_part){"x", 1}, 1, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_false(atomic_file_make_folder(path, 0777, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_false(atomic_file_make_folder("", 0777, &error));
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_pieces),
        test(test_permissions),
        test(test_folders),
        test(test_long_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
