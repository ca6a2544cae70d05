/*
 * test_text - invalid UTF-8 and control characters are replaced, cuts are at character boundaries,
 * lines fit.
 *
 * Known cases with expected values; for all short byte strings the law clean(clean(x)) = clean(x).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plots/text.h"

static void expect_clean(const char *from, const char *want)
{
    char got[TEXT_SIZE_MAX];
    text_clean(got, sizeof got, from);
    assert_string_equal(got, want);
}

static void cleans(void **state)
{
    (void)state;
    expect_clean(NULL, "");
    expect_clean("Ziffer fünf, 五, 😀", "Ziffer fünf, 五, 😀");
    expect_clean("a\tb\nc\x7f", "a b c ");
    expect_clean("\xff", "\xEF\xBF\xBD");
    expect_clean("\xc3", "\xEF\xBF\xBD");                                 /* truncated */
    expect_clean("\xc0\xaf", "\xEF\xBF\xBD\xEF\xBF\xBD");                 /* overlong '/' */
    expect_clean("\xed\xa0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* a surrogate */
    expect_clean("\xef\xbf\xbf", "\xEF\xBF\xBD");                         /* U+FFFF is not XML */
    expect_clean("\xe0\x80\xaf", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* overlong */
    expect_clean("\xf4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    expect_clean("\xc2\x85", " "); /* a C1 control */
}

static void cleaning_twice_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 1u << 24; bits += 251) {
        char from[4] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits, '\0'}, once[64],
             twice[64];
        text_clean(once, sizeof once, from);
        text_clean(twice, sizeof twice, once);
        assert_string_equal(once, twice);
    }
}

static void cuts_at_whole_characters(void **state)
{
    (void)state;
    char got[TEXT_SIZE_MAX];
    for (size_t size = 1; size < 12; size++) {
        text_clean(got, size, "äöüß");
        assert_int_equal(strlen(got) % 2, 0);
        assert_true(strlen(got) < size);
    }
}

static void fits(void **state)
{
    (void)state;
    char got[TEXT_SIZE_MAX];
    text_fit(got, sizeof got, "short", 12, 200);
    assert_string_equal(got, "short");
    for (int width = 0; width < 200; width++) {
        text_fit(got, sizeof got, "a läng description of an ankle boot", 12, width);
        assert_true(text_width(got, 12) <= width || strcmp(got, "\xE2\x80\xA6") == 0);
        assert_null(strstr(got, " \xE2\x80\xA6"));
    }
    for (size_t size = 4; size < 12; size++) {
        text_fit(got, size, "wwwwwwwwwwwwwwwwwww", 12, 60);
        assert_true(strlen(got) < size);
    }
}

static void wraps(void **state)
{
    (void)state;
    char got[TEXT_SIZE_MAX];
    assert_int_equal(text_wrap(got, sizeof got, "", 12, 100, 2), 0);
    assert_int_equal(text_wrap(got, sizeof got, "Ankle boot", 12, 50, 2), 2);
    assert_string_equal(got, "Ankle\nboot");
    assert_int_equal(text_wrap(got, sizeof got, "one two three four five six", 12, 60, 2), 2);
    assert_non_null(strstr(got, "\xE2\x80\xA6"));
    assert_int_equal(text_wrap(got, sizeof got, "Donaudampfschifffahrt", 12, 60, 3), 1);
    assert_true(text_width(got, 12) <= 60);
    assert_true(text_lines_width("a\nAnkle\nboot", 12) == text_width("Ankle", 12));
    assert_true(text_lines_width("", 12) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleans),
        cmocka_unit_test(cleaning_twice_changes_nothing),
        cmocka_unit_test(cuts_at_whole_characters),
        cmocka_unit_test(fits),
        cmocka_unit_test(wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
