/*
 * test_iopub - the order and the omission of messages on iopub, over a real ZeroMQ socket.
 *
 * Proves: joined text is sent before any other output; outputs have the running cell as parent, and
 * late text the last cell; `busy` is repeated after another request's `idle`; a silent cell has no
 * outputs; each subscriber is welcomed; for a client that does not read, outputs are omitted, but
 * neither errors nor status, and their number is reported; text beyond the quota is reported. By
 * comparison with the messages written by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <cmocka.h>

#include "front_client.h"
#include "kernel/front/iopub.h"
#include "kernel/front/output_quota.h"
#include "mnist/base/clock.h"

struct fixture {
    struct front_client client;
    struct channel *channel;
    void *subscriber;
    struct iopub *iopub;
    struct message *cell, *other;
};

static void open_fixture(struct fixture *f, size_t pending_max)
{
    front_client_open(&f->client);
    f->channel = front_client_connect(&f->client, ZMQ_SUB, &f->subscriber);
    f->iopub = iopub_new(f->channel, &f->client.author, pending_max);
    assert_non_null(f->iopub);
    f->cell = front_client_request(&f->client, "cell", "execute_request", "{}");
    f->other = front_client_request(&f->client, "other", "history_request", "{}");
}

static int set_up(void **state)
{
    static struct fixture fixture;
    open_fixture(&fixture, IOPUB_PENDING_MAX);
    *state = &fixture;
    return 0;
}

static int set_up_small(void **state)
{
    static struct fixture fixture;
    open_fixture(&fixture, 1024 * 1024);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    message_free(&f->cell);
    message_free(&f->other);
    iopub_free(&f->iopub);
    zmq_close(f->subscriber);
    channel_close(&f->channel);
    front_client_close(&f->client);
    return 0;
}

static void print(struct fixture *f, const char *text)
{
    assert_true(iopub_text(f->iopub, STREAM_BUFFER_PIPE_STDOUT, text, strlen(text)));
}

static void output(struct fixture *f, const char *type, const char *content)
{
    iopub_output(f->iopub, type, content, strlen(content));
}

#define assert_received(f, expected)                                                          \
    assert_string_equal(front_client_text(front_client_receive(&(f)->client, (f)->subscriber, \
                                                               FRONT_CLIENT_WAIT_MS)),        \
                        expected)

static void assert_nothing_more(struct fixture *f)
{
    assert_null(front_client_receive(&f->client, f->subscriber, 50));
}

static void text_is_joined_and_sent_before_outputs(void **state)
{
    struct fixture *f = *state;
    iopub_begin_cell(f->iopub, f->cell, false);
    print(f, "a");
    print(f, "b");
    output(f, "display_data", "{\"n\":1}");
    print(f, "c");
    iopub_send(f->iopub, f->cell, "clear_output", json_pack("{}"));
    print(f, "d");
    iopub_close_cell(f->iopub);
    iopub_end_cell(f->iopub, &f->cell);
    assert_null(f->cell);
    assert_received(f, "status cell {\"execution_state\":\"busy\"}");
    assert_received(f, "stream cell {\"name\":\"stdout\",\"text\":\"ab\"}");
    assert_received(f, "display_data cell {\"n\":1}");
    assert_received(f, "stream cell {\"name\":\"stdout\",\"text\":\"c\"}");
    assert_received(f, "clear_output cell {}");
    assert_received(f, "stream cell {\"name\":\"stdout\",\"text\":\"d\"}");
    assert_received(f, "status cell {\"execution_state\":\"idle\"}");
    assert_nothing_more(f);
}

static void text_is_sent_when_its_deadline_has_passed(void **state)
{
    struct fixture *f = *state;
    iopub_begin_cell(f->iopub, f->cell, false);
    assert_received(f, "status cell {\"execution_state\":\"busy\"}");
    assert_true(iopub_deadline(f->iopub) == CLOCK_NEVER);
    print(f, "a");
    assert_true(iopub_deadline(f->iopub) != CLOCK_NEVER);
    while (clock_ms() < iopub_deadline(f->iopub))
        continue;
    iopub_act(f->iopub);
    assert_received(f, "stream cell {\"name\":\"stdout\",\"text\":\"a\"}");
    assert_true(iopub_deadline(f->iopub) == CLOCK_NEVER);
}

static void late_text_belongs_to_the_last_cell(void **state)
{
    struct fixture *f = *state;
    assert_false(iopub_text(f->iopub, STREAM_BUFFER_PIPE_STDOUT, "x", 1));
    iopub_begin_cell(f->iopub, f->cell, false);
    iopub_end_cell(f->iopub, &f->cell);
    print(f, "late");
    output(f, "display_data", "{}"); /* not between cells */
    iopub_flush_cell(f->iopub);
    assert_received(f, "status cell {\"execution_state\":\"busy\"}");
    assert_received(f, "status cell {\"execution_state\":\"idle\"}");
    assert_received(f, "stream cell {\"name\":\"stdout\",\"text\":\"late\"}");
    assert_nothing_more(f);
}

