/*
 * test_string_buffer - additions, the maximum size, and failures, which last until the buffer is
 * emptied.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/string_buffer.h"

static void additions_are_joined(void **state)
{
    (void)state;
    struct string_buffer text;
    string_buffer_init(&text, 1000);
    string_buffer_add(&text, "a");
    string_buffer_add_bytes(&text, "bcd", 2);
    string_buffer_repeat(&text, '-', 100);
    string_buffer_print(&text, "%d%s", 42, "!");
    assert_int_equal(text.size, 106);
    char *taken = string_buffer_take(&text);
    assert_memory_equal(taken, "abc---", 6);
    assert_string_equal(taken + 100, "---42!");
    assert_null(text.bytes);
    free(taken);
}

static void an_empty_buffer_is_an_empty_string(void **state)
{
    (void)state;
    struct string_buffer text;
    string_buffer_init(&text, 0);
    string_buffer_add(&text, "");
    char *taken = string_buffer_take(&text);
    assert_string_equal(taken, "");
    free(taken);
}

static void the_maximum_is_allowed_and_one_byte_more_fails(void **state)
{
    (void)state;
    struct string_buffer text;
    string_buffer_init(&text, 5);
    string_buffer_add(&text, "12345");
    assert_false(text.failed);
    string_buffer_add(&text, "6");
    assert_true(text.failed);
    assert_string_equal(text.bytes, "12345");
    string_buffer_add(&text, "");
    assert_null(string_buffer_take(&text));
}

static void clearing_removes_content_and_failure(void **state)
{
    (void)state;
    struct string_buffer text;
    string_buffer_init(&text, 5);
    string_buffer_clear(&text); /* nothing is allocated yet */
    string_buffer_add(&text, "123456");
    assert_true(text.failed);
    string_buffer_clear(&text);
    string_buffer_add(&text, "abc");
    assert_string_equal(text.bytes, "abc");
    string_buffer_clear(&text);
    assert_int_equal(text.size, 0);
    assert_string_equal(text.bytes, "");
    string_buffer_release(&text);
    assert_null(text.bytes);
    assert_int_equal(text.maximum, 5);
}

static void a_fence_is_longer_than_the_backticks_in_the_code(void **state)
{
    (void)state;
    struct string_buffer text;
    string_buffer_init(&text, 1000);
    string_buffer_add_fenced(&text, "c", "a ```` b");
    assert_string_equal(text.bytes, "`````c\na ```` b\n`````\n");
    string_buffer_release(&text);
    string_buffer_add_fenced(&text, NULL, "x\n");
    assert_string_equal(text.bytes, "```\nx\n```\n");
    string_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(additions_are_joined),
        cmocka_unit_test(an_empty_buffer_is_an_empty_string),
        cmocka_unit_test(the_maximum_is_allowed_and_one_byte_more_fails),
        cmocka_unit_test(clearing_removes_content_and_failure),
        cmocka_unit_test(a_fence_is_longer_than_the_backticks_in_the_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
