/*
 * session_standby - notification over a socket, and rotation of two standbys; see
 * session_standby.h.
 */
#include "kernel/session/session_standby.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/session_link.h"
#include "mnist/process/standby.h"

struct standby_wait {
    int *link;
    int ends[2]; /* [0] is the front's end */
    void (*forget)(void *context);
    void *context;
};

/* In the standby. True: take over; false: end. */
static bool wait_for_front(void *context)
{
    const struct standby_wait *waiting = context;
    struct session_link_reader reader;
    struct session_link_frame frame;
    enum session_link_status status;
    close(*waiting->link);
    close(waiting->ends[0]);
    waiting->forget(waiting->context);
    session_link_reader_init(&reader, waiting->ends[1]);
    do {
        status = session_link_read(&reader, &frame);
    } while (status == SESSION_LINK_AGAIN);
    bool take_over = status == SESSION_LINK_OK && frame.kind == SESSION_LINK_TAKE_OVER;
    if (status == SESSION_LINK_OK)
        session_link_frame_release(&frame);
    session_link_reader_release(&reader);
    return take_over;
}

/* Passes the front's end of the socket to the front. */
static bool report(int link, pid_t pid, bool before, int end)
{
    char text[64];
    snprintf(text, sizeof text, "{\"pid\":%ld,\"before\":%s}", (long)pid,
             before ? "true" : "false");
    return session_link_send(link, SESSION_LINK_COPY, 0, text, strlen(text), end);
}

enum session_standby_role session_standby_take(struct session_standby *standby, int *link,
                                               bool before, void (*forget)(void *context),
                                               void *context)
{
    assert(*link >= 0);
    struct standby_wait waiting = {.link = link, .forget = forget, .context = context};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, waiting.ends) != 0)
        return SESSION_STANDBY_FAILED;
    fflush(stdout);
    fflush(stderr);
    pid_t pid = standby_fork(true, wait_for_front, &waiting);
    if (pid == 0) {
        *link = waiting.ends[1];
        standby->newest = standby->older = 0;
        return SESSION_STANDBY_COPY;
    }
    close(waiting.ends[1]);
    bool reported = pid > 0 && report(*link, pid, before, waiting.ends[0]);
    close(waiting.ends[0]);
    if (!reported) {
        standby_end(pid);
        return SESSION_STANDBY_FAILED;
    }
    standby_end(standby->older);
    standby->older = standby->newest;
    standby->newest = pid;
    return SESSION_STANDBY_ORIGINAL;
}
