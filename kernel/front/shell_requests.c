/*
 * shell_requests - one handler for each message type of shell and stdin, and the two tables.
 */
#include "kernel/front/shell_requests.h"

#include <jansson.h>

#include "kernel/front/c_introspection.h"
#include "kernel/front/comm.h"
#include "kernel/front/execute.h"
#include "kernel/front/history.h"
#include "kernel/front/introspection.h"
#include "kernel/front/iopub.h"
#include "kernel/front/kernel_info.h"
#include "kernel/front/reply.h"

static void answer(const struct shell_requests *r, const struct message *request, const char *type,
                   json_t *content)
{
    reply(r->shell, r->author, request, type, content, NULL);
}

static void on_kernel_info(void *context, struct message **message)
{
    answer(context, *message, "kernel_info_reply", kernel_info_content());
}

static void on_execute(void *context, struct message **message)
{
    execute_request(((const struct shell_requests *)context)->execute, message);
}

static void on_complete(void *context, struct message **message)
{
    const struct shell_requests *r = context;
    if (!c_introspection_request(r->c_introspection, message, false))
        answer(r, *message, "complete_reply", introspection_complete(*message, r->names));
}

static void on_inspect(void *context, struct message **message)
{
    const struct shell_requests *r = context;
    if (!c_introspection_request(r->c_introspection, message, true))
        answer(r, *message, "inspect_reply", introspection_inspect(*message, r->names));
}

static void on_is_complete(void *context, struct message **message)
{
    answer(context, *message, "is_complete_reply", introspection_is_complete(*message));
}

static void on_history(void *context, struct message **message)
{
    answer(context, *message, "history_reply",
           history_answer(((const struct shell_requests *)context)->history, *message));
}

static void on_comm_info(void *context, struct message **message)
{
    answer(context, *message, "comm_info_reply", comm_info());
}

static void on_comm_open(void *context, struct message **message)
{
    comm_open(((const struct shell_requests *)context)->iopub, *message);
}

/* Ignored: no comm is ever open. */
static void on_comm_other(void *context, struct message **message)
{
    (void)context, (void)message;
}

static void on_connect(void *context, struct message **message)
{
    const struct connection *connection = ((const struct shell_requests *)context)->connection;
    json_t *content = json_pack("{s:s}", "status", "ok");
    for (int i = 0; i < CONNECTION_PORT_COUNT; i++)
        json_object_set_new(content, connection_port_name((enum connection_port)i),
                            json_integer(connection->ports[i]));
    answer(context, *message, "connect_reply", content);
}

/* Older clients send shutdown_request on shell instead of control. */
static void on_shutdown(void *context, struct message **message)
{
    const struct shell_requests *r = context;
    json_t *content = json_pack("{s:s, s:b}", "status", "ok", "restart",
                                message_flag(*message, "restart", false));
    iopub_send(r->iopub, *message, "shutdown_reply", json_incref(content));
    answer(r, *message, "shutdown_reply", content);
    *r->ending = true;
}

const struct route requests_shell[] = {
    {"kernel_info_request", on_kernel_info, .fenced = true},
    {"execute_request", on_execute, .fenced = false},
    {"complete_request", on_complete, .fenced = true, .reads_content = true},
    {"inspect_request", on_inspect, .fenced = true, .reads_content = true},
    {"is_complete_request", on_is_complete, .fenced = true, .reads_content = true},
    {"history_request", on_history, .fenced = true, .reads_content = true},
    {"comm_info_request", on_comm_info, .fenced = true, .reads_content = true},
    {"comm_open", on_comm_open, .fenced = true, .reads_content = true},
    {"comm_msg", on_comm_other, .fenced = true, .reads_content = true},
    {"comm_close", on_comm_other, .fenced = true, .reads_content = true},
    {"connect_request", on_connect, .fenced = true},
    {"shutdown_request", on_shutdown, .fenced = true},
    {0},
};

static void on_input_reply(void *context, struct message **message)
{
    execute_input_reply(((const struct shell_requests *)context)->execute, *message);
}

const struct route requests_stdin[] = {{"input_reply", on_input_reply, .fenced = false}, {0}};
