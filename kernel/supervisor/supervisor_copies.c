/*
 * supervisor_copies - the two copies of the session that wait, and which of them takes over.
 *
 * The newest is of the state that the session works on, the older one of the state before the
 * last cell that changed it. A cell of C may damage its process's memory without crashing, and
 * then every copy of that state dies as the session did. So deaths are counted for a state: those
 * that no cell explains by a crash in its own code, an exit, or too much memory. After
 * SUPERVISOR_STATE_DEATHS of them the older copy takes over, and the cell that made the newest
 * state is rolled back.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/supervisor/subreaper.h"
#include "kernel/supervisor/supervisor_internal.h"
#include "mnist/base/clock.h"

static const struct waiting_copy none = {.socket = -1};

static void forget(struct waiting_copy *copy)
{
    if (copy->socket >= 0)
        close(copy->socket);
    *copy = none;
}

void supervisor_forget_copies(struct supervisor *s)
{
    forget(&s->newest);
    forget(&s->older);
}

void supervisor_copy_ended(struct supervisor *s, pid_t pid)
{
    if (pid == s->newest.pid)
        forget(&s->newest);
    if (pid == s->older.pid)
        forget(&s->older);
}

void supervisor_add_copy(struct supervisor *s, pid_t pid, int socket, bool before)
{
    struct waiting_copy copy = {.socket = socket, .pid = pid};
    if (s->adopting) { /* the session that has just taken over has the same state */
        copy.made_by = s->made_by;
        forget(&s->newest);
        s->newest = copy;
        return;
    }
    forget(&s->older);
    s->older = s->newest;
    s->older.count = s->known_count;
    if (!before || s->uncopied)
        s->made_by = before ? s->done_count : s->count;
    if (before)
        s->known_count = s->done_count;
    s->uncopied = false;
    copy.made_by = s->made_by;
    s->newest = copy;
    s->deaths = 0;
    if (s->state == STATE_BUSY && !before)
        s->known_count = s->count;
}

/* The session died, and not by a cell's own doing: its memory may be damaged. */
static bool is_unexplained(const struct supervisor *s)
{
    const struct crash_record *crash = &s->child->shared->crash;
    int kind = atomic_load(&crash->kind);
    bool killed = !s->reaped || (WIFSIGNALED(s->status) && WTERMSIG(s->status) == SIGKILL);
    if (s->stubborn || s->late || s->interrupted_ms != 0 || killed)
        return false;
    return kind == CRASH_NONE || (kind == CRASH_SIGNAL && !crash->own);
}

void supervisor_count_death(struct supervisor *s)
{
    bool was_copy = s->state == STATE_STARTING && s->adopting;
    s->deaths += was_copy || (!s->uncopied && is_unexplained(s));
}

static bool is_alive(const struct waiting_copy *copy)
{
    char byte;
    return copy->socket >= 0 && recv(copy->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

/* The copy that is to take over is the newest after this. */
static void choose(struct supervisor *s)
{
    if (!is_alive(&s->older))
        forget(&s->older);
    bool damaged = s->deaths >= SUPERVISOR_STATE_DEATHS;
    if (is_alive(&s->newest) && (!damaged || s->older.socket < 0))
        return;
    forget(&s->newest);
    if (s->older.socket < 0)
        return;
    s->newest = s->older;
    s->older = none;
    s->rolled_back = s->made_by;
    s->damaged = damaged;
    s->known_count = s->newest.count;
    s->deaths = 0;
}

bool supervisor_take_over(struct supervisor *s)
{
    choose(s);
    if (s->newest.socket < 0)
        return false;
    pid_t group = s->child->group;
    session_process_promote(s->child, s->newest.pid, s->newest.socket);
    subreaper_end_orphans(group, s->child->pid, s->older.pid);
    s->made_by = s->newest.made_by;
    s->newest = none;
    s->reaped = s->late = s->stubborn = s->uncopied = false;
    s->closed_ms = s->interrupted_ms = 0;
    s->adopting = true;
    s->state = STATE_STARTING;
    s->ready_by_ms = clock_ms() + s->config.ready_wait_ms;
    session_process_send(s->child, SESSION_LINK_TAKE_OVER, NULL, 0);
    return true;
}

void supervisor_describe_copy(struct supervisor *s, char left[TEXT_SIZE])
{
    char state[TEXT_SIZE / 2];
    if (s->known_count > 0)
        snprintf(state, sizeof state, "data, network and history are back as after cell %d",
                 s->known_count);
    else
        snprintf(state, sizeof state,
                 "data, network and history are back as they were before the cell");
    if (s->rolled_back > 0)
        snprintf(left, TEXT_SIZE, "cell %d was rolled back, because %s: %s", s->rolled_back,
                 s->damaged ? "two sessions have ended in the state that it left (a C cell that "
                              "writes outside its arrays does such damage)"
                            : "no copy of the state that it left is alive",
                 state);
    else
        snprintf(left, TEXT_SIZE, "%s", state);
    s->rolled_back = 0;
}
