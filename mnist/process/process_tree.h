/*
 * process_tree - kills processes and all of their descendants.
 *
 * Used to end processes that C cells leave running (mnist/c_cells/cell_environment.c,
 * kernel/supervisor/subreaper.c). Processes could fork faster than they are killed. The tree is
 * therefore first stopped from the top down (SIGSTOP) until no new process appears, then killed.
 *
 * Processes whose parent has ended are no longer part of the tree; the subreaper of the kernel
 * finds them (kernel/supervisor/subreaper.h).
 */
#ifndef MNIST_PROCESS_PROCESS_TREE_H
#define MNIST_PROCESS_PROCESS_TREE_H

#include <sys/types.h>

enum { PROCESS_TREE_MAX = 8192 }; /* processes in one call */

/* The children of all threads of a process: list [PROCESS_TREE_MAX]. Returns their number; 0 if the
   system does not provide /proc/PID/task/TID/children. */
int process_tree_list(pid_t process, pid_t *list);

/* Kills the processes roots [count] and their descendants. Returns the number of killed processes.
   The caller reaps those roots that are its children. */
int process_tree_end(const pid_t *roots, int count);

#endif