static void busy_is_repeated_while_a_cell_runs(void **state)
{
    struct fixture *f = *state;
    struct frames frames;
    const struct message_draft draft = {.type = "status",
                                        .to = f->other,
                                        .topic = "status",
                                        .content_text = "{}",
                                        .content_size = 2};
    iopub_status(f->iopub, f->other, "idle");
    iopub_begin_cell(f->iopub, f->cell, false);
    iopub_status(f->iopub, f->other, "busy");
    iopub_status(f->iopub, f->other, "idle");
    assert_true(message_encode(&f->client.author, &draft, &frames, NULL));
    iopub_forward(f->iopub, &frames, true);
    assert_received(f, "status other {\"execution_state\":\"idle\"}");
    assert_received(f, "status cell {\"execution_state\":\"busy\"}");
    assert_received(f, "status other {\"execution_state\":\"busy\"}");
    assert_received(f, "status other {\"execution_state\":\"idle\"}");
    assert_received(f, "status cell {\"execution_state\":\"busy\"}");
    assert_received(f, "status other {}");
    assert_received(f, "status cell {\"execution_state\":\"busy\"}");
    assert_nothing_more(f);
}

static void a_silent_cell_has_no_outputs(void **state)
{
    struct fixture *f = *state;
    iopub_begin_cell(f->iopub, f->cell, true);
    print(f, "x");
    output(f, "error", "{}");
    iopub_close_cell(f->iopub);
    iopub_end_cell(f->iopub, &f->cell);
    assert_received(f, "status cell {\"execution_state\":\"busy\"}");
    assert_received(f, "status cell {\"execution_state\":\"idle\"}");
    assert_nothing_more(f);
}

static void a_subscriber_is_welcomed(void **state)
{
    struct fixture *f = *state;
    struct channel_wait wait = {.channel = f->channel};
    zmq_setsockopt(f->subscriber, ZMQ_SUBSCRIBE, "str", 3);
    assert_true(channel_wait(&wait, 1, FRONT_CLIENT_WAIT_MS) && wait.ready);
    iopub_welcome(f->iopub);
    assert_received(f, "iopub_welcome - {\"subscription\":\"str\"}");
    assert_nothing_more(f);
}

struct received {
    int outputs, errors, omitted;
};

static void receive_all(struct fixture *f, struct received *sum)
{
    struct message *message;
    while ((message = front_client_receive(&f->client, f->subscriber, 500)) != NULL) {
        int omitted = 0;
        sum->outputs += strcmp(message->type, "display_data") == 0;
        sum->errors += strcmp(message->type, "error") == 0;
        if (strcmp(message->type, "stream") == 0)
            assert_int_equal(sscanf(message_text(message, "text", ""), "[%d output", &omitted), 1);
        sum->omitted += omitted;
        message_free(&message);
    }
}

/* The client reads nothing until 64 outputs of 1 MiB have been sent; the limit is 1 MiB. */
static void outputs_are_omitted_for_a_slow_client(void **state)
{
    enum { OUTPUTS = 64, SIZE = 1024 * 1024, ROOM = 16 };
    struct fixture *f = *state;
    struct received sum = {0};
    char *large = malloc(SIZE + ROOM);
    assert_non_null(large);
    snprintf(large, SIZE + ROOM, "{\"x\":\"%*s\"}", SIZE, "");
    iopub_begin_cell(f->iopub, f->cell, false);
    for (int i = 0; i < OUTPUTS; i++)
        output(f, "display_data", large);
    output(f, "error", "{}");
    free(large);
    receive_all(f, &sum);
    assert_int_equal(channel_pending(f->channel), 0);
    iopub_close_cell(f->iopub);
    receive_all(f, &sum);
    assert_in_range(sum.outputs, 1, OUTPUTS - 1);
    assert_int_equal(sum.outputs + sum.omitted, OUTPUTS);
    assert_int_equal(sum.errors, 1);
}

static void text_beyond_the_quota_is_reported(void **state)
{
    struct fixture *f = *state;
    char *large = calloc(1, OUTPUT_QUOTA_SIZE);
    assert_non_null(large);
    memset(large, 'x', OUTPUT_QUOTA_SIZE);
    iopub_begin_cell(f->iopub, f->cell, false);
    assert_true(iopub_text(f->iopub, STREAM_BUFFER_PIPE_STDOUT, large, OUTPUT_QUOTA_SIZE));
    free(large);
    iopub_close_cell(f->iopub);
    assert_received(f, "status cell {\"execution_state\":\"busy\"}");
    struct message *text = front_client_receive(&f->client, f->subscriber, FRONT_CLIENT_WAIT_MS);
    assert_non_null(text);
    assert_int_equal(strlen(message_text(text, "text", "")),
                     OUTPUT_QUOTA_SIZE - OUTPUT_QUOTA_RESERVE);
    message_free(&text);
    assert_received(f,
                    "stream cell {\"name\":\"stderr\",\"text\":\"... 16.0 KiB of output were "
                    "omitted: a cell shows at most 1 MiB of text (write to a file instead)\\n\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_is_joined_and_sent_before_outputs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_sent_when_its_deadline_has_passed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(late_text_belongs_to_the_last_cell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(busy_is_repeated_while_a_cell_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_silent_cell_has_no_outputs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_subscriber_is_welcomed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(outputs_are_omitted_for_a_slow_client, set_up_small,
                                        tear_down),
        cmocka_unit_test_setup_teardown(text_beyond_the_quota_is_reported, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("iopub", tests, NULL, NULL);
}
