/*
 * test_output_quota - the limit on a cell's text.
 *
 * Proves: a cell shows no more text than its quota; no character is cut at the limit; the report of
 * omitted text. By hand, and for characters of every size at every position relative to the limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/front/output_quota.h"

enum { PIPED = OUTPUT_QUOTA_SIZE - OUTPUT_QUOTA_RESERVE };

static char bytes[OUTPUT_QUOTA_SIZE + 16];

static void test_up_to_the_limit_all_is_shown(void **state)
{
    (void)state;
    struct output_quota a;
    output_quota_begin(&a);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_PIPE_STDOUT, bytes, 0), 0);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_PIPE_STDOUT, bytes, PIPED), PIPED);
    assert_null(output_quota_report(&a));
}

static void test_beyond_it_is_counted(void **state)
{
    (void)state;
    struct output_quota a;
    output_quota_begin(&a);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_PIPE_STDOUT, bytes, PIPED - 5), PIPED - 5);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_PIPE_STDERR, bytes, 10), 5);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_PIPE_STDOUT, bytes, OUTPUT_QUOTA_SIZE), 0);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_TEXT_STDERR, "said\n", 5), 5);
    char *line = output_quota_report(&a);
    assert_string_equal(line, "... 1.0 MiB of output were omitted: a cell shows at most 1 MiB of "
                              "text (write to a file instead)\n");
    free(line);
    assert_null(output_quota_report(&a));
    output_quota_begin(&a);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_PIPE_STDOUT, bytes, 100), 100);
}

static void test_the_reserve_has_an_end_too(void **state)
{
    (void)state;
    struct output_quota a;
    output_quota_begin(&a);
    output_quota_take(&a, STREAM_BUFFER_PIPE_STDOUT, bytes, sizeof bytes);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_TEXT_STDOUT, bytes, sizeof bytes),
                     OUTPUT_QUOTA_RESERVE);
    assert_int_equal(output_quota_take(&a, STREAM_BUFFER_TEXT_STDERR, bytes, 1), 0);
    free(output_quota_report(&a));
}

static void test_the_line_stands_alone(void **state)
{
    (void)state;
    struct output_quota a;
    output_quota_begin(&a);
    output_quota_take(&a, STREAM_BUFFER_PIPE_STDERR, bytes, PIPED);
    output_quota_take(&a, STREAM_BUFFER_PIPE_STDERR, bytes, 20);
    char *line = output_quota_report(&a);
    assert_memory_equal(line, "\n... 20 bytes of output", 23);
    free(line);
}

/* A text in two pieces that meet near the limit: the shown text ends with a whole character and
   exceeds the limit by less than one character. */
static void test_no_character_is_cut(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "ä", "€", "😀"};
    for (int kind = 0; kind < 4; kind++) {
        size_t width = strlen(characters[kind]);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = characters[kind][i % width];
        for (size_t first = PIPED - 8; first < PIPED + 8; first++) {
            struct output_quota a;
            output_quota_begin(&a);
            size_t shown = output_quota_take(&a, STREAM_BUFFER_PIPE_STDOUT, bytes, first);
            shown += output_quota_take(&a, STREAM_BUFFER_PIPE_STDOUT, bytes + first,
                                       sizeof bytes - first);
            assert_int_equal(shown % width, 0);
            assert_in_range(shown, PIPED, PIPED + width - 1);
            assert_int_equal(a.omitted, sizeof bytes - shown);
        }
    }
    memset(bytes, 0, sizeof bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_up_to_the_limit_all_is_shown),
        cmocka_unit_test(test_beyond_it_is_counted),
        cmocka_unit_test(test_the_reserve_has_an_end_too),
        cmocka_unit_test(test_the_line_stands_alone),
        cmocka_unit_test(test_no_character_is_cut),
    };
    return cmocka_run_group_tests_name("output_quota", tests, NULL, NULL);
}
