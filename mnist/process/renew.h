/*
 * renew - a process goes on in a fork of itself, and the one that it was ends, with all its
 * threads.
 *
 * A thread cannot be ended from outside without harm, but fork(2) takes only the calling thread
 * along: memory, open files and the place in the program are the same, the other threads are gone.
 *
 *     caller ──fork──> new process: announce ─> ends the old one ─> waits until that is gone ─> goes on: true
 *        └─ waits to be ended
 *
 * When renew returns, nothing that the old process's threads write can still come. The session
 * process (kernel/) and the shell program's worker (guard.h) use it for cells of C that leave
 * threads running (mnist/c_cells/cell_threads.h).
 */
#ifndef MNIST_PROCESS_RENEW_H
#define MNIST_PROCESS_RENEW_H

#include <stdbool.h>

/* announce(context) is called in the new process while the old one still lives: for whoever has to
   know the new pid before the old one ends. The caller then tells what else a fork loses
   (session_after_fork). False: no process was to be had, nothing has changed. */
__attribute__((warn_unused_result)) bool renew(void (*announce)(void *context), void *context);

#endif
