/*
 * process_tree - ends processes and all that they have started, at any depth.
 *
 * What a cell of C leaves running is ended with it (mnist/c_cells/cell_environment.c,
 * kernel/supervisor/subreaper.c). A tree of processes that fork while they are killed would grow as
 * fast as it is cut: so it is stopped from the top down first (SIGSTOP), until no new process turns
 * up, and then killed.
 *
 * Who has left the tree (its parent has ended) is not found here: it is the front's
 * (kernel/supervisor/subreaper.h).
 */
#ifndef MNIST_PROCESS_PROCESS_TREE_H
#define MNIST_PROCESS_PROCESS_TREE_H

#include <sys/types.h>

enum { PROCESS_TREE_MAX = 8192 }; /* processes that one call finds */

/* The children of a process, by all its threads: list [PROCESS_TREE_MAX]. Returns how many; 0 where
   the system does not tell. */
int process_tree_list(pid_t process, pid_t *list);

/* Ends the processes of roots [count] and what they have started. Returns how many were ended. The
   roots that are the caller's children are to be waited for. */
int process_tree_end(const pid_t *roots, int count);

#endif
