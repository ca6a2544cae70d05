/*
 * standby - fork, wait, take over; see standby.h.
 */
#include "kernel/session/standby.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/session_link.h"

/* Waits in the standby. True: take over. False: end. */
static bool wait_to_take_over(int socket)
{
    struct session_link_reader reader;
    struct session_link_frame frame;
    enum session_link_status status;
    session_link_reader_init(&reader, socket);
    do {
        status = session_link_read(&reader, &frame);
    } while (status == SESSION_LINK_AGAIN);
    bool take_over = status == SESSION_LINK_OK && frame.kind == SESSION_LINK_TAKE_OVER;
    if (status == SESSION_LINK_OK)
        session_link_frame_release(&frame);
    session_link_reader_release(&reader);
    return take_over;
}

/* Isolates the standby from signals that a cell sends to its process group or to all processes
   (`kill(-1, SIGTERM)`): own group, all signals blocked. */
static void block_signals(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    setpgid(0, 0);
    sigprocmask(SIG_BLOCK, &all, before);
}

/* Discards signals that arrived meanwhile: they were meant for the previous process. */
static void restore_signals(const sigset_t *before)
{
    static const struct timespec at_once;
    sigset_t all;
    sigfillset(&all);
    while (sigtimedwait(&all, NULL, &at_once) > 0 || errno == EINTR)
        continue;
    sigprocmask(SIG_SETMASK, before, NULL);
}

static void end_standby(pid_t copy)
{
    if (copy > 0) {
        kill(copy, SIGKILL);
        while (waitpid(copy, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
}

enum standby_role standby_take(struct standby *standby, int *link, bool before,
                               void (*forget)(void *context), void *context)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return STANDBY_FAILED;
    fflush(stdout);
    fflush(stderr);
    pid_t copy = fork();
    if (copy == 0) {
        sigset_t before_fork;
        block_signals(&before_fork);
        close(*link);
        close(ends[0]);
        forget(context);
        if (!wait_to_take_over(ends[1]))
            _exit(0);
        restore_signals(&before_fork);
        *link = ends[1];
        standby->newest = standby->older = 0;
        return STANDBY_COPY;
    }
    close(ends[1]);
    bool reported = false;
    if (copy > 0) {
        char text[64];
        snprintf(text, sizeof text, "{\"pid\":%ld,\"before\":%s}", (long)copy,
                 before ? "true" : "false");
        reported = session_link_send(*link, SESSION_LINK_COPY, 0, text, strlen(text), ends[0]);
    }
    close(ends[0]);
    if (!reported) {
        end_standby(copy);
        return STANDBY_FAILED;
    }
    end_standby(standby->older);
    standby->older = standby->newest;
    standby->newest = copy;
    return STANDBY_ORIGINAL;
}
