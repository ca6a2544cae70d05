/*
 * test_execute - the order of messages of cells, over real sockets and a real session process.
 *
 * The session process is this program itself: started with --link, it runs the cells of
 * scripted_session.h. The test is the client and the main loop.
 *
 * Proves: the messages of a cell and the fields of its EXECUTE frame; exactly one `error` output
 * of a failed cell, however many the session sends; a failure aborts the cells that were sent
 * before it could be known, and no others; a refused cell waits for its turn; a silent cell has
 * no outputs and no execution count; the death output and the error of a dead session; an
 * interrupt before the session is ready; only the answer to the open question is passed on. By
 * comparison with the messages written by hand.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "front_client.h"
#include "scripted_session.h"
#include "kernel/front/execute.h"
#include "kernel/front/session_frames.h"
#include "mnist/base/clock.h"

/* ---- the front ---- */

struct fixture {
    struct front_client client;
    struct channel *iopub_channel, *shell, *stdin_channel;
    void *subscriber, *shell_socket, *stdin_socket;
    struct iopub *iopub;
    struct history *history;
    struct supervisor *supervisor;
    struct execute *execute;
    const char *late[4]; /* codes of requests that the shell socket has received already */
    size_t late_count;
    int ids;
    struct log_ratelimit log_ratelimit;
    char history_path[64];
};

/* Sends a request; its id is "c1", "c2" … */
static void request(struct fixture *f, const char *code, const char *more)
{
    char id[16], content[256];
    snprintf(id, sizeof id, "c%d", ++f->ids);
    snprintf(content, sizeof content, "{\"code\":\"%s\"%s}", code, more);
    struct message *message = front_client_request(&f->client, id, "execute_request", content);
    execute_request(f->execute, &message);
    assert_null(message);
}

static void receive_waiting(void *context)
{
    struct fixture *f = context;
    for (size_t i = 0; i < f->late_count; i++)
        request(f, f->late[i], "");
    f->late_count = 0;
}

static void on_ready(void *context)
{
    execute_ready(((struct fixture *)context)->execute);
}

static void on_frame(void *context, struct session_link_frame *frame)
{
    const struct fixture *f = context;
    const struct session_frames receivers = {.supervisor = f->supervisor, .execute = f->execute};
    session_frames_dispatch(&receivers, frame);
}

static void on_text(void *context, int stream, const char *bytes, size_t size)
{
    (void)context, (void)stream, (void)bytes, (void)size;
}

static void on_died(void *context, const char *what, bool busy, const json_t *error)
{
    execute_died(((struct fixture *)context)->execute, what, busy, error);
}

/* Runs the main loop until a message for one of the client's sockets has arrived. */
static struct message *receive(struct fixture *f, void *socket)
{
    int64_t end_ms = clock_ms() + FRONT_CLIENT_WAIT_MS;
    struct message *message;
    while ((message = front_client_receive(&f->client, socket, 1)) == NULL && clock_ms() < end_ms) {
        int status;
        pid_t pid;
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
            supervisor_reaped(f->supervisor, pid, status);
        supervisor_act(f->supervisor);
        iopub_act(f->iopub);
    }
    return message;
}

#define assert_iopub(f, expected) \
    assert_string_equal(front_client_text(receive(f, (f)->subscriber)), expected)
#define assert_shell(f, expected) \
    assert_string_equal(front_client_text(receive(f, (f)->shell_socket)), expected)

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    *f = (struct fixture){0};
    front_client_open(&f->client);
    f->iopub_channel = front_client_connect(&f->client, ZMQ_SUB, &f->subscriber);
    f->shell = front_client_connect(&f->client, ZMQ_DEALER, &f->shell_socket);
    f->stdin_channel = front_client_connect(&f->client, ZMQ_DEALER, &f->stdin_socket);
    f->iopub = iopub_new(f->iopub_channel, &f->client.author, IOPUB_PENDING_MAX);
    snprintf(f->history_path, sizeof f->history_path, "/tmp/mnist-unit-%ld.sqlite", (long)getpid());
    f->history = history_new(f->history_path, &f->log_ratelimit);
    const struct execute_config config = {.author = &f->client.author,
                                          .shell = f->shell,
                                          .stdin_channel = f->stdin_channel,
                                          .iopub = f->iopub,
                                          .history = f->history,
                                          .receive_waiting = receive_waiting,
                                          .context = f};
    f->execute = execute_new(&config);
    const struct supervisor_config supervisor_config = {.program = "/proc/self/exe",
                                                        .interrupt_wait_ms = 1000,
                                                        .ready_wait_ms = 10000,
                                                        .context = f,
                                                        .ready = on_ready,
                                                        .frame = on_frame,
                                                        .text = on_text,
                                                        .died = on_died};
    assert_true(f->iopub != NULL && f->history != NULL && f->execute != NULL);
    f->supervisor = supervisor_new(&supervisor_config);
    assert_non_null(f->supervisor);
    execute_set_supervisor(f->execute, f->supervisor);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    supervisor_end(f->supervisor);
    execute_free(&f->execute);
    supervisor_free(&f->supervisor);
    history_free(&f->history);
    unlink(f->history_path);
    iopub_free(&f->iopub);
    zmq_close(f->subscriber);
    zmq_close(f->shell_socket);
    zmq_close(f->stdin_socket);
    channel_close(&f->iopub_channel);
    channel_close(&f->shell);
    channel_close(&f->stdin_channel);
    front_client_close(&f->client);
    return 0;
}

