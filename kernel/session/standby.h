/*
 * standby - the waiting copies of the session process: the newest, and an older one in case the
 * newest has a damage that no crash has shown yet (supervisor_standbys.c decides).
 *
 * fork(2) copies the whole session for the price of its page tables; pages are shared until one
 * side writes. The copy blocks on a socket whose other end the front holds (session_link.h), uses
 * no processor time, and holds neither the link (which would hide the session's death from the
 * front) nor the session's threads and gnuplot.
 *
 *     session  ──fork──>  copy: waits on its socket
 *        │ killed           │  SESSION_LINK_TAKE_OVER from the front: the socket is the link now, go on with the next cell
 *        ×                  └─ end of file: two newer copies were made, or the front ended: _exit
 */
#ifndef KERNEL_SESSION_STANDBY_H
#define KERNEL_SESSION_STANDBY_H

#include <stdbool.h>
#include <sys/types.h>

enum standby_role {
    STANDBY_ORIGINAL, /* the caller is who it was; a copy waits                     */
    STANDBY_COPY,     /* the caller is the copy, was asked to take over; *link is new */
    STANDBY_FAILED,   /* no copy could be made: the older one, if any, still waits  */
};

struct standby {
    pid_t newest, older; /* the waiting copies, our children; 0 = none */
};

/* Forks a copy and tells the front of it; before: it is made before a cell that runs. The newest
   copy becomes the older one, which ends. In the copy, forget(context) is called first, to drop
   threads and pipes. Returns in the copy only when it takes over; then *link is its link. */
enum standby_role standby_take(struct standby *snapshot, int *link, bool before,
                               void (*forget)(void *context), void *context);

#endif
