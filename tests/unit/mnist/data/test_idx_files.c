/*
 * test_idx_files - IDX files on disk: writing, replacing, changing and missing files.
 *
 * Proves: written data is read back; paths that are not regular files are refused; loaded data does
 * not change with its file, and a file that changes while it is read is refused; a failing write
 * leaves the old file unchanged and removes the temporary one. test_idx.c tests the content.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/idx.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_write_then_read(void **state)
{
    uint8_t images[3 * 4 * 5], labels[3] = {0, 9, 4};
    for (size_t i = 0; i < sizeof images; i++)
        images[i] = (uint8_t)(i * 37);
    const char *path = fixture_path(state, "images"), *label_path = fixture_path(state, "labels");
    struct error error;
    struct idx idx;
    for (int again = 0; again < 2; again++) { /* the second time over the first file */
        assert_true(idx_write_images(path, images, 3, 4, 5, &error));
        assert_true(idx_write_labels(label_path, labels, 3, &error));
        assert_int_equal(fixture_entries(state), 2);
    }
    assert_true(idx_read_images(&idx, path, NULL, &error));
    assert_int_equal(idx.count, 3);
    assert_int_equal(idx.rows, 4);
    assert_int_equal(idx.columns, 5);
    assert_memory_equal(idx.bytes, images, sizeof images);
    idx_release(&idx);
    assert_true(idx_read_labels(&idx, label_path, NULL, &error));
    assert_int_equal(idx.count, 3);
    assert_memory_equal(idx.bytes, labels, 3);
    idx_release(&idx);
}

/* Loaded data stays valid after the file has been replaced. */
static void test_data_stays_valid_after_replacement(void **state)
{
    const char *path = fixture_path(state, "labels");
    struct error error;
    struct idx idx;
    assert_true(idx_write_labels(path, (const uint8_t *)"\1\2\3", 3, &error));
    assert_true(idx_read_labels(&idx, path, NULL, &error));
    assert_true(idx_write_labels(path, (const uint8_t *)"\4", 1, &error));
    assert_memory_equal(idx.bytes, "\1\2\3", 3);
    idx_release(&idx);
}

static void test_not_a_file(void **state)
{
    const char *path = fixture_path(state, "thing");
    fixture_assert_refused(false, path, ERROR_SYSTEM, "cannot open", "No such file");
    assert_int_equal(mkdir(path, 0777), 0);
    fixture_assert_refused(false, path, ERROR_DATA, "expected a regular file", "found a folder");
    rmdir(path);
    assert_int_equal(mkfifo(path, 0666), 0);
    fixture_assert_refused(false, path, ERROR_DATA, "expected a regular file",
                           "a device, pipe or socket");
    fixture_assert_refused(false, "/dev/null", ERROR_DATA, "expected a regular file",
                           "a device, pipe or socket");
}

/* ---- files that change ---- */

/* Overwriting, truncating and removing the file after it was read does not affect the data. */
static void test_data_is_independent_of_its_file(void **state)
{
    size_t size;
    uint8_t *images = fixture_images(50, 28, 28, &size);
    const char *path = fixture_path(state, "images");
    fixture_write(path, images, size);
    struct idx idx;
    struct error error;
    assert_true(idx_read_images(&idx, path, NULL, &error));
    int file = open(path, O_WRONLY);
    assert_true(file >= 0);
    uint8_t other[IDX_IMAGES_HEADER + 100] = {0};
    assert_int_equal(write(file, other, sizeof other), sizeof other);
    assert_memory_equal(idx.bytes, images + IDX_IMAGES_HEADER, idx.size);
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(close(file), 0);
    assert_memory_equal(idx.bytes, images + IDX_IMAGES_HEADER, idx.size);
    assert_int_equal(unlink(path), 0);
    assert_memory_equal(idx.bytes, images + IDX_IMAGES_HEADER, idx.size);
    idx_release(&idx);
    free(images);
}

/* Changes a file at the watch's second tick, in the middle of reading it. */
struct file_change {
    struct progress watch;
    const char *path;
    int ticks;
    bool cut;
};

