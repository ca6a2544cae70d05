/*
 * Proves: a saved data set is replaced as a whole. The program ends, or a system call fails, at
 * each system call of preprocess_save in turn, with and without RENAME_EXCHANGE: afterwards the
 * folder contains the old data set or the new one, never a mixture and never nothing; a reported
 * failure leaves the old data set and nothing else. A reader that runs during repeated saves always
 * reads one of them. Files that do not belong to a data set are neither lost nor mixed with it.
 *
 * The system calls below are redefined in this program and replace those of the C library.
 */
#include "tests/unit/mnist/data/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/data/preprocess.h"

enum fault { FAULT_NONE, FAULT_KILL, FAULT_ERROR };

/* The fault at call number `at` (from 1) of this process. */
static struct {
    enum fault fault;
    int at, calls;
    bool no_exchange;
} faults;

/* True = this call fails. */
static bool faulty(void)
{
    if (faults.fault == FAULT_NONE || ++faults.calls != faults.at)
        return false;
    if (faults.fault == FAULT_KILL)
        raise(SIGKILL);
    errno = EIO;
    return true;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return faulty() ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t size)
{
    return faulty() ? -1 : syscall(SYS_write, file, bytes, size);
}

/* Syncing has no effect on this test, and takes time. */
int fsync(int file)
{
    (void)file;
    return faulty() ? -1 : 0;
}

