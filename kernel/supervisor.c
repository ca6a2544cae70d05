/*
 * supervisor - the states of the session process.
 */
#include "kernel/supervisor.h"

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

#include "kernel/child.h"
#include "kernel/moment.h"
#include "kernel/orphans.h"

enum state { STATE_DOWN, STATE_GIVEN_UP, STATE_STARTING, STATE_IDLE, STATE_BUSY };

enum {
    FRAMES_A_TURN = 256, /* then the sockets have their turn */
    PIPE_BYTES_A_TURN = 1024 * 1024,
    TEXT_SIZE = 512,
};

struct supervisor {
    struct supervisor_config config;
    enum state state;
    struct child *child; /* NULL: DOWN or GIVEN_UP */
    bool reaped;         /* the child's process has ended, with status */
    int status;
    int64_t closed_ms; /* when the link was found closed; 0 = it is open */

    int copy_socket; /* the newest waiting copy; -1 = none */
    pid_t copy_pid;

    int count;       /* of the running cell */
    uint64_t cell;   /* its number */
    int known_count; /* the last cell after which all is in the copy */

    int failures;        /* deaths since a cell was last done */
    int64_t start_ms;    /* DOWN: when to start */
    int64_t ready_by_ms; /* STARTING: until when */

    int64_t interrupted_ms, signal_ms; /* BUSY: first and next SIGINT; 0 = not interrupted */
    bool stubborn;                     /* was killed because it did not stop */
    bool late;                         /* was killed because it was not ready in time */

