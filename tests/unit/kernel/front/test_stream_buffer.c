/*
 * test_stream_buffer - text is joined and its UTF-8 repaired.
 *
 * Proves: for any division into pieces, the sent text equals the written text, in order and in
 * whole characters; invalid UTF-8 becomes U+FFFD, independently of the division; messages are
 * joined up to STREAM_BUFFER_SIZE and end when text of the other stream follows. Characters:
 * every two-byte sequence, and the edges of table 3-7 of Unicode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/front/stream_buffer.h"
#include "mnist/base/clock.h"
#include "mnist/base/utf8.h"

struct seen {
    char text[8192];
    size_t size, messages;
    const char *last;
};

static void remember(void *context, const char *name, const char *text, size_t size)
{
    struct seen *seen = context;
    assert_true(size > 0 && utf8_valid_size(text, size) == size);
    assert_true(seen->size + size < sizeof seen->text);
    memcpy(seen->text + seen->size, text, size);
    seen->size += size;
    seen->text[seen->size] = '\0';
    seen->messages++;
    seen->last = name;
}

static const char mixed[] =
    "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80 z\n\xFF\xE2\x82(\xED\xA0\x80\xC0\x80\xF5 end\xF0\x9F";

static void the_cut_does_not_matter(void **state)
{
    (void)state;
    struct seen whole = {0};
    struct stream_buffer stream;
    size_t size = sizeof mixed - 1;
    stream_buffer_init(&stream, remember, &whole);
    stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDOUT, mixed, size);
    stream_buffer_end(&stream);
    assert_non_null(strstr(whole.text, "\xF0\x9F\x98\x80 z\n\xEF\xBF\xBD\xEF\xBF\xBD("));
    for (size_t first = 0; first <= size; first++) {
        for (size_t second = first; second <= size; second++) {
            struct seen seen = {0};
            stream.context = &seen;
            stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDOUT, mixed, first);
            stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDOUT, mixed + first, second - first);
            stream_buffer_flush(&stream);
            stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDOUT, mixed + second, size - second);
            stream_buffer_end(&stream);
            assert_string_equal(seen.text, whole.text);
        }
    }
    stream_buffer_release(&stream);
}

static void sources_do_not_mix_their_characters(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct stream_buffer stream;
    stream_buffer_init(&stream, remember, &seen);
    stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDOUT, "\xE2\x82", 2);
    stream_buffer_write(&stream, STREAM_BUFFER_TEXT_STDOUT, "line\n", 5);
    stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDERR, "\xC3", 1);
    stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDOUT, "\xAC", 1);
    stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDERR, "\xBC", 1);
    stream_buffer_end(&stream);
    assert_string_equal(seen.text, "line\n\xE2\x82\xAC\xC3\xBC");
    assert_string_equal(seen.last, "stderr");
    stream_buffer_release(&stream);
}

static void text_is_joined_until_the_other_has_its_turn(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct stream_buffer stream;
    stream_buffer_init(&stream, remember, &seen);
    assert_true(stream_buffer_deadline(&stream) == CLOCK_NEVER);
    for (int i = 0; i < 100; i++)
        stream_buffer_write(&stream, STREAM_BUFFER_TEXT_STDOUT, "x", 1);
    assert_int_equal(seen.messages, 0);
    assert_true(stream_buffer_deadline(&stream) <= clock_ms() + STREAM_BUFFER_WAIT_MS);
    stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDOUT, "y", 1);
    assert_int_equal(seen.messages, 0);
    stream_buffer_write(&stream, STREAM_BUFFER_TEXT_STDERR, "e", 1);
    assert_int_equal(seen.messages, 1);
    assert_string_equal(seen.last, "stdout");
    stream_buffer_flush(&stream);
    assert_int_equal(seen.messages, 2);
    stream_buffer_flush(&stream);
    assert_int_equal(seen.messages, 2);
    assert_true(stream_buffer_deadline(&stream) == CLOCK_NEVER);
    stream_buffer_release(&stream);
}

static void count_bytes(void *context, const char *name, const char *text, size_t size)
{
    (void)name, (void)text;
    ((size_t *)context)[0] += size;
    ((size_t *)context)[1]++;
}

static void a_full_message_leaves_at_once(void **state)
{
    (void)state;
    size_t counts[2] = {0};
    struct stream_buffer stream;
    char piece[512];
    memset(piece, 'x', sizeof piece);
    stream_buffer_init(&stream, count_bytes, counts);
    for (int i = 0; i < STREAM_BUFFER_SIZE / 512; i++) {
        assert_int_equal(counts[1], 0);
        stream_buffer_write(&stream, STREAM_BUFFER_PIPE_STDOUT, piece, sizeof piece);
    }
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[0], STREAM_BUFFER_SIZE);
    stream_buffer_release(&stream);
}

static void characters_follow_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        enum utf8_status step;
        size_t length;
    } cases[] = {
        {"\x7F", 1, UTF8_CHARACTER, 1},
        {"\x80", 1, UTF8_INVALID, 1},
        {"\xC1\xBF", 2, UTF8_INVALID, 1},
        {"\xC2\x80", 2, UTF8_CHARACTER, 2},
        {"\xDF\xBF", 2, UTF8_CHARACTER, 2},
        {"\xE0\x9F\xBF", 3, UTF8_INVALID, 1},
        {"\xE0\xA0\x80", 3, UTF8_CHARACTER, 3},
        {"\xED\x9F\xBF", 3, UTF8_CHARACTER, 3},
        {"\xED\xA0\x80", 3, UTF8_INVALID, 1},
        {"\xEE\x80\x80", 3, UTF8_CHARACTER, 3},
        {"\xF0\x8F\xBF\xBF", 4, UTF8_INVALID, 1},
        {"\xF0\x90\x80\x80", 4, UTF8_CHARACTER, 4},
        {"\xF4\x8F\xBF\xBF", 4, UTF8_CHARACTER, 4},
        {"\xF4\x90\x80\x80", 4, UTF8_INVALID, 1},
        {"\xF5\x80\x80\x80", 4, UTF8_INVALID, 1},
        {"\xE2\x82", 2, UTF8_TRUNCATED, 2},
        {"\xE2\x28\xA1", 3, UTF8_INVALID, 1},
        {"\xE2\x82\x28", 3, UTF8_INVALID, 2},
        {"\xF0\x9F\x98", 3, UTF8_TRUNCATED, 3},
        {"\xE0", 1, UTF8_TRUNCATED, 1},
        {"\0", 1, UTF8_CHARACTER, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length;
        assert_int_equal(utf8_scan(cases[i].bytes, cases[i].size, &length), cases[i].step);
        assert_int_equal(length, cases[i].length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cut_does_not_matter),
        cmocka_unit_test(sources_do_not_mix_their_characters),
        cmocka_unit_test(text_is_joined_until_the_other_has_its_turn),
        cmocka_unit_test(a_full_message_leaves_at_once),
        cmocka_unit_test(characters_follow_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
