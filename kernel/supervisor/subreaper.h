/*
 * subreaper - what a session process leaves behind (its gnuplot, a compiler, a waiting copy) becomes
 * the front's, and must not outlive it.
 *
 * The front is their reaper (prctl(2), PR_SET_CHILD_SUBREAPER): without that they would go to init,
 * unseen.
 */
#ifndef KERNEL_SUPERVISOR_SUBREAPER_H
#define KERNEL_SUPERVISOR_SUBREAPER_H

#include <sys/types.h>

enum { SUBREAPER_WAIT_MS = 1000 };

/* From now on the orphans of our children are our children. */
void subreaper_adopt(void);

/* Ends, with all they have started, those children that are in the group but neither the session nor its copy: what a cell
   started, whose parent has ended since. Returns how many processes were ended; SIGCHLD tells of them. */
int subreaper_end_strangers(pid_t group, pid_t session, pid_t copy);

/* Kills the process group (0 = none) and every child that is left, and waits for them, at most
   SUBREAPER_WAIT_MS. */
void subreaper_end(pid_t group);

#endif
