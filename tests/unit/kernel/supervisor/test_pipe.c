/*
 * test_pipe - text of the session and its marks.
 *
 * Proves: text after a mark is held until its frame arrives, and is then complete; a frame
 * without a mark does not wait; after the session's death no text is held. Each for every
 * division of the bytes into two writes.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/supervisor/pipe.h"

static const char token[] = "0123456789abcdef0123456789abcdef";

enum { ALL = 1 << 20 };

struct seen {
    char text[4096];
    size_t size;
};

static void remember(void *context, const char *bytes, size_t size)
{
    struct seen *seen = context;
    assert_true(seen->size + size < sizeof seen->text);
    memcpy(seen->text + seen->size, bytes, size);
    seen->size += size;
    seen->text[seen->size] = '\0';
}

struct line {
    int write_end;
    struct pipe *pipe;
    struct seen seen;
};

static void open_line(struct line *line)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    memset(&line->seen, 0, sizeof line->seen);
    line->write_end = ends[1];
    line->pipe = pipe_new(ends[0], token, remember, &line->seen);
    assert_non_null(line->pipe);
}

static void close_line(struct line *line)
{
    if (line->write_end >= 0)
        close(line->write_end);
    pipe_free(&line->pipe);
}

static void say(struct line *line, const char *bytes, size_t size)
{
    assert_int_equal(write(line->write_end, bytes, size), (long)size);
}

static void text_behind_a_mark_waits_for_its_frame(void **state)
{
    (void)state;
    char bytes[16 + 2 * SESSION_LINK_MARK_SIZE] = "one";
    session_link_mark(bytes + 3, token, 1);
    memcpy(bytes + 3 + SESSION_LINK_MARK_SIZE, "two", 3);
    session_link_mark(bytes + 6 + SESSION_LINK_MARK_SIZE, token, 2);
    memcpy(bytes + 6 + 2 * SESSION_LINK_MARK_SIZE, "three", 5);
    size_t size = 11 + 2 * SESSION_LINK_MARK_SIZE;
    for (size_t cut = 0; cut <= size; cut++) {
        struct line line;
        open_line(&line);
        say(&line, bytes, cut);
        pipe_read(line.pipe, ALL);
        say(&line, bytes + cut, size - cut);
        pipe_read(line.pipe, ALL);
        assert_string_equal(line.seen.text, "one");
        assert_int_equal(pipe_descriptor(line.pipe), -1);
        pipe_advance(line.pipe, 1);
        assert_string_equal(line.seen.text, "one");
        pipe_read(line.pipe, ALL);
        assert_string_equal(line.seen.text, "onetwo");
        pipe_advance(line.pipe, 2);
        pipe_read(line.pipe, ALL);
        assert_string_equal(line.seen.text, "onetwothree");
        assert_int_not_equal(pipe_descriptor(line.pipe), -1);
        close_line(&line);
    }
}

static void a_frame_may_pass_several_marks(void **state)
{
    (void)state;
    struct line line;
    char mark[SESSION_LINK_MARK_SIZE];
    open_line(&line);
    for (uint64_t number = 1; number <= 3; number++) {
        say(&line, "x", 1);
        session_link_mark(mark, token, number);
        say(&line, mark, sizeof mark);
    }
    say(&line, "y", 1);
    pipe_advance(line.pipe, 3);
    assert_string_equal(line.seen.text, "xxx");
    pipe_read(line.pipe, ALL);
    assert_string_equal(line.seen.text, "xxxy");
    close_line(&line);
}

static void a_mark_that_never_came_is_not_waited_for(void **state)
{
    (void)state;
    struct line line;
    open_line(&line);
    say(&line, "text", 4);
    pipe_advance(line.pipe, 1);
    assert_string_equal(line.seen.text, "text");
    close(line.write_end);
    line.write_end = -1;
    pipe_advance(line.pipe, 2);
    assert_int_equal(pipe_descriptor(line.pipe), -1);
    close_line(&line);
}

static void nothing_is_held_back_after_death(void **state)
{
    (void)state;
    struct line line;
    char mark[SESSION_LINK_MARK_SIZE];
    session_link_mark(mark, token, 9);
    open_line(&line);
    say(&line, "a", 1);
    say(&line, mark, sizeof mark);
    say(&line, "b", 1);
    say(&line, mark, sizeof mark / 2); /* it died in the middle of writing one */
    pipe_read(line.pipe, ALL);
    pipe_drain(line.pipe);
    assert_int_equal(line.seen.size, 2 + sizeof mark / 2);
    assert_memory_equal(line.seen.text, "ab", 2);
    close_line(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_behind_a_mark_waits_for_its_frame),
        cmocka_unit_test(a_frame_may_pass_several_marks),
        cmocka_unit_test(a_mark_that_never_came_is_not_waited_for),
        cmocka_unit_test(nothing_is_held_back_after_death),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