    bool grieving;  /* a death has not been reported yet */
    bool open_cell; /* it ended a cell */
    bool adopting;  /* STARTING: a copy was asked to take over */
    bool moved; /* BUSY: the session goes on in a fork; what it left is no doing of the cell's */
    char what[TEXT_SIZE];
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

/* Reports the death that is still unreported; left says what is left of the session's state. */
static void report(struct supervisor *s, const char *left, const json_t *error)
{
    char text[2 * TEXT_SIZE + 2];
    if (!s->grieving)
        return;
    s->grieving = false;
    bool busy = s->open_cell;
    s->open_cell = false;
    snprintf(text, sizeof text, "%s; %s", s->what, left);
    s->config.died(s->config.context, text, busy, error);
}

/* No session for now: the next start is due after a while, or after too many tries, when a cell
   wants one. */
static void fail(struct supervisor *s, const char *what)
{
    if (!s->grieving)
        snprintf(s->what, sizeof s->what, "%s", what);
    s->grieving = true;
    s->failures++;
    s->adopting = false;
    s->state = s->failures < SUPERVISOR_START_TRIES ? STATE_DOWN : STATE_GIVEN_UP;
    s->start_ms = moment_ms() + back_off_ms(s->failures);
    if (s->state == STATE_GIVEN_UP) {
        char left[TEXT_SIZE];
        snprintf(left, sizeof left,
                 "no session could be started (%.400s); the next cell tries again", what);
        report(s, left, NULL);
    }
}

static void start(struct supervisor *s)
{
    struct error error;
    s->reaped = s->late = s->stubborn = s->adopting = false;
    s->closed_ms = s->interrupted_ms = 0;
    s->known_count = 0;
    s->child = child_start(s->config.program, hear_out, hear_err, s, &error);
    if (s->child == NULL) {
        fail(s, error.text);
        return;
    }
    s->state = STATE_STARTING;
    s->ready_by_ms = moment_ms() + s->config.ready_wait_ms;
}

struct supervisor *supervisor_new(const struct supervisor_config *config)
{
    struct supervisor *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->config = *config;
    s->copy_socket = -1;
    start(s);
    return s;
}

static void forget_copy(struct supervisor *s)
{
    if (s->copy_socket >= 0)
        close(s->copy_socket);
    s->copy_socket = -1;
    s->copy_pid = 0;
}

void supervisor_free(struct supervisor **supervisor)
{
    if (*supervisor == NULL)
        return;
    child_free(&(*supervisor)->child);
    forget_copy(*supervisor);
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

void supervisor_run(struct supervisor *s, uint64_t cell, int count, const char *request,
                    size_t size)
{
    assert(s->state == STATE_IDLE);
    s->state = STATE_BUSY;
    s->cell = cell;
    s->count = count;
    s->interrupted_ms = 0;
    child_send(s->child, LINK_EXECUTE, request,
               size); /* when it fails, the death is about to be noticed */
}

void supervisor_answer(struct supervisor *s, const char *answer, size_t size)
{
    if (s->state == STATE_BUSY)
        child_send(s->child, LINK_INPUT, answer, size);
}

static void signal_session(const struct supervisor *s, int number)
{
    if (s->child != NULL && !s->reaped)
        kill(s->child->pid, number);
}

bool supervisor_interrupt(struct supervisor *s)
{
    if (s->state != STATE_BUSY)
        return false;
    atomic_store(&s->child->shared->interrupted_cell, s->cell);
    signal_session(s, SIGINT);
    int64_t now_ms = moment_ms();
    s->interrupted_ms = s->interrupted_ms != 0 ? s->interrupted_ms : now_ms;
    s->signal_ms = now_ms + SUPERVISOR_REPEAT_MS;
    return true;
}

/* ---- frames ---- */

/* 0 = there is none. */
static pid_t pid_of(const struct link_frame *frame)
{
    json_t *object = json_loadb((const char *)frame->payload, frame->size, 0, NULL);
    json_int_t pid = json_integer_value(json_object_get(object, "pid"));
    json_decref(object);
    return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

/* The old process may have been reaped before this was read. */
static void take_move(struct supervisor *s, const struct link_frame *frame)
{
    pid_t pid = pid_of(frame);
    if (pid <= 0)
        return;
    s->child->pid = pid;
    s->reaped = false;
    s->moved = true;
}

static void take_copy(struct supervisor *s, struct link_frame *frame)
{
    pid_t pid = pid_of(frame);
    if (pid <= 0 || frame->descriptor < 0)
        return;
    forget_copy(s);
    s->copy_socket = frame->descriptor;
    frame->descriptor = -1;
    s->copy_pid = pid;
    if (s->state == STATE_BUSY)
        s->known_count = s->count;
}

static void become_ready(struct supervisor *s, const struct link_frame *frame)
{
    char left[TEXT_SIZE];
    if (s->state != STATE_STARTING)
        return;
    s->state = STATE_IDLE;
    if (!s->adopting)
        snprintf(left, sizeof left,
                 "there was no copy of it, so a fresh session was started: load the data again");
    else if (s->known_count > 0)
        snprintf(left, sizeof left, "data, network and history are back as after cell %d",
                 s->known_count);
    else
        snprintf(left, sizeof left,
                 "data, network and history are back as after the last finished cell");
    s->adopting = false;
    json_t *object = json_loadb((const char *)frame->payload, frame->size, 0, NULL);
    report(s, left, json_object_get(object, "error"));
    json_decref(object);
    s->config.ready(s->config.context);
}

/* Processes that a cell has let go are ended with it. */
static void end_strangers(struct supervisor *s)
{
    char line[80];
    int ended = orphans_end_strangers(s->child->group, s->child->pid, s->copy_pid);
    if (ended > 0 && !s->moved) {
        snprintf(line, sizeof line, "%d process%s that the cell had let go %s ended\n", ended,
                 ended > 1 ? "es" : "", ended > 1 ? "were" : "was");
        s->config.text(s->config.context, 2, line, strlen(line));
    }
    s->moved = false;
}

static void finish_cell(struct supervisor *s, const struct link_frame *frame)
{
    if (s->state != STATE_BUSY)
        return;
    s->state = STATE_IDLE;
    s->failures = 0;
    s->interrupted_ms = 0;
    s->known_count = s->count;
    end_strangers(s);
    s->config.frame(s->config.context, frame);
}

static void take_frame(struct supervisor *s, struct link_frame *frame)
{
    if (frame->mark != 0) {
        pipe_advance(s->child->out, frame->mark);
        pipe_advance(s->child->err, frame->mark);
    }
    switch (frame->kind) {
    case LINK_READY: become_ready(s, frame); break;
    case LINK_COPY: take_copy(s, frame); break;
    case LINK_MOVED: take_move(s, frame); break;
    case LINK_DONE: finish_cell(s, frame); break;
    case LINK_NAMES:
    case LINK_C_SCOPE:
    case LINK_STREAM:
    case LINK_OUTPUT:
    case LINK_INPUT_REQUEST: s->config.frame(s->config.context, frame); break;
    case LINK_EXECUTE:
    case LINK_INPUT:
    case LINK_TAKE_OVER:
    case LINK_QUIT: break;
    }
}

/* Reads frames, at most max of them. What ready() or frame() set off may have replaced nothing: the
   child is the same. */
static void read_frames(struct supervisor *s, int max)
{
    for (int i = 0; i < max; i++) {
        struct link_frame frame;
        enum link_status status = link_read(&s->child->reader, &frame);
        if (status == LINK_AGAIN)
            return;
        if (status != LINK_OK) {
            if (s->closed_ms == 0)
                s->closed_ms = moment_ms();
            signal_session(
                s, SIGKILL); /* whoever closed the link or broke it cannot be a session any more */
            return;
        }
        take_frame(s, &frame);
        link_frame_release(&frame);
    }
}

/* ---- death ---- */

static void describe_status(char text[TEXT_SIZE], int status, int interrupt_wait_ms, bool stubborn,
                            bool late)
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
                 name != NULL ? name : "?", WTERMSIG(status) == SIGKILL ? " (out of memory?)" : "");
    } else {
        snprintf(text, TEXT_SIZE, "the session process ended by itself (exit status %d)",
                 WEXITSTATUS(status));
    }
}

