/*
 * subreaper - ends the orphans of session processes: gnuplot, a compiler, a standby.
 *
 * The front is their subreaper (prctl(2), PR_SET_CHILD_SUBREAPER): when a session process ends,
 * its children become children of the front. Otherwise they would become children of init, and
 * the front could neither find nor end them.
 */
#ifndef KERNEL_SUPERVISOR_SUBREAPER_H
#define KERNEL_SUPERVISOR_SUBREAPER_H

#include <sys/types.h>

enum { SUBREAPER_WAIT_MS = 1000 };

/* Makes this process the subreaper of its descendants. */
void subreaper_enable(void);

/* Ends the orphans of a cell, with their descendants: all children of this process that are in
   the group, except the session and its standby. Returns the number of ended processes; the
   caller reaps them when SIGCHLD arrives. */
int subreaper_end_orphans(pid_t group, pid_t session, pid_t standby);

/* Kills the process group (0 = none) and all remaining children, and waits for them, at most
   SUBREAPER_WAIT_MS. */
void subreaper_end(pid_t group);

#endif
