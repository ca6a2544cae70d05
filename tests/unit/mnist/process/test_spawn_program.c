/*
 * test_spawn_program - the state of a spawned process, reported by /bin/sh and /proc.
 *
 * Proves: the child has exactly the given files, also if their numbers are permuted; handlers,
 * ignored and blocked signals of the caller are not inherited; variables are set and removed;
 * folder and process group are as configured; a missing or non-executable program, or folder, is
 * reported with its errno and leaves no child; end_with_caller ends the child with its caller.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/process/spawn_program.h"

enum { ANSWER_SIZE = 4096 };

static char answer[ANSWER_SIZE];

/* Fills answer with the output of the shell script. */
static void run_shell(const char *script, const struct spawn_config *base)
{
    int ends[2], null = open("/dev/null", O_RDWR | O_CLOEXEC), status;
    const char *const arguments[] = {"sh", "-c", script, NULL};
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const int files[] = {null, ends[1], ends[1]};
    struct spawn_config config = *base;
    pid_t pid;
    config.program = "sh";
    config.arguments = arguments;
    if (config.files == NULL) {
        config.files = files;
        config.file_count = 3;
    }
    assert_int_equal(spawn_program(&config, &pid), 0);
    close(ends[1]);
    size_t used = 0;
    ssize_t size;
    while ((size = read(ends[0], answer + used, sizeof answer - 1 - used)) > 0)
        used += (size_t)size;
    answer[used] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(null);
}

static void on_signal(int number)
{
    (void)number;
}

static void test_files(void **state)
{
    (void)state;
    int stray = fcntl(0, F_DUPFD, 50); /* without close-on-exec, as a C cell may leave it */
    assert_true(stray >= 50);
    run_shell("for n in $(seq 0 99); do test -e /proc/$$/fd/$n && echo $n; done; true",
              &(struct spawn_config){0});
    assert_string_equal(answer, "0\n1\n2\n");
    close(stray);
}

