/*
 * supervisor - the states of the session process. What it says is read in supervisor_frames.c,
 * its end is in supervisor_end.c, the copies that wait are in supervisor_copies.c.
 */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/supervisor/subreaper.h"
#include "kernel/supervisor/supervisor_internal.h"
#include "mnist/base/clock.h"

enum {
    FRAMES_A_TURN = 256, /* then the sockets have their turn */
    PIPE_BYTES_A_TURN = 1024 * 1024,
};

/* ---- starting ---- */

static void hear_out(void *context, const char *bytes, size_t size)
{
    struct supervisor *s = context;
    s->config.text(s->config.context, 1, bytes, size);
}

static void hear_err(void *context, const char *bytes, size_t size)
{
    struct supervisor *s = context;
    s->config.text(s->config.context, 2, bytes, size);
}

static int64_t back_off_ms(int failures)
{
    return failures == 0 ? 0 : (int64_t)SUPERVISOR_BACK_OFF_MS << (failures - 1);
}

void supervisor_report(struct supervisor *s, const char *left, const json_t *error)
{
    char text[2 * TEXT_SIZE + 2];
    if (!s->death_unreported)
        return;
    s->death_unreported = s->rerun = false;
    bool busy = s->open_cell;
    s->open_cell = false;
    snprintf(text, sizeof text, "%s; %s", s->what, left);
    s->config.died(s->config.context, text, busy, error);
}

/* No session for now: the next start is due after a while, or after too many tries, when a cell
   wants one. */
static void fail(struct supervisor *s, const char *what)
{
    if (!s->death_unreported)
        snprintf(s->what, sizeof s->what, "%s", what);
    s->death_unreported = true;
    s->failures++;
    s->adopting = false;
    s->state = s->failures < SUPERVISOR_START_TRIES ? STATE_DOWN : STATE_GIVEN_UP;
    s->start_ms = clock_ms() + back_off_ms(s->failures);
    if (s->state == STATE_GIVEN_UP) {
        char left[TEXT_SIZE];
        snprintf(left, sizeof left,
                 "no session could be started (%.400s); the next cell tries again", what);
        supervisor_report(s, left, NULL);
    }
}

static void start(struct supervisor *s)
{
    struct error error;
    s->reaped = s->late = s->stubborn = s->adopting = false;
    s->closed_ms = s->interrupted_ms = 0;
    s->known_count = s->done_count = s->made_by = s->deaths = 0;
    s->uncopied = false;
    s->child = session_process_start(s->config.program, hear_out, hear_err, s, &error);
    if (s->child == NULL) {
        fail(s, error.text);
        return;
    }
    s->state = STATE_STARTING;
    s->ready_by_ms = clock_ms() + s->config.ready_wait_ms;
}

struct supervisor *supervisor_new(const struct supervisor_config *config)
{
    struct supervisor *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->config = *config;
    s->newest.socket = s->older.socket = -1;
    start(s);
    return s;
}

void supervisor_free(struct supervisor **supervisor)
{
    if (*supervisor == NULL)
        return;
    session_process_free(&(*supervisor)->child);
    supervisor_forget_copies(*supervisor);
    free((*supervisor)->request);
    free(*supervisor);
    *supervisor = NULL;
}

/* ---- cells ---- */

bool supervisor_is_ready(const struct supervisor *s)
{
    return s->state == STATE_IDLE && !s->reaped && s->closed_ms == 0;
}

void supervisor_want(struct supervisor *s)
{
    if (s->state == STATE_GIVEN_UP) {
        s->failures = SUPERVISOR_START_TRIES - 1;
        start(s);
    }
}

bool supervisor_gave_up(const struct supervisor *s)
{
    return s->state == STATE_GIVEN_UP;
}

