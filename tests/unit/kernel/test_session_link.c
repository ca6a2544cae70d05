/*
 * test_session_link - frames and marks between the two processes.
 *
 * Proves: read(send(x)) = x for any division into pieces; a descriptor arrives with its own
 * frame; an excessive size and a closed socket are distinguished; a mark is found at every
 * division of the bytes, and no other text is taken for a mark.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/session_link.h"

static const char token[] = "0123456789abcdef0123456789abcdef";

static void make_pair(int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
}

static void frames_come_as_they_were_sent(void **state)
{
    (void)state;
    int ends[2];
    struct session_link_reader reader;
    struct session_link_frame frame;
    make_pair(ends);
    session_link_reader_init(&reader, ends[1]);
    assert_int_equal(session_link_read(&reader, &frame), SESSION_LINK_AGAIN);
    for (size_t size = 0; size < 300; size++) {
        char payload[300];
        memset(payload, (int)size, sizeof payload);
        assert_true(session_link_send(ends[0], SESSION_LINK_OUTPUT, size * 77777777777u, payload,
                                      size, -1));
        assert_int_equal(session_link_read(&reader, &frame), SESSION_LINK_OK);
        assert_int_equal(frame.kind, SESSION_LINK_OUTPUT);
        assert_true(frame.mark == size * 77777777777u);
        assert_int_equal(frame.size, size);
        assert_memory_equal(frame.payload, payload, size);
        assert_int_equal(frame.payload[size], 0);
        assert_int_equal(frame.descriptor, -1);
        session_link_frame_release(&frame);
    }
    close(ends[0]);
    assert_int_equal(session_link_read(&reader, &frame), SESSION_LINK_CLOSED);
    session_link_reader_release(&reader);
    close(ends[1]);
}

/* A payload of three blocks, each of several sizes, some of them larger than the socket's buffer: a
   child process sends, this one reads. */
static void blocks_are_joined_in_order(void **state)
{
    (void)state;
    enum { LARGE = 1 << 20 };
    static const size_t sizes[] = {0, 1, LARGE};
    char *bytes = malloc(3 * LARGE);
    assert_non_null(bytes);
    for (size_t i = 0; i < 3 * LARGE; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    for (int n = 0; n < 27; n++) {
        int ends[2];
        struct session_link_reader reader;
        struct session_link_frame frame;
        const size_t a = sizes[n % 3], b = sizes[n / 3 % 3], c = sizes[n / 9];
        const struct iovec parts[] = {{bytes, a}, {bytes + a, b}, {bytes + a + b, c}};
        make_pair(ends);
        pid_t child = fork();
        if (child == 0)
            _exit(!session_link_send_parts(ends[0], SESSION_LINK_OUTPUT, 5, parts, 3, 0));
        session_link_reader_init(&reader, ends[1]);
        enum session_link_status status;
        while ((status = session_link_read(&reader, &frame)) == SESSION_LINK_AGAIN)
            continue;
        assert_int_equal(status, SESSION_LINK_OK);
        assert_int_equal(frame.size, a + b + c);
        assert_memory_equal(frame.payload, bytes, frame.size);
        assert_true(frame.descriptor >= 0);
        session_link_frame_release(&frame);
        int exit_status = -1;
        assert_int_equal(waitpid(child, &exit_status, 0), child);
        assert_int_equal(exit_status, 0);
        session_link_reader_release(&reader);
        close(ends[0]);
        close(ends[1]);
    }
    free(bytes);
}

static void frames_may_arrive_byte_by_byte(void **state)
{
    (void)state;
    int ends[2];
    struct session_link_reader reader;
    struct session_link_frame frame;
    uint8_t bytes[SESSION_LINK_HEADER_SIZE + 5];
    make_pair(ends);
    session_link_reader_init(&reader, ends[1]);
    session_link_header(bytes, SESSION_LINK_STREAM, 9, 5);
    memcpy(bytes + SESSION_LINK_HEADER_SIZE, "hello", 5);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            assert_int_equal(session_link_read(&reader, &frame), SESSION_LINK_AGAIN);
            assert_int_equal(write(ends[0], bytes + i, 1), 1);
        }
        assert_int_equal(session_link_read(&reader, &frame), SESSION_LINK_OK);
        assert_string_equal(frame.payload, "hello");
        session_link_frame_release(&frame);
    }
    session_link_reader_release(&reader);
    close(ends[0]);
    close(ends[1]);
}

