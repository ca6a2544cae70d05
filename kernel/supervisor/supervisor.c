/*
 * supervisor - the states of the session process: start, run, interrupt, death.
 *
 * A state changes only here, in supervisor_frames.c (READY, DONE) and in supervisor_standbys.c
 * (promotion). Invariant: child is NULL exactly in STATE_DOWN and STATE_GIVEN_UP.
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
    FRAMES_A_TURN = 256, /* limits per turn, so that the session cannot starve the sockets */
    PIPE_BYTES_A_TURN = 1024 * 1024,
};

/* ---- starting ---- */

static void on_stdout(void *context, const char *bytes, size_t size)
{
    struct supervisor *s = context;
    s->config.text(s->config.context, 1, bytes, size);
}

static void on_stderr(void *context, const char *bytes, size_t size)
{
    struct supervisor *s = context;
    s->config.text(s->config.context, 2, bytes, size);
}

/* The back-off doubles with each failure before the session is given up, and not after that. */
static int64_t back_off_ms(int failures)
{
    int doublings = failures < SUPERVISOR_START_TRIES ? failures - 1 : SUPERVISOR_START_TRIES - 1;
    return failures == 0 ? 0 : (int64_t)SUPERVISOR_BACK_OFF_MS << doublings;
}

void supervisor_report_death(struct supervisor *s, const char *state_left, const json_t *error)
{
    char text[2 * TEXT_SIZE + 2];
    if (!s->death_unreported)
        return;
    s->death_unreported = s->resume_pending = false;
    bool busy = s->cell_lost;
    s->cell_lost = false;
    snprintf(text, sizeof text, "%s; %s", s->cause, state_left);
    s->config.died(s->config.context, text, busy, error);
}

/* A start failed. The next start is due after the back-off; after SUPERVISOR_START_TRIES
   failures, when supervisor_want is called. */
static void fail(struct supervisor *s, const char *what)
{
    assert(s->child == NULL);
    if (!s->death_unreported)
        snprintf(s->cause, sizeof s->cause, "%s", what);
    s->death_unreported = true;
    s->failures++;
    s->promoting = false;
    s->state = s->failures < SUPERVISOR_START_TRIES ? STATE_DOWN : STATE_GIVEN_UP;
    s->start_ms = clock_ms() + back_off_ms(s->failures);
    if (s->state == STATE_GIVEN_UP) {
        char state_left[TEXT_SIZE];
        snprintf(state_left, sizeof state_left,
                 "no session could be started (%.400s); the next cell tries again", what);
        supervisor_report_death(s, state_left, NULL);
    }
}

