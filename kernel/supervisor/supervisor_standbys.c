/*
 * supervisor_standbys - the two standbys of the session, and the decision which one is promoted.
 *
 * The newest standby has the session's current state, the older one the state before the last cell
 * that changed it. A C cell may damage its process's memory without crashing; then every standby
 * with that state dies as well. So unexplained deaths are counted for each state. A death is
 * explained by a crash in the cell's own code, an exit, an interrupt, or too much memory. After
 * SUPERVISOR_STATE_DEATHS unexplained deaths, the older standby is promoted, and the cell that
 * produced the newest state is rolled back.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/supervisor/subreaper.h"
#include "kernel/supervisor/supervisor_internal.h"
#include "mnist/base/clock.h"

static const struct waiting_standby none = {.socket = -1};

static void drop(struct waiting_standby *standby)
{
    assert((standby->socket >= 0) == (standby->pid > 0));
    if (standby->socket >= 0)
        close(standby->socket);
    *standby = none;
}

void supervisor_drop_standbys(struct supervisor *s)
{
    drop(&s->newest);
    drop(&s->older);
}

void supervisor_standby_ended(struct supervisor *s, pid_t pid)
{
    if (pid == s->newest.pid)
        drop(&s->newest);
    if (pid == s->older.pid)
        drop(&s->older);
}

void supervisor_add_standby(struct supervisor *s, pid_t pid, int socket, bool before)
{
    assert(pid > 0 && socket >= 0);
    struct waiting_standby standby = {.socket = socket, .pid = pid};
    if (s->promoting) { /* a standby of the session that was just promoted: the same state */
        standby.changed_by = s->changed_by;
        drop(&s->newest);
        s->newest = standby;
        return;
    }
    drop(&s->older);
    s->older = s->newest;
    s->older.last_cell = s->saved_cell;
    if (!before || s->unsaved)
        s->changed_by = before ? s->last_cell : s->cell.execution_count;
    if (before)
        s->saved_cell = s->last_cell;
    s->unsaved = false;
    standby.changed_by = s->changed_by;
    s->newest = standby;
    s->deaths = 0;
    if (s->state == STATE_BUSY && !before)
        s->saved_cell = s->cell.execution_count;
}

/* True if the death is not explained by what the cell did, so that the memory may be damaged. */
static bool is_unexplained(const struct supervisor *s)
{
    assert(s->child != NULL);
    const struct crash_record *crash = &s->child->shared->crash;
    int kind = atomic_load(&crash->kind);
    bool killed = !s->reaped || (WIFSIGNALED(s->status) && WTERMSIG(s->status) == SIGKILL);
    if (s->interrupt_timed_out || s->start_timed_out || s->interrupted_ms != 0 || killed)
        return false;
    return kind == CRASH_NONE || (kind == CRASH_SIGNAL && !crash->own);
}

void supervisor_count_death(struct supervisor *s)
{
    bool was_standby = s->state == STATE_STARTING && s->promoting;
    s->deaths += was_standby || (!s->unsaved && is_unexplained(s));
}

static bool is_alive(const struct waiting_standby *standby)
{
    char byte;
    return standby->socket >= 0 && recv(standby->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

/* Makes the standby that must be promoted the newest one. */
static void choose_standby(struct supervisor *s)
{
    if (!is_alive(&s->older))
        drop(&s->older);
    bool damaged = s->deaths >= SUPERVISOR_STATE_DEATHS;
    if (is_alive(&s->newest) && (!damaged || s->older.socket < 0))
        return;
    drop(&s->newest);
    if (s->older.socket < 0)
        return;
    s->newest = s->older;
    s->older = none;
    s->rolled_back = s->changed_by;
    s->damaged = damaged;
    s->saved_cell = s->newest.last_cell;
    s->deaths = 0;
}

bool supervisor_promote(struct supervisor *s)
{
    assert(s->child != NULL && (s->reaped || s->closed_ms != 0));
    choose_standby(s);
    if (s->newest.socket < 0)
        return false;
    pid_t group = s->child->group;
    session_process_promote(s->child, s->newest.pid, s->newest.socket);
    subreaper_end_orphans(group, s->child->pid, s->older.pid);
    s->changed_by = s->newest.changed_by;
    s->newest = none;
    s->reaped = s->start_timed_out = s->interrupt_timed_out = s->unsaved = false;
    s->closed_ms = s->interrupted_ms = 0;
    s->promoting = true;
    s->state = STATE_STARTING;
    s->ready_by_ms = clock_ms() + s->config.ready_wait_ms;
    session_process_send(s->child, SESSION_LINK_TAKE_OVER, NULL, 0);
    return true;
}

void supervisor_describe_state(struct supervisor *s, char state_left[TEXT_SIZE])
{
    char state[TEXT_SIZE / 2];
    if (s->saved_cell > 0)
        snprintf(state, sizeof state, "data, network and history are back as after cell %d",
                 s->saved_cell);
    else
        snprintf(state, sizeof state,
                 "data, network and history are back as they were before the cell");
    if (s->rolled_back > 0)
        snprintf(state_left, TEXT_SIZE, "cell %d was rolled back, because %s: %s", s->rolled_back,
                 s->damaged ? "two sessions have ended in the state that it left (a C cell that "
                              "writes outside its arrays does such damage)"
                            : "no standby of the state that it left is alive",
                 state);
    else
        snprintf(state_left, TEXT_SIZE, "%s", state);
    s->rolled_back = 0;
}