/* Descriptors 0 to 4 of the child are pipes whose numbers in the caller may be any permutation. */
static void test_permuted_files(void **state)
{
    int ends[2], status;
    pid_t pid;
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const char *const arguments[] = {"sh", "-c", "echo out; echo err >&2; echo three >&3", NULL};
    const int files[] = {ends[0], ends[1], ends[1], ends[1], 0};
    const struct spawn_config config = {
        .program = "/bin/sh", .arguments = arguments, .files = files, .file_count = 5};
    assert_int_equal(spawn_program(&config, &pid), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    ssize_t size = read(ends[0], answer, sizeof answer - 1);
    assert_true(size > 0);
    answer[size] = '\0';
    assert_string_equal(answer, "out\nerr\nthree\n");
    close(ends[0]);
    close(ends[1]);
}

/* A signal that glibc reserves for its threads; its sigaction refuses it. */
static void ignore_reserved_signal(void)
{
    static const uint64_t ignore_action[8] = {(uint64_t)(uintptr_t)SIG_IGN};
    enum { SIGNAL = 33, SIGNAL_SET_SIZE = 8 };
    assert_int_equal(syscall(SYS_rt_sigaction, SIGNAL, ignore_action, NULL, SIGNAL_SET_SIZE), 0);
}

static void test_signals(void **state)
{
    (void)state;
    sigset_t some, before;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigprocmask(SIG_BLOCK, &some, &before);
    signal(SIGUSR2, on_signal);
    signal(SIGPIPE, SIG_IGN);
    ignore_reserved_signal();
    run_shell("grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status", &(struct spawn_config){0});
    if (strstr(answer, "SigBlk:\t0000000000000000") == NULL ||
        strstr(answer, "SigIgn:\t0000000000000000") == NULL)
        fail_msg("%s", answer);
    sigset_t now;
    sigprocmask(SIG_SETMASK, &before, &now);
    assert_int_equal(sigismember(&now, SIGUSR1), 1); /* the caller's mask is as before */
    assert_int_equal(sigismember(&now, SIGUSR2), 0);
    signal(SIGUSR2, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
}

static void test_variables_and_folder(void **state)
{
    static const char *const variables[] = {"SPAWN_SET=new value", "SPAWN_REMOVED", NULL};
    (void)state;
    setenv("SPAWN_SET", "old", 1);
    setenv("SPAWN_SETTING", "other", 1);
    setenv("SPAWN_REMOVED", "old", 1);
    run_shell("echo \"$SPAWN_SET|$SPAWN_SETTING|${SPAWN_REMOVED-removed}|$PWD\"; pwd",
              &(struct spawn_config){.variables = variables, .folder = "/usr"});
    assert_non_null(strstr(answer, "new value|other|removed|"));
    assert_non_null(strstr(answer, "/usr\n"));
    assert_string_equal(getenv("SPAWN_SET"), "old");
}

static void test_group(void **state)
{
    char own[32];
    (void)state;
    snprintf(own, sizeof own, "%ld\n", (long)getpgrp());
    run_shell("ps -o pgid= -p $$ 2>/dev/null | tr -d ' ' || true", &(struct spawn_config){0});
    if (answer[0] != '\0')
        assert_string_equal(answer, own);
    run_shell("read -r a b c d group rest </proc/$$/stat; test $group = $$ && echo leader",
              &(struct spawn_config){.new_group = true});
    assert_string_equal(answer, "leader\n");
}

static void test_failures(void **state)
{
    static const char *const arguments[] = {"x", NULL};
    static const int files[] = {0, 1, 2};
    static const struct {
        const char *program, *folder;
        int number;
    } cases[] = {
        {"/no/such/program", NULL, ENOENT},
        {"no-such-program-in-path", NULL, ENOENT},
        {"/etc/passwd", NULL, EACCES},
        {"/bin/sh", "/no/such/folder", ENOENT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pid_t pid = -1;
        const struct spawn_config config = {.program = cases[i].program,
                                            .arguments = arguments,
                                            .files = files,
                                            .file_count = 3,
                                            .folder = cases[i].folder};
        assert_int_equal(spawn_program(&config, &pid), cases[i].number);
        assert_int_equal(pid, 0);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* A caller in between starts the child and ends; the child's end closes the pipe. */
static void test_end_with_caller(void **state)
{
    int ends[2];
    char byte;
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t caller = fork();
    if (caller == 0) {
        static const char *const arguments[] = {"sleep", "60", NULL};
        const int files[] = {0, ends[1], 2};
        const struct spawn_config config = {.program = "sleep",
                                            .arguments = arguments,
                                            .files = files,
                                            .file_count = 3,
                                            .end_with_caller = true};
        pid_t pid;
        _exit(spawn_program(&config, &pid));
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    assert_int_equal(waitpid(caller, NULL, 0), caller);
    close(ends[0]);
}

/* What the child reads and writes passes through the two pipes; a failed start leaves none. */
static void test_pipes(void **state)
{
    (void)state;
    const char *const arguments[] = {"sh", "-c", "read line; echo $line; echo error >&2", NULL};
    struct spawn_config config = {.program = "sh", .arguments = arguments};
    pid_t pid;
    int in, out, status;
    assert_int_equal(spawn_with_pipes(&config, &pid, &in, &out), 0);
    assert_int_equal(write(in, "hello\n", 6), 6);
    close(in);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(read(out, answer, sizeof answer), 12);
    assert_memory_equal(answer, "hello\nerror\n", 12);
    close(out);
    config.program = "/no/such/program";
    int before = dup(0);
    close(before);
    assert_int_equal(spawn_with_pipes(&config, &pid, &in, &out), ENOENT);
    assert_true(pid == 0 && in == -1 && out == -1);
    int after = dup(0);
    assert_int_equal(after, before); /* no descriptor is left open */
    close(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),           cmocka_unit_test(test_permuted_files),
        cmocka_unit_test(test_signals),         cmocka_unit_test(test_variables_and_folder),
        cmocka_unit_test(test_group),           cmocka_unit_test(test_failures),
        cmocka_unit_test(test_end_with_caller), cmocka_unit_test(test_pipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