/* ---- tests ---- */

#define ABORTED                                                                                    \
    "{\"ename\":\"Aborted\",\"evalue\":\"not run: a previous cell failed\",\"execution_count\":"   \
    "null,\"status\":\"error\",\"traceback\":[\"\\u001B[1mAborted\\u001B[0m: not run: a previous " \
    "cell failed\"]}"
#define FAILED "{\"ename\":\"F\",\"evalue\":\"v\",\"traceback\":[]}"

static void a_cell_has_its_messages_in_order(void **state)
{
    struct fixture *f = *state;
    request(f, "flags\\ntext", ",\"user_expressions\":{\"a\":\"b\"},\"allow_stdin\":false");
    assert_iopub(f, "status c1 {\"execution_state\":\"busy\"}");
    assert_iopub(f, "execute_input c1 {\"code\":\"flags\\ntext\",\"execution_count\":1}");
    assert_iopub(f, "display_data c1 {\"allow_stdin\":false,\"cell\":1,\"execution_count\":1,"
                    "\"from\":0,\"silent\":false,\"user_expressions\":{\"a\":\"b\"}}");
    assert_iopub(f, "stream c1 {\"name\":\"stdout\",\"text\":\"text\"}");
    assert_iopub(f, "status c1 {\"execution_state\":\"idle\"}");
    assert_shell(f, "execute_reply c1 {\"execution_count\":1,\"status\":\"ok\"}");
}

static void a_failed_cell_has_one_error(void **state)
{
    struct fixture *f = *state;
    request(f, "fail", "");
    request(f, "error\\nerror\\nfail", "");
    assert_iopub(f, "status c1 {\"execution_state\":\"busy\"}");
    assert_iopub(f, "execute_input c1 {\"code\":\"fail\",\"execution_count\":1}");
    assert_iopub(f, "error c1 " FAILED);
    assert_iopub(f, "status c1 {\"execution_state\":\"idle\"}");
    request(f, "error\\nerror\\nfail", "");
    assert_iopub(f, "status c2 {\"execution_state\":\"busy\"}"); /* aborted */
    assert_iopub(f, "status c2 {\"execution_state\":\"idle\"}");
    assert_iopub(f, "status c3 {\"execution_state\":\"busy\"}");
    assert_iopub(f, "execute_input c3 {\"code\":\"error\\nerror\\nfail\",\"execution_count\":2}");
    assert_iopub(f, "error c3 {\"ename\":\"E\",\"evalue\":\"v\",\"traceback\":[]}");
    assert_iopub(f, "status c3 {\"execution_state\":\"idle\"}");
}

/* c2 is in the queue; c3 has been received by the socket; c4 is sent after the failed cell's
   reply. */
static void a_failure_aborts_the_cells_that_were_sent_before(void **state)
{
    struct fixture *f = *state;
    f->late[0] = "";
    f->late_count = 1;
    request(f, "fail", "");
    request(f, "", "");
    assert_shell(f, "execute_reply c1 {\"ename\":\"F\",\"evalue\":\"v\",\"execution_count\":1,"
                    "\"status\":\"error\",\"traceback\":[]}");
    assert_shell(f, "execute_reply c2 " ABORTED);
    assert_shell(f, "execute_reply c3 " ABORTED);
    request(f, "text", "");
    assert_shell(f, "execute_reply c4 {\"execution_count\":2,\"status\":\"ok\"}");
}

static void without_stop_on_error_nothing_is_aborted(void **state)
{
    struct fixture *f = *state;
    request(f, "fail", ",\"stop_on_error\":false");
    request(f, "text", "");
    assert_shell(f, "execute_reply c1 {\"ename\":\"F\",\"evalue\":\"v\",\"execution_count\":1,"
                    "\"status\":\"error\",\"traceback\":[]}");
    assert_shell(f, "execute_reply c2 {\"execution_count\":2,\"status\":\"ok\"}");
}

