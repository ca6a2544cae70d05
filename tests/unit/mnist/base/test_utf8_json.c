/*
 * test_utf8_json - JSON strings of arbitrary bytes.
 *
 * Proves: valid text is unchanged, each invalid or truncated sequence becomes one U+FFFD, sizes and
 * NULs are kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mnist/base/utf8.h"
#include "mnist/base/utf8_json.h"

#define R UTF8_REPLACEMENT_BYTES

static void expect(const char *text, const char *mended)
{
    json_t *string = utf8_json(text);
    assert_non_null(string);
    assert_string_equal(json_string_value(string), mended);
    json_decref(string);
}

static void test_good_text_stays(void **state)
{
    (void)state;
    expect("", "");
    expect("a\nb", "a\nb");
    expect("é 数 😀", "é 数 😀");
}

static void test_each_broken_piece_is_one_character(void **state)
{
    (void)state;
    expect("caf\xE9", "caf" R);
    expect("\xE9t\xE9 \xC3\xA9", R "t" R " é");
    expect("\x80\xFF", R R);
    expect("\xC0\xAF", R R);            /* overlong  */
    expect("\xED\xA0\x80|", R R R "|"); /* surrogate */
    expect("cut \xF0\x9F\x98", "cut " R);
}

static void test_size_and_nul(void **state)
{
    (void)state;
    json_t *string = utf8_json_sized("a\xFF\0b", 4);
    assert_int_equal(json_string_length(string), 6);
    assert_memory_equal(json_string_value(string), "a" R "\0b", 7);
    json_decref(string);
    assert_null(utf8_json(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_text_stays),
        cmocka_unit_test(test_each_broken_piece_is_one_character),
        cmocka_unit_test(test_size_and_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