bool supervisor_run(struct supervisor *s, uint64_t cell, int count, const char *request,
                    size_t size, bool resets)
{
    assert(s->state == STATE_IDLE);
    char *copy = malloc(size);
    if (copy == NULL || !session_process_send(s->child, SESSION_LINK_EXECUTE, request, size)) {
        free(copy);
        return false;
    }
    memcpy(copy, request, size);
    free(s->request);
    s->request = copy;
    s->request_size = size;
    s->state = STATE_BUSY;
    s->cell = cell;
    s->count = count;
    s->interrupted_ms = 0;
    s->resets = resets;
    s->fresh_from = -1;
    s->rerun = s->has_rerun = false;
    return true;
}

void supervisor_answer(struct supervisor *s, const char *answer, size_t size)
{
    if (s->state == STATE_BUSY)
        session_process_send(s->child, SESSION_LINK_INPUT, answer, size);
}

void supervisor_signal(const struct supervisor *s, int number)
{
    if (s->child != NULL && !s->reaped)
        kill(s->child->pid, number);
}

bool supervisor_interrupt(struct supervisor *s)
{
    if (s->state != STATE_BUSY)
        return false;
    atomic_store(&s->child->shared->interrupted_cell, s->cell);
    supervisor_signal(s, SIGINT);
    int64_t now_ms = clock_ms();
    s->interrupted_ms = s->interrupted_ms != 0 ? s->interrupted_ms : now_ms;
    s->signal_ms = now_ms + SUPERVISOR_REPEAT_MS;
    return true;
}

/* ---- death ---- */

static void describe_status(char text[TEXT_SIZE], int status, int interrupt_wait_ms, bool stubborn,
                            bool late, bool interrupted)
{
    if (stubborn)
        snprintf(text, TEXT_SIZE,
                 "the session process did not stop within %g s of the interrupt and was killed",
                 (double)interrupt_wait_ms / 1000);
    else if (late)
        snprintf(text, TEXT_SIZE, "the session process was not ready in time and was killed");
    else if (WIFSIGNALED(status)) {
        const char *name = sigabbrev_np(WTERMSIG(status));
        snprintf(text, TEXT_SIZE, "the session process was killed by SIG%s%s",
                 name != NULL ? name : "?",
                 interrupted                   ? " after an interrupt"
                 : WTERMSIG(status) == SIGKILL ? " (out of memory?)"
                                               : "");
    } else {
        snprintf(text, TEXT_SIZE, "the session process ended by itself (exit status %d)",
                 WEXITSTATUS(status));
    }
}

/* `reset` gives a fresh session. The session asks for one when it comes to that line; and where it
   died of such a cell, because its memory is damaged, none of its copies could do better. */
static bool wants_fresh(const struct supervisor *s)
{
    return s->state == STATE_BUSY && !s->has_rerun && (s->fresh_from >= 0 || s->resets);
}

/* Nothing of the old session is left; the cell goes on in the new one. */
static void start_fresh(struct supervisor *s)
{
    pid_t group = s->child->group;
    supervisor_forget_copies(s);
    session_process_free(&s->child);
    subreaper_end_orphans(group, 0, 0);
    s->open_cell = s->rerun = true;
    start(s);
}

static char *request_from(const struct supervisor *s)
{
    json_t *request = json_loadb(s->request, s->request_size, JSON_ALLOW_NUL, NULL);
    if (request != NULL)
        json_object_set_new(request, "from", json_integer(s->fresh_from));
    char *text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    json_decref(request);
    return text;
}

void supervisor_rerun(struct supervisor *s)
{
    char *request = request_from(s);
    s->rerun = s->open_cell = s->death_unreported = false;
    s->has_rerun = true;
    s->state = STATE_BUSY;
    if (request == NULL ||
        !session_process_send(s->child, SESSION_LINK_EXECUTE, request, strlen(request)))
        supervisor_signal(s, SIGKILL);
    free(request);
}