static void a_descriptor_comes_with_its_own_frame(void **state)
{
    (void)state;
    int ends[2];
    struct session_link_reader reader;
    struct session_link_frame frame;
    make_pair(ends);
    session_link_reader_init(&reader, ends[1]);
    int given = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(session_link_send(ends[0], SESSION_LINK_NAMES, 0, "[]", 2, -1));
    assert_true(session_link_send(ends[0], SESSION_LINK_COPY, 0, "{}", 2, given));
    assert_true(session_link_send(ends[0], SESSION_LINK_COPY, 0, NULL, 0, given));
    assert_true(session_link_send(ends[0], SESSION_LINK_DONE, 0, "{}", 2, -1));
    const bool expected[] = {false, true, true, false};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(session_link_read(&reader, &frame), SESSION_LINK_OK);
        assert_int_equal(frame.descriptor >= 0, expected[i]);
        if (frame.descriptor >= 0) {
            assert_int_not_equal(frame.descriptor, given);
            assert_true(fcntl(frame.descriptor, F_GETFD) & FD_CLOEXEC);
        }
        session_link_frame_release(&frame);
        assert_int_equal(frame.descriptor, -1);
    }
    close(given);
    session_link_reader_release(&reader);
    close(ends[0]);
    close(ends[1]);
}

static void sizes_beyond_the_limit_are_refused(void **state)
{
    (void)state;
    int ends[2];
    struct session_link_reader reader;
    struct session_link_frame frame;
    uint8_t bytes[SESSION_LINK_HEADER_SIZE];
    uint32_t size = SESSION_LINK_PAYLOAD_MAX + 1u;
    make_pair(ends);
    session_link_reader_init(&reader, ends[1]);
    session_link_header(bytes, SESSION_LINK_STREAM, 0, 0);
    memcpy(bytes, &size, sizeof size);
    assert_int_equal(write(ends[0], bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(session_link_read(&reader, &frame), SESSION_LINK_BROKEN);
    assert_false(session_link_send(ends[0], SESSION_LINK_STREAM, 0, bytes,
                                   SESSION_LINK_PAYLOAD_MAX + (size_t)1, -1));
    session_link_reader_release(&reader);
    close(ends[0]);
    close(ends[1]);
}

static void sending_to_nobody_fails_without_a_signal(void **state)
{
    (void)state;
    int ends[2];
    make_pair(ends);
    close(ends[1]);
    assert_false(session_link_send(ends[0], SESSION_LINK_DONE, 0, "{}", 2, -1));
    close(ends[0]);
}

static void a_mark_is_found_wherever_the_text_is_cut(void **state)
{
    (void)state;
    char text[SESSION_LINK_MARK_SIZE + 20] = "before";
    uint64_t number;
    size_t partial;
    session_link_mark(text + 6, token, 0xfedcba9876543210u);
    memcpy(text + 6 + SESSION_LINK_MARK_SIZE, "after", 5);
    size_t whole = 6 + SESSION_LINK_MARK_SIZE;
    for (size_t size = 0; size < whole; size++) {
        assert_int_equal(session_link_find_mark(text, size, token, &number, &partial), -1);
        assert_int_equal(partial, size < 6 ? size : 6);
    }
    for (size_t size = whole; size <= whole + 5; size++) {
        assert_int_equal(session_link_find_mark(text, size, token, &number, &partial), 6);
        assert_true(number == 0xfedcba9876543210u);
    }
}

static void what_only_resembles_a_mark_is_text(void **state)
{
    (void)state;
    char mark[SESSION_LINK_MARK_SIZE];
    uint64_t number;
    size_t partial;
    for (size_t i = 0; i < SESSION_LINK_MARK_SIZE; i++) {
        session_link_mark(mark, token, 42);
        mark[i] = mark[i] == 'z' ? 'y' : 'z';
        assert_int_equal(session_link_find_mark(mark, sizeof mark, token, &number, &partial), -1);
        assert_int_equal(partial, i + 1 == SESSION_LINK_MARK_SIZE ? sizeof mark : sizeof mark - 1);
    }
}

static void a_mark_behind_a_false_start_is_found(void **state)
{
    (void)state;
    char text[2 * SESSION_LINK_MARK_SIZE];
    uint64_t number;
    size_t partial;
    session_link_mark(text, token, 1);
    for (size_t keep = 1; keep < SESSION_LINK_MARK_SIZE - 1; keep++) {
        session_link_mark(text + keep, token, 7);
        assert_int_equal(
            session_link_find_mark(text, keep + SESSION_LINK_MARK_SIZE, token, &number, &partial),
            (long)keep);
        assert_true(number == 7);
        session_link_mark(text, token, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_as_they_were_sent),
        cmocka_unit_test(blocks_are_joined_in_order),
        cmocka_unit_test(frames_may_arrive_byte_by_byte),
        cmocka_unit_test(a_descriptor_comes_with_its_own_frame),
        cmocka_unit_test(sizes_beyond_the_limit_are_refused),
        cmocka_unit_test(sending_to_nobody_fails_without_a_signal),
        cmocka_unit_test(a_mark_is_found_wherever_the_text_is_cut),
        cmocka_unit_test(what_only_resembles_a_mark_is_text),
        cmocka_unit_test(a_mark_behind_a_false_start_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
