/*
 * signals - blocks the signals of the front process and opens a signalfd (see signals.h).
 */
#include "kernel/front/signals.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

bool signals_open(int *descriptor, struct error *error)
{
    struct sigaction hangup;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* write(2) then fails with EFBIG beyond `ulimit -f` */
    signal(SIGCHLD, SIG_DFL);
    *descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 || *descriptor < 0)
        return error_system(error, "signals cannot be received");
    return true;
}
