/*
 * guard - the processes.
 */
#include "mnist/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/renew.h"

struct guard {
    struct crash_record record;
    _Atomic pid_t guardian;     /* 0 = there is none yet                         */
    _Atomic pid_t worker, copy; /* copy: 0 = none waits                      */
    _Atomic int status;         /* waitpid's, of the worker that died        */
    int ends[2];                /* the guardian writes a byte to wake the copy */
};

struct guard *guard_new(void)
{
    void *page =
        mmap(NULL, sizeof(struct guard), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED ? page : NULL;
}

struct crash_record *guard_record(struct guard *guard)
{
    return &guard->record;
}

/* Ends as the last worker did. */
static void end_like(int status)
{
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void watch_over(struct guard *g)
{
    int status;
    signal(SIGINT, SIG_IGN); /* a terminal's comes to all of them: the worker's business */
    signal(SIGQUIT, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (;;) {
        pid_t pid = waitpid(-1, &status, 0);
        if (pid < 0 && errno != EINTR)
            _exit(1);
        if (pid <= 0 || pid != g->worker)
            continue;
        if (g->copy == 0)
            end_like(status);
        g->status = status;
        g->worker = g->copy;
        g->copy = 0;
        if (write(g->ends[1], "x", 1) != 1)
            _exit(1);
    }
}

/* The caller goes on as the worker, in a new process; who it was watches. */
static bool begin(struct guard *g, void (*forget)(void *context), void *context)
{
    if (g->guardian != 0)
        return true;
    if (pipe2(g->ends, O_CLOEXEC) != 0)
        return false;
    g->guardian = getpid();
    pid_t worker = fork();
    if (worker < 0) {
        g->guardian = 0;
        return false;
    }
    if (worker > 0) {
        g->worker = worker;
        watch_over(g);
    }
    close(g->ends[1]); /* the guardian's alone: when it is gone, who waits sees the end */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    forget(context);
    return true;
}

/* The copy's life: until it is called, or not needed any more, which is a SIGKILL. */
static int wait_for_call(struct guard *g)
{
    char byte;
    sigset_t interrupt, before;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, &before);
    prctl(PR_SET_PDEATHSIG, 0);
    ssize_t size;
    do
        size = read(g->ends[0], &byte, 1);
    while (size < 0 && errno == EINTR);
    if (size != 1)
        _exit(1);
    signal(SIGINT, SIG_IGN); /* the one that ended the cell is not for us */
    sigprocmask(SIG_SETMASK, &before, NULL);
    return g->status;
}

enum guard_role guard_before(struct guard *g, void (*forget)(void *context), void *context,
                             int *status)
{
    struct sigaction interrupt;
    fflush(NULL);
    if (!begin(g, forget, context))
        return GUARD_FAILED;
    sigaction(SIGINT, NULL, &interrupt);
    pid_t copy = fork();
    if (copy < 0)
        return GUARD_FAILED;
    if (copy > 0) {
        g->copy = copy;
        return GUARD_WORKER;
    }
    *status = wait_for_call(g);
    sigaction(SIGINT, &interrupt, NULL);
    forget(context);
    return GUARD_SUCCESSOR;
}

static void announce(void *context)
{
    struct guard *g = context;
    g->worker = getpid();
}

bool guard_renew(struct guard *g, void (*forget)(void *context), void *context)
{
    if (g->guardian == 0 || !renew(announce, g))
        return false;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    forget(context);
    return true;
}

void guard_done(struct guard *g)
{
    pid_t copy = g->copy;
    g->copy = 0;
    if (copy > 0) {
        kill(copy, SIGKILL);
        while (waitpid(copy, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
}
