/*
 * standby - fork, wait with blocked signals, take over; see standby.h.
 */
#include "mnist/process/standby.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void discard_pending(const sigset_t *signals)
{
    static const struct timespec at_once;
    while (sigtimedwait(signals, NULL, &at_once) > 0 || errno == EINTR)
        continue;
}

pid_t standby_fork(bool new_group, bool (*wait)(void *context), void *context)
{
    sigset_t all, before;
    assert(wait != NULL);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* before the fork: no signal reaches the standby */
    pid_t pid = fork();
    int number = errno;
    if (pid == 0) {
        if (new_group)
            setpgid(0, 0);
        if (!wait(context))
            _exit(0);
        discard_pending(&all);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return pid;
}

void standby_end(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}