static void a_refused_cell_waits_for_its_turn(void **state)
{
    struct fixture *f = *state;
    request(f, "text", "");
    request(f, "\\u0000", "");
    request(f, "text", "");
    assert_shell(f, "execute_reply c1 {\"execution_count\":1,\"status\":\"ok\"}");
    struct message *refused = receive(f, f->shell_socket);
    assert_non_null(refused);
    assert_string_equal(message_text(refused, "ename", ""), "UsageError");
    assert_non_null(strstr(message_text(refused, "evalue", ""), "NUL"));
    message_free(&refused);
    assert_shell(f, "execute_reply c3 " ABORTED);
}

static void a_silent_cell_has_no_outputs_and_no_count(void **state)
{
    struct fixture *f = *state;
    request(f, "text\\nerror", ",\"silent\":true,\"store_history\":true");
    assert_iopub(f, "status c1 {\"execution_state\":\"busy\"}");
    assert_iopub(f, "status c1 {\"execution_state\":\"idle\"}");
    assert_shell(f, "execute_reply c1 {\"execution_count\":0,\"status\":\"ok\"}");
}

static void a_death_publishes_the_death_output_and_an_error(void **state)
{
    struct fixture *f = *state;
    request(f, "last\\ndie", "");
    assert_iopub(f, "status c1 {\"execution_state\":\"busy\"}");
    assert_iopub(f, "execute_input c1 {\"code\":\"last\\ndie\",\"execution_count\":1}");
    assert_iopub(f, "display_data c1 {\"last\":1}");
    struct message *error = receive(f, f->subscriber);
    assert_non_null(error);
    assert_string_equal(error->type, "error");
    assert_string_equal(message_text(error, "ename", ""), "SessionDied");
    assert_non_null(strstr(message_text(error, "evalue", ""), "killed by SIGKILL"));
    message_free(&error);
    assert_iopub(f, "status c1 {\"execution_state\":\"idle\"}");
    request(f, "fail", ""); /* the new session runs cells, and no old death output remains */
    assert_iopub(f, "status c2 {\"execution_state\":\"busy\"}");
    assert_iopub(f, "execute_input c2 {\"code\":\"fail\",\"execution_count\":2}");
    assert_iopub(f, "error c2 " FAILED);
}

static void an_interrupt_before_the_session_is_ready_ends_the_first_cell(void **state)
{
    struct fixture *f = *state;
    request(f, "text", "");
    execute_interrupt(f->execute); /* supervisor_act has not read READY yet */
    struct message *reply = front_client_receive(&f->client, f->shell_socket, FRONT_CLIENT_WAIT_MS);
    assert_non_null(reply);
    assert_string_equal(message_text(reply, "ename", ""), "KeyboardInterrupt");
    message_free(&reply);
    request(f, "text", "");
    assert_shell(f, "execute_reply c2 {\"execution_count\":1,\"status\":\"ok\"}");
}

static void answer(struct fixture *f, const char *parent, const char *value)
{
    char content[64];
    snprintf(content, sizeof content, "{\"value\":\"%s\"}", value);
    struct message *message = front_client_request(&f->client, "answer", "input_reply", content);
    json_decref(message->parent);
    message->parent = json_pack("{s:s}", "msg_id", parent);
    execute_input_reply(f->execute, message);
    message_free(&message);
}

static void only_the_answer_to_the_open_question_is_passed_on(void **state)
{
    struct fixture *f = *state;
    request(f, "ask\\nask", "");
    struct message *question = receive(f, f->stdin_socket);
    assert_non_null(question);
    assert_string_equal(question->type, "input_request");
    const char *id = json_string_value(json_object_get(question->header, "msg_id"));
    answer(f, "another question", "wrong");
    answer(f, id, "right");
    answer(f, id, "late");
    message_free(&question);
    question = receive(f, f->stdin_socket);
    assert_non_null(question);
    answer(f, json_string_value(json_object_get(question->header, "msg_id")), "second");
    message_free(&question);
    assert_iopub(f, "status c1 {\"execution_state\":\"busy\"}");
    assert_iopub(f, "execute_input c1 {\"code\":\"ask\\nask\",\"execution_count\":1}");
    assert_iopub(f, "display_data c1 {\"value\":\"right\"}");
    assert_iopub(f, "display_data c1 {\"value\":\"second\"}");
    assert_iopub(f, "status c1 {\"execution_state\":\"idle\"}");
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--link") == 0)
        return scripted_session((int)strtol(argv[2], NULL, 10));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cell_has_its_messages_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_cell_has_one_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_aborts_the_cells_that_were_sent_before, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_stop_on_error_nothing_is_aborted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_refused_cell_waits_for_its_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_silent_cell_has_no_outputs_and_no_count, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_death_publishes_the_death_output_and_an_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            an_interrupt_before_the_session_is_ready_ends_the_first_cell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_answer_to_the_open_question_is_passed_on, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("execute", tests, NULL, NULL);
}
