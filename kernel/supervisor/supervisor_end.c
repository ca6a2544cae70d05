/*
 * supervisor_end - ends the session when the kernel ends: SESSION_LINK_QUIT, then SIGTERM, then
 * SIGKILL for its whole process group and all orphans.
 *
 * This is the only part of the supervisor that waits; each wait has a limit.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "kernel/supervisor/subreaper.h"
#include "kernel/supervisor/supervisor_internal.h"
#include "mnist/base/clock.h"

/* Waits for the end of the session; reads and discards its frames and text, so that it cannot block
   in a write. True: it has ended. */
static bool wait_for_end(struct supervisor *s, int wait_ms)
{
    int64_t end_ms = clock_ms() + wait_ms;
    while (!s->reaped && clock_ms() < end_ms) {
        int status;
        pid_t pid = waitpid(s->child->pid, &status, WNOHANG);
        if (pid == s->child->pid || (pid < 0 && errno == ECHILD)) {
            s->reaped = true;
            break;
        }
        struct session_link_frame frame;
        while (session_link_read(&s->child->reader, &frame) == SESSION_LINK_OK)
            session_link_frame_release(&frame);
        pipe_drain(s->child->out);
        pipe_drain(s->child->err);
        poll(NULL, 0, 1);
    }
    return s->reaped;
}

static void discard_text(void *context, int stream, const char *bytes, size_t size)
{
    (void)context, (void)stream, (void)bytes, (void)size;
}

void supervisor_end(struct supervisor *s)
{
    s->config.text = discard_text;
    supervisor_drop_standbys(s);
    if (s->child == NULL) {
        subreaper_end(0);
        return;
    }
    supervisor_interrupt(s);
    session_process_send(s->child, SESSION_LINK_QUIT, NULL, 0);
    if (!wait_for_end(s, SUPERVISOR_QUIT_WAIT_MS)) {
        supervisor_signal(s, SIGTERM);
        if (!wait_for_end(s, SUPERVISOR_TERM_WAIT_MS))
            supervisor_signal(s, SIGKILL);
    }
    subreaper_end(s->child->group);
    s->state = STATE_DOWN;
}
