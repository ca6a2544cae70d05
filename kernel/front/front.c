/*
 * front - the main loop: one wait, then every source in a fixed order.
 *
 * The order within a turn matters: the mailbox is emptied before signals, requests and frames, and
 * again before each request, so that an interrupt is applied to the cells received before it. Each
 * source is limited per turn (messages, milliseconds, frames, bytes), so that none can starve the
 * others.
 */
#include "kernel/front/front.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/front/c_introspection.h"
#include "kernel/front/channel.h"
#include "kernel/front/control.h"
#include "kernel/front/dispatch.h"
#include "kernel/front/execute.h"
#include "kernel/front_memory.h"
#include "kernel/front/heartbeat.h"
#include "kernel/front/history.h"
#include "kernel/front/iopub.h"
#include "kernel/front/log_ratelimit.h"
#include "kernel/front/mailbox.h"
#include "kernel/front/parent_watch.h"
#include "kernel/front/reply.h"
#include "kernel/front/session_frames.h"
#include "kernel/front/shell_requests.h"
#include "kernel/front/signals.h"
#include "kernel/supervisor/subreaper.h"
#include "kernel/supervisor/supervisor.h"
#include "mnist/base/clock.h"

enum { MESSAGES_A_TURN = 1000, TURN_MS = 100, LOG_LINE_MAX = 1000 };

struct front {
    const struct front_config *config;
    struct signature *signature;
    struct message_author author;
    struct channel_context *context;
    struct channel *shell, *stdin_channel, *iopub_channel;
    struct mailbox *mailbox;
    struct control *control;
    struct heartbeat *heartbeat;
    struct iopub *iopub;
    struct history *history;
    struct execute *execute;
    struct supervisor *supervisor;
    struct c_introspection *c_introspection;
    struct live_names names; /* for completion; from the session's latest SESSION_LINK_NAMES */
    struct log_ratelimit log_ratelimit;
    int signals, parent; /* descriptors */
    bool ending;
    struct shell_requests requests;
};

/* ---- messages ---- */

/* Answers a request that was not handled, because its content is unreadable or memory ran out. */
static void refuse(struct front *front, const struct message *message, const char *name,
                   const char *text)
{
    iopub_status(front->iopub, message, "busy");
    reply_refusal(front->shell, &front->author, message, name, text);
    iopub_status(front->iopub, message, "idle");
}

static void handle(struct front *front, const struct route *routes, struct message **message)
{
    const struct route *route = dispatch_find(routes, (*message)->type);
    if (route == NULL) {
        log_line(&front->log_ratelimit, "unknown message type %s", (*message)->type);
        return;
    }
    if (route->reads_content && (*message)->problem[0] != '\0') {
        refuse(front, *message, "DataError", (*message)->problem);
        return;
    }
    if (route->fenced)
        iopub_status(front->iopub, *message, "busy");
    route->handle(&front->requests, message);
    if (!route->fenced && *message != NULL && routes == requests_shell)
        refuse(front, *message, "SystemError", "out of memory: the request was not handled");
    if (route->fenced && *message != NULL) /* a handler that kept it sends `idle` after its reply */
        iopub_status(front->iopub, *message, "idle");
}

static void take_mail(struct front *front);

/* Handles the messages that a channel has received: at most MESSAGES_A_TURN, and for about TURN_MS,
   so that a fast client cannot starve signals and the session. The mailbox is emptied before each
   message: a cell sent after interrupt_reply must not be interrupted. */
static void receive(struct front *front, struct channel *channel, const struct route *routes)
{
    struct frames frames;
    struct error error;
    int64_t end_ms = clock_ms() + TURN_MS;
    for (int i = 0; i < MESSAGES_A_TURN && clock_ms() < end_ms && channel_receive(channel, &frames);
         i++) {
        take_mail(front);
        struct message *message = message_decode(front->signature, &frames, &error);
        if (message == NULL)
            log_line(&front->log_ratelimit, "a message was dropped: %s", error.text);
        else
            handle(front, routes, &message);
        message_free(&message);
    }
}

static void receive_waiting(void *context)
{
    struct front *front = context;
    receive(front, front->shell, requests_shell);
}

/* ---- mail and signals ---- */

static void take_mail(struct front *front)
{
    struct mail mail;
    while (mailbox_take(front->mailbox, &mail)) {
        switch (mail.kind) {
        case MAIL_PUBLISH: iopub_forward(front->iopub, &mail.frames, mail.idle); break;
        case MAIL_INTERRUPT: execute_interrupt(front->execute); break;
        case MAIL_SHUTDOWN: front->ending = true; break;
        }
        frames_release(&mail.frames);
    }
}