/* The newest copy becomes the session. False: there is none, or it is dead too. */
static bool take_over(struct supervisor *s)
{
    char byte;
    if (s->copy_socket >= 0 && recv(s->copy_socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        forget_copy(s);
    if (s->copy_socket < 0)
        return false;
    child_adopt(s->child, s->copy_pid, s->copy_socket);
    orphans_end_strangers(s->child->group, s->child->pid, 0);
    s->copy_socket = -1;
    s->copy_pid = 0;
    s->reaped = s->late = s->stubborn = false;
    s->closed_ms = s->interrupted_ms = 0;
    s->adopting = true;
    s->state = STATE_STARTING;
    s->ready_by_ms = moment_ms() + s->config.ready_wait_ms;
    child_send(s->child, LINK_TAKE_OVER, NULL, 0);
    return true;
}

/* The link is closed and the status known: reads what is left, then sees to a successor. */
static void bury(struct supervisor *s)
{
    char what[TEXT_SIZE];
    read_frames(s, INT32_MAX);
    if (!s->reaped && s->closed_ms == 0)
        return; /* it had moved */
    pipe_drain(s->child->out);
    pipe_drain(s->child->err);
    describe_status(what, s->reaped ? s->status : SIGKILL, s->config.interrupt_wait_ms, s->stubborn,
                    s->late);
    bool was_starting = s->state == STATE_STARTING;
    s->open_cell = s->open_cell || s->state == STATE_BUSY;
    if (!s->grieving)
        snprintf(s->what, sizeof s->what, "%s", what);
    s->grieving = true;
    if (take_over(s))
        return;
    bool had_adopted = s->adopting;
    child_free(&s->child);
    if (was_starting && !had_adopted) {
        fail(s, what);
    } else {
        s->failures += s->open_cell ? 0 : 1;
        s->state = STATE_DOWN;
        s->start_ms = moment_ms() + back_off_ms(s->failures);
    }
}

void supervisor_reaped(struct supervisor *s, pid_t pid, int status)
{
    if (pid == s->copy_pid)
        forget_copy(s);
    if (s->child == NULL || s->child->pid != pid || s->reaped)
        return;
    s->reaped = true;
    s->status = status;
}

/* ---- the main loop's part ---- */

void supervisor_waits(struct supervisor *s, struct channel_wait waits[SUPERVISOR_WAITS])
{
    struct child *child = s->child;
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
    int64_t deadline = MOMENT_NEVER;
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
        signal_session(s, SIGKILL);
    } else if (now_ms >= s->signal_ms) {
        signal_session(s, SIGINT);
        s->signal_ms = now_ms + SUPERVISOR_REPEAT_MS;
    }
}

void supervisor_act(struct supervisor *s)
{
    int64_t now_ms = moment_ms();
    if (s->child != NULL) {
        if (s->closed_ms == 0)
            read_frames(s, FRAMES_A_TURN);
        pipe_read(s->child->out, PIPE_BYTES_A_TURN);
        pipe_read(s->child->err, PIPE_BYTES_A_TURN);
        if (s->closed_ms == 0)
            child_flush(s->child);
        if (s->reaped ||
            (s->closed_ms != 0 && now_ms >= s->closed_ms + SUPERVISOR_STATUS_WAIT_MS)) {
            bury(s);
            return;
        }
    }
    press_interrupt(s, now_ms);
    if (s->state == STATE_STARTING && now_ms >= s->ready_by_ms && !s->late) {
        s->late = true;
        signal_session(s, SIGKILL);
    }
    if (s->state == STATE_DOWN && now_ms >= s->start_ms)
        start(s);
}

/* ---- the end ---- */

/* Waits for the session's end while reading what it still says. True: it has ended. */
static bool wait_for_end(struct supervisor *s, int wait_ms)
{
    int64_t end_ms = moment_ms() + wait_ms;
    while (!s->reaped && moment_ms() < end_ms) {
        int status;
        pid_t pid = waitpid(s->child->pid, &status, WNOHANG);
        if (pid == s->child->pid || (pid < 0 && errno == ECHILD)) {
            s->reaped = true;
            break;
        }
        struct link_frame frame;
        while (link_read(&s->child->reader, &frame) == LINK_OK)
            link_frame_release(&frame);
        pipe_drain(s->child->out);
        pipe_drain(s->child->err);
        struct channel_wait none = {.descriptor = -1};
        channel_wait(&none, 1, 1);
    }
    return s->reaped;
}

static void hear_nothing(void *context, int stream, const char *bytes, size_t size)
{
    (void)context, (void)stream, (void)bytes, (void)size;
}

void supervisor_end(struct supervisor *s)
{
    s->config.text = hear_nothing;
    forget_copy(s);
    if (s->child == NULL) {
        orphans_end(0);
        return;
    }
    supervisor_interrupt(s);
    child_send(s->child, LINK_QUIT, NULL, 0);
    if (!wait_for_end(s, SUPERVISOR_QUIT_WAIT_MS)) {
        signal_session(s, SIGTERM);
        if (!wait_for_end(s, SUPERVISOR_TERM_WAIT_MS))
            signal_session(s, SIGKILL);
    }
    orphans_end(s->child->group);
    s->state = STATE_DOWN;
}
