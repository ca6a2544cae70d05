/*
 * control - the thread of the control channel: receive, post to the mailbox, reply.
 */
#include "kernel/front/control.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kernel/front/dispatch.h"
#include "kernel/front/kernel_info.h"
#include "kernel/front/log_ratelimit.h"
#include "kernel/front/reply.h"

struct control {
    pthread_t thread;
    struct channel *channel; /* owned by the thread once it runs */
    struct message_author *author;
    struct mailbox *mailbox;
    struct log_ratelimit log_ratelimit;
    int stop; /* an eventfd; readable = the thread must end */
};

/* Asks the main thread to publish a message on iopub. content is consumed. */
static void publish(struct control *control, const struct message *parent, const char *type,
                    json_t *content, bool idle)
{
    struct mail mail = {.kind = MAIL_PUBLISH, .idle = idle};
    const struct message_draft draft = {
        .type = type, .to = parent, .topic = type, .content = content};
    if (content != NULL && message_encode(control->author, &draft, &mail.frames, NULL))
        mailbox_post(control->mailbox, &mail);
    json_decref(content);
}

static void answer_info(void *context, struct message **message)
{
    struct control *control = context;
    reply(control->channel, control->author, *message, "kernel_info_reply", kernel_info_content(),
          NULL);
}

static void answer_interrupt(void *context, struct message **message)
{
    struct control *control = context;
    struct mail mail = {.kind = MAIL_INTERRUPT};
    mailbox_post(control->mailbox, &mail);
    reply(control->channel, control->author, *message, "interrupt_reply",
          json_pack("{s:s}", "status", "ok"), NULL);
}

static void answer_shutdown(void *context, struct message **message)
{
    struct control *control = context;
    bool restart = message_flag(*message, "restart", false);
    struct mail mail = {.kind = MAIL_SHUTDOWN};
    json_t *content = json_pack("{s:s, s:b}", "status", "ok", "restart", restart);
    publish(control, *message, "shutdown_reply", json_incref(content), false);
    reply(control->channel, control->author, *message, "shutdown_reply", content, NULL);
    publish(control, *message, "status", json_pack("{s:s}", "execution_state", "idle"), true);
    mailbox_post(control->mailbox, &mail);
}

static const struct route routes[] = {
    {"kernel_info_request", answer_info, .fenced = true},
    {"interrupt_request", answer_interrupt, .fenced = true},
    {"shutdown_request", answer_shutdown, .fenced = false},
    {0},
};

static void handle(struct control *control, struct message **message)
{
    const struct route *route = dispatch_find(routes, (*message)->type);
    if (route == NULL) {
        log_line(&control->log_ratelimit, "control: unknown message type %s", (*message)->type);
        return;
    }
    publish(control, *message, "status", json_pack("{s:s}", "execution_state", "busy"), false);
    route->handle(control, message);
    if (route->fenced)
        publish(control, *message, "status", json_pack("{s:s}", "execution_state", "idle"), true);
}

static void receive(struct control *control)
{
    struct frames frames;
    struct error error;
    while (channel_receive(control->channel, &frames)) {
        struct message *message = message_decode(control->author->signature, &frames, &error);
        if (message == NULL)
            log_line(&control->log_ratelimit, "control: a message was dropped: %s", error.text);
        else
            handle(control, &message);
        message_free(&message);
    }
}

static void *serve(void *context)
{
    struct control *control = context;
    struct channel_wait waits[] = {{.channel = control->channel}, {.descriptor = control->stop}};
    while (channel_wait(waits, 2, -1) && !waits[1].ready)
        receive(control);
    channel_close(&control->channel);
    return NULL;
}

struct control *control_start(struct channel_context *context, const char *endpoint,
                              struct message_author *author, struct mailbox *mailbox,
                              struct error *error)
{
    struct control *control = calloc(1, sizeof *control);
    if (control == NULL) {
        error_memory(error, "the control thread", sizeof *control);
        return NULL;
    }
    control->author = author;
    control->mailbox = mailbox;
    control->stop = eventfd(0, EFD_CLOEXEC);
    control->channel = channel_open(context, CHANNEL_ROUTER, endpoint, error);
    if (control->channel == NULL)
        goto out_failed;
    if (control->stop < 0 || pthread_create(&control->thread, NULL, serve, control) != 0) {
        error_set(error, ERROR_SYSTEM, "the control thread cannot be started");
        goto out_failed;
    }
    return control;
out_failed:
    channel_close(&control->channel);
    if (control->stop >= 0)
        close(control->stop);
    free(control);
    return NULL;
}

void control_stop(struct control **control)
{
    if (*control == NULL)
        return;
    eventfd_write((*control)->stop, 1);
    pthread_join((*control)->thread, NULL);
    close((*control)->stop);
    free(*control);
    *control = NULL;
}
