/*
 * offspring - ends processes and all that they have started, at any depth.
 *
 * What a cell of C leaves running is ended with it (mnist/c/surroundings.c, kernel/orphans.c). A tree
 * of processes that fork while they are killed would grow as fast as it is cut: so it is stopped
 * from the top down first (SIGSTOP), until no new process turns up, and then killed.
 *
 * Who has left the tree (its parent has ended) is not found here: it is the front's (kernel/orphans.h).
 */
#ifndef MNIST_OFFSPRING_H
#define MNIST_OFFSPRING_H

#include <sys/types.h>

enum { OFFSPRING_MAX = 8192 }; /* processes that one call finds */

/* The children of a process, by all its threads: list [OFFSPRING_MAX]. Returns how many; 0 where the
   system does not tell. */
int offspring_list(pid_t process, pid_t *list);

/* Ends the processes of roots [count] and what they have started. Returns how many were ended. The
   roots that are the caller's children are to be waited for. */
int offspring_end(const pid_t *roots, int count);

#endif
