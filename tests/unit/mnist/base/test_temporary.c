/*
 * test_temporary - temporary files and folders of real processes in a real folder.
 *
 * Proves: those of a living process are kept, those of a killed one are removed, independently of
 * the pid in their names; other files are kept.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mnist/base/temporary.h"

static char folder[] = "/tmp/test_temporary_XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder); /* each test leaves it empty */
}

static const char *in_folder(char path[TEMPORARY_PATH_MAX], const char *name)
{
    snprintf(path, TEMPORARY_PATH_MAX, "%s/%s", folder, name);
    return path;
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static void write_file(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

/* A file and a folder of another process. */
struct made {
    char file[TEMPORARY_PATH_MAX], folder[TEMPORARY_PATH_MAX];
};

static _Noreturn void make_and_wait(int report)
{
    struct made made = {{0}, {0}};
    char path[TEMPORARY_PATH_MAX];
    if (temporary_file(made.file, in_folder(path, "a.safetensors")) < 0 ||
        temporary_folder(made.folder, in_folder(path, "set"), 0700) < 0 ||
        write(report, &made, sizeof made) != (ssize_t)sizeof made)
        _exit(1);
    for (;;)
        pause();
}

static pid_t start_maker(struct made *made)
{
    int ends[2];
    size_t used = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        make_and_wait(ends[1]);
    close(ends[1]);
    while (used < sizeof *made) {
        ssize_t size = read(ends[0], (char *)made + used, sizeof *made - used);
        assert_true(size > 0);
        used += (size_t)size;
    }
    close(ends[0]);
    return pid;
}

static void remove_empty(const char *path)
{
    rmdir(path);
}

static void those_of_a_living_process_stay_and_of_a_killed_one_go(void **state)
{
    (void)state;
    struct made made;
    pid_t pid = start_maker(&made);
    temporary_remove_abandoned(folder, remove_empty);
    assert_true(exists(made.file) && exists(made.folder));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    temporary_remove_abandoned(folder, NULL);
    assert_false(exists(made.file));
    assert_true(exists(made.folder));
    temporary_remove_abandoned(folder, remove_empty);
    assert_false(exists(made.folder));
}

/* The pid in the name has no effect, whether that process lives or not. */
static void the_lock_decides_and_not_the_pid(void **state)
{
    (void)state;
    char path[TEMPORARY_PATH_MAX], name[64], other[TEMPORARY_PATH_MAX];
    snprintf(name, sizeof name, "b.%ld.tmp", (long)getpid());
    write_file(in_folder(path, name));
    int file = temporary_file(other, in_folder(path, "b"));
    assert_true(file >= 0);
    snprintf(name, sizeof name, "b.%ld-1.tmp", (long)getpid());
    assert_string_equal(other, in_folder(path, name));
    temporary_remove_abandoned(folder, NULL);
    snprintf(name, sizeof name, "b.%ld.tmp", (long)getpid());
    assert_false(exists(in_folder(path, name)));
    assert_true(exists(other));
    close(file);
    temporary_remove_abandoned(folder, NULL);
    assert_false(exists(other));
}

static void other_names_stay(void **state)
{
    (void)state;
    static const char *const names[] = {"notes.tmp", "4711.tmp",    ".4711.tmp", "a.4711.tmp.txt",
                                        "a.-1.tmp",  "a.47x11.tmp", "a4711.tmp"};
    char path[TEMPORARY_PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        write_file(in_folder(path, names[i]));
    assert_int_equal(symlink("/etc/passwd", in_folder(path, "link.1.tmp")), 0);
    temporary_remove_abandoned(folder, remove_empty);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(exists(in_folder(path, names[i])));
        unlink(path);
    }
    assert_true(exists(in_folder(path, "link.1.tmp")));
    unlink(path);
}

static void a_folder_that_is_not_there_has_nothing(void **state)
{
    (void)state;
    temporary_remove_abandoned("/no/such/folder", remove_empty);
    char name[TEMPORARY_PATH_MAX];
    assert_int_equal(temporary_file(name, "/no/such/folder/x"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_a_living_process_stay_and_of_a_killed_one_go),
        cmocka_unit_test(the_lock_decides_and_not_the_pid),
        cmocka_unit_test(other_names_stay),
        cmocka_unit_test(a_folder_that_is_not_there_has_nothing),
    };
    return cmocka_run_group_tests_name("temporary", tests, set_up, tear_down);
}
