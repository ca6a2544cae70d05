/*
 * renew - fork, and the old process's end.
 */
#include "mnist/process/renew.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The old process's last moments. Should the new one be killed before it ends this one, both are
   over: it has been announced already. */
static _Noreturn void wait_for_end(pid_t successor)
{
    while (waitpid(successor, NULL, 0) < 0 && errno == EINTR)
        continue;
    _exit(1);
}

/* The parent of this process changes when the last thread of the old parent has begun to end: none
   runs on. */
static void end_old(pid_t old)
{
    const struct timespec moment = {.tv_nsec = 100000};
    kill(old, SIGKILL);
    while (getppid() == old)
        nanosleep(&moment, NULL);
}

bool renew(void (*announce)(void *context), void *context)
{
    pid_t old = getpid(), successor = fork();
    if (successor < 0)
        return false;
    if (successor > 0)
        wait_for_end(successor);
    announce(context);
    end_old(old);
    return true;
}
