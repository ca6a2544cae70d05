/*
 * test_standby - a forked standby that waits for a byte on a pipe.
 *
 * Proves: the standby continues with the memory of the fork, also after its parent has changed it;
 * signals that arrive while it waits are discarded, and its mask is then that of the caller; a
 * standby whose wait fails ends with status 0; standby_end kills and reaps; new_group makes the
 * standby the leader of a group.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/process/standby.h"

static int call[2], answer[2];

static bool wait_for_byte(void *context)
{
    char byte;
    (void)context;
    close(call[1]);
    return read(call[0], &byte, 1) == 1;
}

static void open_pipes(void)
{
    assert_int_equal(pipe2(call, O_CLOEXEC), 0);
    assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
}

static void close_pipes(void)
{
    close(call[0]);
    close(answer[0]);
    close(answer[1]);
}

/* In the standby after the takeover: answers with value, or 0 if the signal mask is wrong. */
static _Noreturn void answer_and_end(int value)
{
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    unsigned char byte = sigismember(&mask, SIGTERM) == 0 ? (unsigned char)value : 0;
    _exit(write(answer[1], &byte, 1) == 1 ? 0 : 1);
}

static void test_takeover(void **state)
{
    volatile int value = 7;
    unsigned char byte = 0;
    int status;
    (void)state;
    open_pipes();
    pid_t pid = standby_fork(true, wait_for_byte, NULL);
    assert_true(pid >= 0);
    if (pid == 0)
        answer_and_end(value + (getpgrp() == getpid() ? 100 : 0));
    value = 8;
    kill(pid, SIGTERM);
    kill(pid, SIGUSR1);
    assert_int_equal(write(call[1], "x", 1), 1);
    assert_int_equal(read(answer[0], &byte, 1), 1);
    assert_int_equal(byte, 107);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(call[1]);
    close_pipes();
}

static void test_not_needed(void **state)
{
    int status;
    (void)state;
    open_pipes();
    pid_t pid = standby_fork(false, wait_for_byte, NULL);
    assert_true(pid >= 0);
    if (pid == 0)
        answer_and_end(1);
    close(call[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close_pipes();
}

static void test_end(void **state)
{
    (void)state;
    open_pipes();
    pid_t pid = standby_fork(false, wait_for_byte, NULL);
    assert_true(pid >= 0);
    if (pid == 0)
        answer_and_end(1);
    standby_end(pid);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    standby_end(0);
    close(call[1]);
    close_pipes();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takeover),
        cmocka_unit_test(test_not_needed),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