int mkdir(const char *path, mode_t mode)
{
    return faulty() ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int rename(const char *from, const char *to)
{
    return faulty() ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (faults.no_exchange) {
        errno = EINVAL;
        return -1;
    }
    return faulty() ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int unlink(const char *path)
{
    return faulty() ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return faulty() ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

/* Two data sets that differ in every file. */
struct sets {
    struct dataset *old, *new;
};

static struct sets make_sets(void)
{
    struct sets sets = {fixture_dataset(30, 20, 6, 5, 6), fixture_dataset(31, 21, 6, 5, 7)};
    dataset_hash(sets.old);
    dataset_hash(sets.new);
    return sets;
}

static void free_sets(struct sets *sets)
{
    dataset_free(&sets->old);
    dataset_free(&sets->new);
}

static bool save(const struct dataset *dataset, const char *folder)
{
    const struct preprocess_config config = {.normalize = true};
    const struct preprocess_origin origin = {.hash = ""};
    struct error error;
    return preprocess_save(&config, dataset, folder, &origin, &error);
}

/* Saves in a child process with one fault. Returns its exit status (0 = saved, 1 = failed) or -1
   when it was killed; *reached = the fault came before the end. */
static int save_with_fault(const struct dataset *dataset, const char *folder, enum fault fault,
                           int at, bool no_exchange, bool *reached)
{
    pid_t child = fork();
    if (child == 0) {
        faults.fault = fault;
        faults.at = at;
        faults.no_exchange = no_exchange;
        bool saved = save(dataset, folder);
        _exit((saved ? 0 : 1) + (faults.calls >= at ? 2 : 0));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    *reached = !WIFEXITED(status) || (WEXITSTATUS(status) & 2) != 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) & 1 : -1;
}

/* The set in folder: "old", "new", "none" = no folder; anything else is an error's text. */
static const char *which(struct sets *sets, const char *folder)
{
    static char text[ERROR_TEXT_SIZE];
    struct error error;
    struct dataset *found = dataset_load(folder, DATASET_ANY, NULL, &error);
    if (found == NULL && access(folder, F_OK) != 0)
        return "none";
    const char *name = found == NULL                                               ? error.text
                       : strcmp(dataset_hash(found), dataset_hash(sets->old)) == 0 ? "old"
                       : strcmp(dataset_hash(found), dataset_hash(sets->new)) == 0 ? "new"
                                                                                   : "a mixture";
    snprintf(text, sizeof text, "%s", name);
    dataset_free(&found);
    return text;
}

static void check_fault(struct sets *sets, enum fault fault, bool no_exchange, bool over_old)
{
    bool reached = true;
    int steps = 0;
    for (int at = 1; reached; at++) {
        void *home;
        assert_int_equal(fixture_folder(&home), 0);
        const char *folder = fixture_path(&home, "set");
        assert_true(!over_old || save(sets->old, folder));
        int status = save_with_fault(sets->new, folder, fault, at, no_exchange, &reached);
        const char *before = over_old ? "old" : "none", *found = which(sets, folder);
        if (status == 0)
            assert_string_equal(found, "new");
        else if (status == 1)
            assert_string_equal(found, before);
        else if (strcmp(found, before) != 0)
            assert_string_equal(found, "new");
        if (status == 1)
            assert_int_equal(fixture_entries(&home), over_old ? 1 : 0);
        assert_true(save(sets->new, folder));
        assert_string_equal(which(sets, folder), "new");
        assert_int_equal(fixture_remove(&home), 0);
        steps = at;
    }
    assert_true(steps > 20); /* five files, each opened, written, synced and renamed */
}

static void test_fault_at_each_step(void **state)
{
    (void)state;
    struct sets sets = make_sets();
    for (int no_exchange = 0; no_exchange < 2; no_exchange++)
        for (int over_old = 0; over_old < 2; over_old++) {
            check_fault(&sets, FAULT_KILL, no_exchange, over_old);
            check_fault(&sets, FAULT_ERROR, no_exchange, over_old);
        }
    free_sets(&sets);
}

static void test_reader_beside_a_writer(void **state)
{
    enum { LOADS = 400 };
    struct sets sets = make_sets();
    const char *folder = fixture_path(state, "set");
    for (int no_exchange = 0; no_exchange < 2; no_exchange++) {
        assert_true(save(sets.old, folder));
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            faults.no_exchange = no_exchange;
            for (bool ok = true; ok;)
                ok = save(sets.new, folder) && save(sets.old, folder);
            _exit(1);
        }
        int seen[2] = {0};
        for (int i = 0; i < LOADS || seen[0] == 0 || seen[1] == 0; i++) {
            const char *found = which(&sets, folder);
            bool new = strcmp(found, "new") == 0;
            if (!new)
                assert_string_equal(found, "old");
            seen[new]++;
        }
        assert_int_equal(waitpid(child, NULL, WNOHANG), 0); /* no saving has failed */
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }
    free_sets(&sets);
}

static void test_other_files(void **state)
{
    struct sets sets = make_sets();
    const struct preprocess_config config = {.normalize = true};
    const struct preprocess_origin origin = {.hash = ""};
    struct error error;
    const char *folder = fixture_path(state, "set");
    assert_true(save(sets.old, folder));
    fixture_write(fixture_path(state, "set/notes.txt"), "mine", 4);
    assert_false(preprocess_save(&config, sets.new, folder, &origin, &error));
    fixture_assert_contains(
        error.text, "set: expected a folder that contains only a data set, found notes.txt");
    assert_string_equal(which(&sets, folder), "old");
    assert_int_equal(fixture_entries(state), 1);
    assert_int_equal(unlink(fixture_path(state, "set/notes.txt")), 0);
    assert_true(save(sets.new, folder));
    assert_string_equal(which(&sets, folder), "new");
    free_sets(&sets);
}

/* A link to a folder elsewhere stays a link; the folder's permissions stay; an empty one is
   filled. */
static void test_links_and_permissions(void **state)
{
    struct sets sets = make_sets();
    struct stat status;
    const char *folder = fixture_path(state, "elsewhere"), *link = fixture_path(state, "link");
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(symlink(folder, link), 0);
    assert_true(save(sets.old, link));
    assert_int_equal(chmod(folder, 0750), 0);
    assert_true(save(sets.new, fixture_path(state, "link///")));
    assert_string_equal(which(&sets, folder), "new");
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0750);
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(fixture_entries(state), 2);
    free_sets(&sets);
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault_at_each_step),
        test(test_reader_beside_a_writer),
        test(test_other_files),
        test(test_links_and_permissions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