static bool change_at_second_tick(struct progress *watch, double done, double total)
{
    (void)done, (void)total;
    struct file_change *file_change = (struct file_change *)watch;
    if (++file_change->ticks != 2)
        return true;
    int file = open(file_change->path, O_WRONLY);
    assert_true(file >= 0);
    if (file_change->cut)
        assert_int_equal(ftruncate(file, 5000), 0);
    else
        assert_int_equal(pwrite(file, "x", 1, 100), 1);
    assert_int_equal(close(file), 0);
    return true;
}

static void test_changed_while_read(void **state)
{
    size_t size;
    uint8_t *images = fixture_images(5000, 28, 28, &size);
    const char *path = fixture_path(state, "images");
    for (int cut = 0; cut < 2; cut++) {
        struct file_change file_change = {
            .watch = {change_at_second_tick}, .path = path, .cut = cut};
        struct idx idx;
        struct error error;
        fixture_write(path, images, size);
        usleep(50000); /* the file's times are counted in the kernel's ticks of 1 to 10 ms */
        assert_false(idx_read_images(&idx, path, &file_change.watch, &error));
        fixture_assert_contains(error.text,
                                "images: another program changed the file while it was read");
        assert_null(idx.bytes);
    }
    free(images);
}

/* ---- failing writes ---- */

static void test_write_to_missing_folder(void **state)
{
    struct error error;
    const char *path = fixture_path(state, "missing/labels");
    assert_false(idx_write_labels(path, (const uint8_t *)"\1", 1, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    fixture_assert_contains(error.text, path);
    fixture_assert_contains(error.text, "No such file or directory; check the name of the folder");
}

/* In a child that may not write: it gives up root, which may write anywhere. 0 = all as it
   should be. */
static int write_unprivileged(const char *path)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 2;
    struct error error;
    if (idx_write_labels(path, (const uint8_t *)"\1", 1, &error))
        return 3;
    return error.kind == ERROR_SYSTEM && strstr(error.text, path) != NULL &&
                   strstr(error.text, "Permission denied; choose a folder that you may write to") !=
                       NULL
               ? 0
               : 4;
}

/* A limit on the size of files simulates a full disk: the write fails after a part. */
static int write_to_full_disk(const char *path)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    static uint8_t labels[100000];
    struct error error;
    if (idx_write_labels(path, labels, sizeof labels, &error))
        return 3;
    return error.kind == ERROR_SYSTEM && strstr(error.text, path) != NULL &&
                   strstr(error.text,
                          "cannot be written: File too large: files may be at most 4 KiB "
                          "large here (`ulimit -f`)") != NULL
               ? 0
               : 4;
}

static int in_child(int (*fn)(const char *), const char *path)
{
    pid_t child = fork();
    if (child == 0)
        _exit(fn(path));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_failed_write_leaves_nothing(void **state)
{
    struct error error;
    const char *path = fixture_path(state, "labels");
    assert_true(idx_write_labels(path, (const uint8_t *)"\1\2", 2, &error));
    assert_int_equal(chmod(*state, 0555), 0);
    assert_int_equal(in_child(write_unprivileged, path), 0);
    assert_int_equal(chmod(*state, 0755), 0);
    assert_int_equal(in_child(write_to_full_disk, path), 0);
    assert_int_equal(fixture_entries(state), 1);
    struct idx idx;
    assert_true(idx_read_labels(&idx, path, NULL, &error));
    assert_int_equal(idx.count, 2);
    idx_release(&idx);
}

static void test_write_over_a_folder(void **state)
{
    struct error error;
    const char *path = fixture_path(state, "labels");
    assert_int_equal(mkdir(path, 0777), 0);
    assert_false(idx_write_labels(path, (const uint8_t *)"\1", 1, &error));
    fixture_assert_contains(error.text, "cannot be replaced");
    assert_int_equal(fixture_entries(state), 1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_write_then_read),
        test(test_data_stays_valid_after_replacement),
        test(test_not_a_file),
        test(test_data_is_independent_of_its_file),
        test(test_changed_while_read),
        test(test_write_to_missing_folder),
        test(test_failed_write_leaves_nothing),
        test(test_write_over_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
