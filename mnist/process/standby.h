/*
 * standby - a forked copy of the process that waits to take over after a crash.
 *
 * A fork shares all pages until one process writes, so a standby costs only its page tables. It
 * blocks every signal and discards those that arrive while it waits, since they are meant for the
 * running process. When the running process has ended, the standby continues after standby_fork
 * with the memory of that moment. The kernel (kernel/session/session_standby.h) and the shell
 * program (mnist/shell/guard.h) decide when to fork, which standby takes over, and how it is
 * notified.
 */
#ifndef MNIST_PROCESS_STANDBY_H
#define MNIST_PROCESS_STANDBY_H

#include <stdbool.h>
#include <sys/types.h>

/* Returns the pid of the standby, or -1 with errno set. The standby itself calls wait(context),
   which blocks until it is notified: true = it takes over, and standby_fork returns 0 in it; false
   = it ends. new_group: the standby leads a process group of its own, so that a signal to the group
   of the running process does not reach it. */
pid_t standby_fork(bool new_group, bool (*wait)(void *context), void *context);

/* Kills and reaps a standby. pid <= 0: none. */
void standby_end(pid_t pid);

#endif