/* The link is closed and the status known: reads what is left, then sees to a successor. */
static void bury(struct supervisor *s)
{
    char what[TEXT_SIZE];
    supervisor_read_frames(s, INT32_MAX);
    pipe_drain(s->child->out);
    pipe_drain(s->child->err);
    describe_status(what, s->reaped ? s->status : SIGKILL, s->config.interrupt_wait_ms, s->stubborn,
                    s->late, s->interrupted_ms != 0);
    if (wants_fresh(s)) {
        start_fresh(s);
        return;
    }
    bool was_starting = s->state == STATE_STARTING;
    s->open_cell = s->open_cell || s->state == STATE_BUSY;
    if (!s->death_unreported)
        snprintf(s->what, sizeof s->what, "%s", what);
    s->death_unreported = true;
    if (was_starting && s->adopting && ++s->lost_copies >= SUPERVISOR_START_TRIES)
        supervisor_forget_copies(s); /* what kills them is in the copies, too */
    supervisor_count_death(s);
    if (supervisor_take_over(s))
        return;
    bool had_adopted = s->adopting;
    session_process_free(&s->child);
    if (was_starting && !had_adopted) {
        fail(s, what);
    } else {
        s->failures += s->open_cell ? 0 : 1;
        s->state = STATE_DOWN;
        s->start_ms = clock_ms() + back_off_ms(s->failures);
    }
}

void supervisor_reaped(struct supervisor *s, pid_t pid, int status)
{
    supervisor_copy_ended(s, pid);
    if (s->child == NULL || s->child->pid != pid || s->reaped)
        return;
    s->reaped = true;
    s->status = status;
}

/* ---- the main loop's part ---- */

void supervisor_waits(struct supervisor *s, struct channel_wait waits[SUPERVISOR_WAITS])
{
    struct session_process *child = s->child;
    bool open = child != NULL && s->closed_ms == 0;
    waits[0] = (struct channel_wait){.descriptor = open ? child->link : -1};
    waits[1] =
        (struct channel_wait){.descriptor = child != NULL ? pipe_descriptor(child->out) : -1};
    waits[2] =
        (struct channel_wait){.descriptor = child != NULL ? pipe_descriptor(child->err) : -1};
    waits[3] = (struct channel_wait){.descriptor = open && child->queue_size > 0 ? child->link : -1,
                                     .to_write = true};
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t supervisor_deadline(const struct supervisor *s)
{
    int64_t deadline = CLOCK_NEVER;
    if (s->state == STATE_DOWN)
        deadline = s->start_ms;
    if (s->state == STATE_STARTING && !s->late)
        deadline = s->ready_by_ms;
    if (s->state == STATE_BUSY && s->interrupted_ms != 0 && !s->stubborn)
        deadline = earlier(s->signal_ms, s->interrupted_ms + s->config.interrupt_wait_ms);
    if (s->closed_ms != 0)
        deadline = earlier(deadline, s->closed_ms + SUPERVISOR_STATUS_WAIT_MS);
    return deadline;
}

static void press_interrupt(struct supervisor *s, int64_t now_ms)
{
    if (s->state != STATE_BUSY || s->interrupted_ms == 0 || s->stubborn)
        return;
    if (now_ms >= s->interrupted_ms + s->config.interrupt_wait_ms) {
        s->stubborn = true;
        supervisor_signal(s, SIGKILL);
    } else if (now_ms >= s->signal_ms) {
        supervisor_signal(s, SIGINT);
        s->signal_ms = now_ms + SUPERVISOR_REPEAT_MS;
    }
}

void supervisor_act(struct supervisor *s)
{
    int64_t now_ms = clock_ms();
    if (s->child != NULL) {
        if (s->closed_ms == 0)
            supervisor_read_frames(s, FRAMES_A_TURN);
        pipe_read(s->child->out, PIPE_BYTES_A_TURN);
        pipe_read(s->child->err, PIPE_BYTES_A_TURN);
        if (s->closed_ms == 0)
            session_process_flush(s->child);
        if (s->reaped ||
            (s->closed_ms != 0 && now_ms >= s->closed_ms + SUPERVISOR_STATUS_WAIT_MS)) {
            bury(s);
            return;
        }
    }
    press_interrupt(s, now_ms);
    if (s->state == STATE_STARTING && now_ms >= s->ready_by_ms && !s->late) {
        s->late = true;
        supervisor_signal(s, SIGKILL);
    }
    if (s->state == STATE_DOWN && now_ms >= s->start_ms)
        start(s);
}