static void start(struct supervisor *s)
{
    struct error error;
    assert(s->child == NULL);
    s->reaped = s->start_timed_out = s->interrupt_timed_out = s->promoting = false;
    s->closed_ms = s->interrupted_ms = 0;
    s->saved_cell = s->last_cell = s->changed_by = s->deaths = 0;
    s->unsaved = false;
    s->child = session_process_start(s->config.program, on_stdout, on_stderr, s, &error);
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
    supervisor_drop_standbys(*supervisor);
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

/* Sends SESSION_LINK_EXECUTE for the current cell, which is to start at statement `from`. */
static bool send_cell(struct supervisor *s, int from)
{
    assert(s->child != NULL);
    const struct supervisor_cell *cell = &s->cell;
    json_t *flags = json_pack("{s:I, s:i, s:b, s:b, s:i}", "cell", (json_int_t)cell->id,
                              "execution_count", cell->execution_count, "silent", cell->silent,
                              "allow_stdin", cell->allow_stdin, "from", from);
    if (json_is_object(cell->user_expressions))
        json_object_set(flags, "user_expressions", (json_t *)(uintptr_t)cell->user_expressions);
    char *text = flags != NULL ? json_dumps(flags, JSON_COMPACT) : NULL;
    json_decref(flags);
    const struct iovec parts[] = {
        {text, text != NULL ? strlen(text) + 1 : 0},
        {(void *)(uintptr_t)cell->code, cell->code_size},
    };
    bool sent =
        text != NULL && session_process_send_parts(s->child, SESSION_LINK_EXECUTE, parts, 2);
    free(text);
    return sent;
}

bool supervisor_run(struct supervisor *s, const struct supervisor_cell *cell)
{
    assert(s->state == STATE_IDLE);
    assert(memchr(cell->code, '\0', cell->code_size) == NULL);
    s->cell = *cell;
    if (!send_cell(s, 0))
        return false;
    s->state = STATE_BUSY;
    s->interrupted_ms = 0;
    s->reset_statement = -1;
    s->resume_pending = s->resumed = false;
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
    assert(s->child != NULL);
    atomic_store(&s->child->shared->interrupted_cell, s->cell.id);
    supervisor_signal(s, SIGINT);
    int64_t now_ms = clock_ms();
    s->interrupted_ms = s->interrupted_ms != 0 ? s->interrupted_ms : now_ms;
    s->signal_ms = now_ms + SUPERVISOR_REPEAT_MS;
    return true;
}

/* ---- resuming a cell after `reset` ---- */

/* True if the running cell must be resumed in a new session: it has reached `reset`; or it begins
   with `reset` and the session died of it, in which case the memory is damaged in the standbys,
   too. */
static bool needs_new_session(const struct supervisor *s)
{
    return s->state == STATE_BUSY && !s->resumed && (s->reset_statement >= 0 || s->cell.resets);
}

/* Drops the old session and its standbys, and starts a new one that resumes the cell. */
static void start_to_resume(struct supervisor *s)
{
    assert(s->state == STATE_BUSY);
    pid_t group = s->child->group;
    supervisor_drop_standbys(s);
    session_process_free(&s->child);
    subreaper_end_orphans(group, 0, 0);
    s->cell_lost = s->resume_pending = true;
    start(s);
}

void supervisor_resume_cell(struct supervisor *s)
{
    assert(s->state == STATE_STARTING && s->resume_pending);
    s->resume_pending = s->cell_lost = s->death_unreported = false;
    s->resumed = true;
    s->state = STATE_BUSY;
    if (!send_cell(s, s->reset_statement > 0 ? s->reset_statement : 0))
        supervisor_signal(s, SIGKILL);
}

/* ---- frames ---- */

/* Passes at most max frames to the front. A frame is passed after the text before its mark. A
   session that closes or breaks its link is killed. */
static void read_frames(struct supervisor *s, int max)
{
    for (int i = 0; i < max; i++) {
        assert(s->child != NULL); /* no frame may end the session */
        struct session_link_frame frame;
        enum session_link_status status = session_link_read(&s->child->reader, &frame);
        if (status == SESSION_LINK_AGAIN)
            return;
        if (status != SESSION_LINK_OK) {
            if (s->closed_ms == 0)
                s->closed_ms = clock_ms();
            supervisor_signal(s, SIGKILL);
            return;
        }
        if (frame.mark != 0) {
            pipe_advance(s->child->out, frame.mark);
            pipe_advance(s->child->err, frame.mark);
        }
        s->config.frame(s->config.context, &frame);
        session_link_frame_release(&frame);
    }
}

/* ---- death ---- */

static void describe_death(const struct supervisor *s, char text[TEXT_SIZE])
{
    int status = s->reaped ? s->status : SIGKILL;
    if (s->interrupt_timed_out) {
        snprintf(text, TEXT_SIZE,
                 "the session process did not stop within %g s of the interrupt and was killed",
                 (double)s->config.interrupt_wait_ms / 1000);
    } else if (s->start_timed_out) {
        snprintf(text, TEXT_SIZE, "the session process was not ready in time and was killed");
    } else if (WIFSIGNALED(status)) {
        const char *name = sigabbrev_np(WTERMSIG(status));
        snprintf(text, TEXT_SIZE, "the session process was killed by SIG%s%s",
                 name != NULL ? name : "?",
                 s->interrupted_ms != 0        ? " after an interrupt"
                 : WTERMSIG(status) == SIGKILL ? " (out of memory?)"
                                               : "");
    } else {
        snprintf(text, TEXT_SIZE, "the session process ended by itself (exit status %d)",
                 WEXITSTATUS(status));
    }
}

/* The link is closed and the status is known: reads the last frames and text, then promotes a
   standby or schedules a start. */
static void handle_death(struct supervisor *s)
{
    char what[TEXT_SIZE];
    assert(s->child != NULL && (s->reaped || s->closed_ms != 0));
    read_frames(s, INT32_MAX);
    pipe_drain(s->child->out);
    pipe_drain(s->child->err);
    describe_death(s, what);
    if (needs_new_session(s)) {
        start_to_resume(s);
        return;
    }
    bool was_starting = s->state == STATE_STARTING;
    s->cell_lost = s->cell_lost || s->state == STATE_BUSY;
    if (!s->death_unreported)
        snprintf(s->cause, sizeof s->cause, "%s", what);
    s->death_unreported = true;
    if (was_starting && s->promoting && ++s->lost_standbys >= SUPERVISOR_START_TRIES)
        supervisor_drop_standbys(s); /* all of them contain the cause of the deaths */
    supervisor_count_death(s);
    if (supervisor_promote(s))
        return;
    bool was_promoting = s->promoting;
    session_process_free(&s->child);
    if (was_starting && !was_promoting) {
        fail(s, what);
    } else {
        s->failures += s->cell_lost ? 0 : 1;
        s->state = STATE_DOWN;
        s->start_ms = clock_ms() + back_off_ms(s->failures);
    }
}

void supervisor_reaped(struct supervisor *s, pid_t pid, int status)
{
    assert(pid > 0);
    supervisor_standby_ended(s, pid);
    if (s->child == NULL || s->child->pid != pid || s->reaped)
        return;
    s->reaped = true;
    s->status = status;
}

/* ---- called by the main loop ---- */

void supervisor_waits(struct supervisor *s, struct pollfd waits[SUPERVISOR_WAITS])
{
    struct session_process *child = s->child;
    bool open = child != NULL && s->closed_ms == 0;
    bool sends = open && child->queue_size > 0;
    assert((child == NULL) == (s->state == STATE_DOWN || s->state == STATE_GIVEN_UP));
    waits[0] = (struct pollfd){.fd = open ? child->link : -1, .events = POLLIN};
    waits[1] =
        (struct pollfd){.fd = child != NULL ? pipe_descriptor(child->out) : -1, .events = POLLIN};
    waits[2] =
        (struct pollfd){.fd = child != NULL ? pipe_descriptor(child->err) : -1, .events = POLLIN};
    waits[3] = (struct pollfd){.fd = sends ? child->link : -1, .events = POLLOUT};
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
    if (s->state == STATE_STARTING && !s->start_timed_out)
        deadline = s->ready_by_ms;
    if (s->state == STATE_BUSY && s->interrupted_ms != 0 && !s->interrupt_timed_out)
        deadline = earlier(s->signal_ms, s->interrupted_ms + s->config.interrupt_wait_ms);
    if (s->closed_ms != 0)
        deadline = earlier(deadline, s->closed_ms + SUPERVISOR_STATUS_WAIT_MS);
    return deadline;
}

static void escalate_interrupt(struct supervisor *s, int64_t now_ms)
{
    if (s->state != STATE_BUSY || s->interrupted_ms == 0 || s->interrupt_timed_out)
        return;
    if (now_ms >= s->interrupted_ms + s->config.interrupt_wait_ms) {
        s->interrupt_timed_out = true;
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
            read_frames(s, FRAMES_A_TURN);
        pipe_read(s->child->out, PIPE_BYTES_A_TURN);
        pipe_read(s->child->err, PIPE_BYTES_A_TURN);
        if (s->closed_ms == 0)
            session_process_flush(s->child);
        if (s->reaped ||
            (s->closed_ms != 0 && now_ms >= s->closed_ms + SUPERVISOR_STATUS_WAIT_MS)) {
            handle_death(s);
            return;
        }
    }
    escalate_interrupt(s, now_ms);
    if (s->state == STATE_STARTING && now_ms >= s->ready_by_ms && !s->start_timed_out) {
        s->start_timed_out = true;
        supervisor_signal(s, SIGKILL);
    }
    if (s->state == STATE_DOWN && now_ms >= s->start_ms)
        start(s);
}
