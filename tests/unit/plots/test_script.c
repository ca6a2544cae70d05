/*
 * test_script - the written gnuplot commands, compared with expected text. A script that exceeds
 * the maximum fails and stays failed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plots/gnuplot.h"
#include "plots/script.h"

static void expect(struct string_buffer *script, const char *want)
{
    assert_false(script->failed);
    assert_int_equal(script->size, strlen(want));
    assert_memory_equal(script->bytes, want, script->size);
    string_buffer_release(script);
    assert_null(script->bytes);
}

static void numbers(void **state)
{
    (void)state;
    struct string_buffer script = {.maximum = GNUPLOT_SCRIPT_MAX};
    script_number(&script, "a", 0.1);
    script_number(&script, "b", NAN);
    script_number(&script, "c", -INFINITY);
    script_number(&script, "d", 1e300);
    script_number(&script, "e", 60000);
    expect(&script, "a = 0.1\nb = NaN\nc = NaN\nd = 1e+300\ne = 60000\n");
}

static void texts(void **state)
{
    (void)state;
    struct string_buffer script = {.maximum = GNUPLOT_SCRIPT_MAX};
    script_text(&script, "t", "it's `rm` \"x\" \\n @y $z");
    script_text(&script, "u", "two\nlines");
    script_text(&script, "v", NULL);
    script_texts(&script, "w", (const char *[]){"a", NULL}, 2);
    expect(&script, "t = 'it''s `rm` \"x\" \\n @y $z'\nu = 'two'.\"\\n\".'lines'\nv = ''\n"
                    "array w[2]\nw[1] = 'a'\nw[2] = ''\n");
}

static void blocks(void **state)
{
    (void)state;
    struct string_buffer script = {.maximum = GNUPLOT_SCRIPT_MAX};
    script_begin(&script, "$d");
    script_row(&script, 2, 1.0, 0.25);
    script_row(&script, 2, 2.0, (double)NAN);
    script_end(&script);
    expect(&script, "$d << EOD\n1 0.25 \n2 NaN \nEOD\n");
}

static void too_much_is_refused(void **state)
{
    (void)state;
    struct string_buffer script = {.maximum = GNUPLOT_SCRIPT_MAX};
    size_t count = GNUPLOT_SCRIPT_MAX / 2 + 1;
    for (size_t i = 0; i < count; i++)
        script_value(&script, 1);
    assert_true(script.failed);
    assert_true(script.size <= GNUPLOT_SCRIPT_MAX);
    script_text(&script, "t", "x");
    assert_true(script.failed);
    string_buffer_release(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(texts),
        cmocka_unit_test(blocks),
        cmocka_unit_test(too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
