/*
 * session_standby - the standbys (mnist/process/standby.h) of the session process.
 *
 * Two are kept: the newest and an older one, in case the newest has inherited damaged memory that
 * has not caused a crash yet (supervisor_standbys.c chooses). A fork shares all pages until one
 * process writes, so it costs only its page tables. A standby blocks on a socket whose other end
 * the front holds (session_link.h). It holds neither the link, which would hide the session's end
 * from the front, nor threads or gnuplot.
 *
 *     session  ──fork──>  standby: waits on its socket
 *        │ crashes          │  SESSION_LINK_TAKE_OVER from the front: the socket is the link now
 *        ×                  └─ end of file: two newer standbys exist, or the front has ended
 */
#ifndef KERNEL_SESSION_SESSION_STANDBY_H
#define KERNEL_SESSION_SESSION_STANDBY_H

#include <stdbool.h>
#include <sys/types.h>

enum session_standby_role {
    SESSION_STANDBY_ORIGINAL, /* the caller continues; a standby waits                       */
    SESSION_STANDBY_COPY,     /* the caller is a standby that takes over; *link is its link  */
    SESSION_STANDBY_FAILED,   /* the fork failed; existing standbys are unchanged            */
};

struct session_standby {
    pid_t newest, older; /* children of the session; 0 = none */
};

/* Forks a standby and reports it to the front; before: the fork precedes a cell that is about to
   run. The newest standby becomes the older one, and the older one ends. The standby calls
   forget(context) to drop threads and pipes, and returns only to take over. */
enum session_standby_role session_standby_take(struct session_standby *standby, int *link,
                                               bool before, void (*forget)(void *context),
                                               void *context);

#endif