static void reap(struct front *front)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        supervisor_reaped(front->supervisor, pid, status);
}

static void take_signals(struct front *front)
{
    struct signalfd_siginfo info;
    while (read(front->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(front);
        else if (info.ssi_signo == SIGINT)
            execute_interrupt(front->execute);
        else
            front->ending = true;
    }
}

/* ---- events of the session ---- */

static void on_ready(void *context)
{
    execute_ready(((struct front *)context)->execute);
}

static void on_frame(void *context, struct session_link_frame *frame)
{
    struct front *front = context;
    const struct session_frames receivers = {
        .supervisor = front->supervisor,
        .execute = front->execute,
        .c_introspection = front->c_introspection,
        .names = &front->names,
    };
    session_frames_dispatch(&receivers, frame);
}

/* Text before the first cell has no cell to belong to; it is written to the kernel's log. */
static void on_text(void *context, int stream, const char *bytes, size_t size)
{
    struct front *front = context;
    enum stream_buffer_source source =
        stream == 1 ? STREAM_BUFFER_PIPE_STDOUT : STREAM_BUFFER_PIPE_STDERR;
    if (!iopub_text(front->iopub, source, bytes, size))
        log_line(&front->log_ratelimit, "session: %.*s",
                 (int)(size < LOG_LINE_MAX ? size : LOG_LINE_MAX), bytes);
}

static void on_died(void *context, const char *what, bool busy, const json_t *error)
{
    struct front *front = context;
    log_line(&front->log_ratelimit, "%s", what);
    execute_died(front->execute, what, busy, error);
}

/* ---- the loop ---- */

enum {
    WAIT_MAIL,
    WAIT_SIGNALS,
    WAIT_PARENT,
    WAIT_SHELL,
    WAIT_STDIN,
    WAIT_IOPUB,
    WAIT_C_ASSIST,
    WAIT_SESSION,
    WAITS = WAIT_SESSION + SUPERVISOR_WAITS
};

static int timeout_ms(const struct front *front)
{
    int64_t session_ms = supervisor_deadline(front->supervisor),
            text_ms = iopub_deadline(front->iopub);
    int64_t first_ms = session_ms < text_ms ? session_ms : text_ms,
            c_ms = c_introspection_deadline(front->c_introspection);
    first_ms = c_ms < first_ms ? c_ms : first_ms;
    if (first_ms == CLOCK_NEVER)
        return -1;
    int64_t left_ms = first_ms - clock_ms();
    return left_ms <= 0 ? 0 : left_ms > 60000 ? 60000 : (int)left_ms;
}

static void add_session_waits(struct front *front, struct channel_wait waits[SUPERVISOR_WAITS])
{
    struct pollfd session[SUPERVISOR_WAITS];
    supervisor_waits(front->supervisor, session);
    for (int i = 0; i < SUPERVISOR_WAITS; i++)
        waits[i] = (struct channel_wait){.descriptor = session[i].fd,
                                         .to_write = session[i].events == POLLOUT};
}

static void loop(struct front *front)
{
    while (!front->ending) {
        struct channel_wait waits[WAITS] = {
            [WAIT_MAIL] = {.descriptor = mailbox_descriptor(front->mailbox)},
            [WAIT_SIGNALS] = {.descriptor = front->signals},
            [WAIT_PARENT] = {.descriptor = front->parent},
            [WAIT_SHELL] = {.channel = front->shell},
            [WAIT_STDIN] = {.channel = front->stdin_channel},
            [WAIT_IOPUB] = {.channel = front->iopub_channel},
            [WAIT_C_ASSIST] = c_introspection_wait(front->c_introspection),
        };
        add_session_waits(front, waits + WAIT_SESSION);
        if (!channel_wait(waits, WAITS, timeout_ms(front)))
            return;
        iopub_welcome(front->iopub); /* first: a client subscribes, then sends its request */
        take_mail(front);
        take_signals(front);
        if (waits[WAIT_PARENT].ready)
            front->ending = true;
        if (waits[WAIT_STDIN].ready)
            receive(front, front->stdin_channel, requests_stdin);
        if (waits[WAIT_SHELL].ready)
            receive(front, front->shell, requests_shell);
        c_introspection_act(front->c_introspection);
        supervisor_act(front->supervisor);
        iopub_act(front->iopub);
        front_memory_settle();
    }
}

/* ---- start and end ---- */

static struct channel *open_channel(struct front *front, enum connection_port port,
                                    struct error *error)
{
    char endpoint[CONNECTION_ENDPOINT_SIZE];
    connection_endpoint(front->config->connection, port, endpoint);
    return channel_open(front->context, port == CONNECTION_IOPUB ? CHANNEL_IOPUB : CHANNEL_ROUTER,
                        endpoint, error);
}

static bool open_channels(struct front *front, struct error *error)
{
    const struct connection *connection = front->config->connection;
    char control[CONNECTION_ENDPOINT_SIZE], heartbeat[CONNECTION_ENDPOINT_SIZE];
    connection_endpoint(connection, CONNECTION_CONTROL, control);
    connection_endpoint(connection, CONNECTION_HEARTBEAT, heartbeat);
    return (front->signature = signature_new(connection->scheme, connection->key, error)) != NULL &&
           (message_author_init(&front->author, front->signature), true) &&
           (front->context = channel_context_new(error)) != NULL &&
           (front->shell = open_channel(front, CONNECTION_SHELL, error)) != NULL &&
           (front->stdin_channel = open_channel(front, CONNECTION_STDIN, error)) != NULL &&
           (front->iopub_channel = open_channel(front, CONNECTION_IOPUB, error)) != NULL &&
           (front->control = control_start(front->context, control, &front->author, front->mailbox,
                                           error)) != NULL &&
           (front->heartbeat = heartbeat_start(front->context, heartbeat, error)) != NULL;
}

static bool make_parts(struct front *front)
{
    const struct execute_config execute_config = {
        .author = &front->author,
        .shell = front->shell,
        .stdin_channel = front->stdin_channel,
        .iopub = front->iopub =
            iopub_new(front->iopub_channel, &front->author, front->config->pending_max),
        .history = front->history = history_new(NULL, &front->log_ratelimit),
        .receive_waiting = receive_waiting,
        .context = front,
    };
    const struct supervisor_config supervisor_config = {
        .program = front->config->session_program,
        .interrupt_wait_ms = front->config->interrupt_wait_ms,
        .ready_wait_ms = front->config->ready_wait_ms,
        .context = front,
        .ready = on_ready,
        .frame = on_frame,
        .text = on_text,
        .died = on_died,
    };
    const struct c_introspection_config c_introspection_config = {
        .program = front->config->clang_program,
        .shell = front->shell,
        .author = &front->author,
        .iopub = front->iopub,
    };
    if (front->iopub == NULL || front->history == NULL ||
        (front->c_introspection = c_introspection_new(&c_introspection_config)) == NULL ||
        (front->execute = execute_new(&execute_config)) == NULL ||
        (front->supervisor = supervisor_new(&supervisor_config)) == NULL)
        return false;
    execute_set_supervisor(front->execute, front->supervisor);
    front->requests = (struct shell_requests){
        .shell = front->shell,
        .author = &front->author,
        .connection = front->config->connection,
        .iopub = front->iopub,
        .history = front->history,
        .execute = front->execute,
        .c_introspection = front->c_introspection,
        .names = &front->names,
        .ending = &front->ending,
    };
    return true;
}

static void end(struct front *front)
{
    if (front->supervisor != NULL)
        supervisor_end(front->supervisor);
    execute_free(&front->execute);
    c_introspection_free(&front->c_introspection);
    history_free(&front->history);
    iopub_free(&front->iopub);
    control_stop(&front->control);
    if (front->iopub_channel != NULL && front->mailbox != NULL) {
        struct mail mail; /* publishes the last messages of the control thread */
        while (mailbox_take(front->mailbox, &mail)) {
            if (mail.kind == MAIL_PUBLISH)
                channel_send(front->iopub_channel, &mail.frames);
            frames_release(&mail.frames);
        }
    }
    heartbeat_stop(&front->heartbeat);
    supervisor_free(&front->supervisor);
    channel_close(&front->shell);
    channel_close(&front->stdin_channel);
    channel_close(&front->iopub_channel);
    channel_context_free(&front->context);
    mailbox_free(&front->mailbox);
    signature_free(&front->signature);
    live_names_release(&front->names);
    if (front->signals >= 0)
        close(front->signals);
    if (front->parent >= 0)
        close(front->parent);
}

bool front_serve(const struct front_config *config, struct error *error)
{
    struct front front = {.config = config, .signals = -1, .parent = -1};
    bool started = false;
    front_memory_begin();
    live_names_init(&front.names);
    subreaper_enable();
    front.mailbox = mailbox_new();
    if (!parent_watch(&front.parent, error) || !signals_open(&front.signals, error))
        goto out_end;
    if (front.mailbox == NULL) {
        error_system(error, "the mailbox cannot be created");
        goto out_end;
    }
    if (!open_channels(&front, error))
        goto out_end;
    if (!make_parts(&front)) {
        error_memory(error, "the kernel", sizeof front);
        goto out_end;
    }
    started = true;
    iopub_status(front.iopub, NULL, "starting");
    loop(&front);
out_end:
    end(&front);
    return started;
}
