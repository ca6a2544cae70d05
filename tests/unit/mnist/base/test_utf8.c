/*
 * test_utf8 - decoding (RFC 3629), counting, width and copying.
 *
 * Law: decode(encode(p)) = p for every code point; an invalid byte counts as one character. By
 * hand: widths, and diagnostics in long, wide, invalid and several lines.
 */
#include "tests/unit/mnist/language/check.h"

#include "mnist/base/utf8.h"
#include "mnist/language/diagnostic.h"

static void test_every_point(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x110000; point++) {
        char bytes[UTF8_SIZE_MAX];
        size_t size = utf8_encode(bytes, point);
        if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
            assert_int_equal(size, 0);
            continue;
        }
        uint32_t read;
        bool valid;
        if (utf8_decode(bytes, size, &read, &valid) != size || !valid || read != point)
            fail_msg("U+%04X", (unsigned)point);
        if (size > 1 && utf8_decode(bytes, size - 1, &read, &valid) != 1)
            fail_msg("U+%04X cut", (unsigned)point);
    }
}

static void test_bad_bytes(void **state)
{
    (void)state;
    static const char *const table[] = {"\x80",
                                        "\xC0\xAF",
                                        "\xE0\x80\x80",
                                        "\xED\xA0\x80",
                                        "\xF4\x90\x80\x80",
                                        "\xF8\x88\x80\x80\x80",
                                        "\xC3(",
                                        "\xFF"};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bool valid = true;
        uint32_t point;
        assert_int_equal(utf8_decode(table[i], strlen(table[i]), &point, &valid), 1);
        assert_false(valid);
        assert_int_equal(point, UTF8_REPLACEMENT);
    }
}

static void test_counts_and_widths(void **state)
{
    (void)state;
    const char *text = "a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80"
                       "e\xCC\x81";
    size_t size = strlen(text);
    assert_int_equal(utf8_count(text, size), 6);
    assert_int_equal(utf8_offset(text, size, 2), 3);
    assert_int_equal(utf8_offset(text, size, 99), size);
    assert_int_equal(utf8_text_width(text, size), 1 + 1 + 2 + 2 + 1 + 0);
}

static void assert_printed(const char *text, size_t start, size_t size, const char *said,
                           const char *expected)
{
    struct diagnostic diagnostic;
    struct span span = {.start = start, .size = size, .line = 2, .column = 1};
    assert_false(diagnostic_set(&diagnostic, ERROR_USAGE, span, "%s", said));
    assert_text(diagnostic_print(&diagnostic, text, strlen(text)), expected);
}

static void test_carets(void **state)
{
    (void)state;
    assert_printed("abc", 1, 1, "no", "abc\n ^ no\n");
    assert_printed("abc\n", 1, 2, "no", "abc\n ^^ no\n");
    assert_printed("abc\r\n", 3, 0, "no", "abc\n   ^ no\n");
    assert_printed("", 0, 0, "no", "\n^ no\n");
    assert_printed("abc", 99, 5, "no", "abc\n   ^ no\n");
    assert_printed("x\n\xE6\x97\xA5\xE6\x9C\xAC=5", 5, 3, "no",
                   "line 2:\n\xE6\x97\xA5\xE6\x9C\xAC=5\n  ^^ no\n");
    assert_printed("\ta\tb", 3, 1, "no", " a b\n   ^ no\n");
    assert_printed("\xEF\xBB\xBF"
                   "abc",
                   4, 1, "no", "abc\n ^ no\n");
    assert_printed("abc", 1, 1, "no\nyes", "abc\n ^ no\n   yes\n");
    assert_printed("ab\ncd", 1, 4, "no", "line 2:\nab\n ^ no\n");
}

static void test_long_lines(void **state)
{
    (void)state;
    enum { LONG = 5000 };
    char *text = malloc(LONG + 1);
    assert_non_null(text);
    memset(text, 'x', LONG);
    text[LONG] = '\0';
    struct diagnostic diagnostic;
    for (size_t start = 0; start < LONG; start += 499) {
        diagnostic_set(&diagnostic, ERROR_USAGE, (struct span){start, 3, 1, (int)start + 1}, "no");
        char *shown = diagnostic_print(&diagnostic, text, LONG);
        assert_non_null(shown);
        assert_true(strlen(shown) < 1000);
        assert_non_null(strstr(shown, "^^^ no"));
        free(shown);
    }
    free(text);
}

static void test_copies_are_cut_between_characters(void **state)
{
    (void)state;
    char text[6];
    utf8_copy(text, sizeof text, "ab", strlen("ab"));
    assert_string_equal(text, "ab");
    utf8_copy(text, sizeof text, "abcdef", strlen("abcdef"));
    assert_string_equal(text, "abcde");
    utf8_copy(text, sizeof text, "aéé", strlen("aéé"));
    assert_string_equal(text, "aéé");
    utf8_copy(text, sizeof text, "ééé", strlen("ééé"));
    assert_string_equal(text, "éé");
    utf8_copy(text, sizeof text, "abcd", 2);
    assert_string_equal(text, "ab");
    utf8_copy(text, 1, "é", strlen("é"));
    assert_string_equal(text, "");
}

static void what_acts_on_a_terminal_is_shown(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *lines;
    } cases[] = {
        {"", "", ""},
        {"plain \xC3\xBC \xE2\x82\xAC", "plain \xC3\xBC \xE2\x82\xAC",
         "plain \xC3\xBC \xE2\x82\xAC"},
        {"a\nb\tc\rd", "a\\nb\\tc\\rd", "a\nb\tc\\rd"},
        {"\x1b[31m\x07\x7f", "\\x1b[31m\\x07\\x7f", "\\x1b[31m\\x07\\x7f"},
        {"\xC2\x9B"
         "1m",
         "\\x9b1m", "\\x9b1m"},
        {"\x9B"
         "1m\xFF",
         "\\x9b1m\\xff", "\\x9b1m\\xff"},
        {"\xE2\x80\xAE"
         "abc",
         "\\u202eabc", "\\u202eabc"},
    };
    char shown[100];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        utf8_visible(shown, sizeof shown, cases[i].text, false);
        assert_string_equal(shown, cases[i].line);
        char *copy = utf8_visible_copy(cases[i].text, true);
        assert_string_equal(copy, cases[i].lines);
        free(copy);
        utf8_visible(shown, sizeof shown, cases[i].line, false); /* idempotent */
        assert_string_equal(shown, cases[i].line);
    }
    for (size_t size = 1; size < 12; size++) { /* an escape is never cut */
        utf8_visible(shown, size, "a\x1b\xE2\x80\xAE", false);
        assert_int_equal(strlen(shown), size <= 1 ? 0 : size <= 5 ? 1 : size <= 11 ? 5 : 11);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_acts_on_a_terminal_is_shown),
        cmocka_unit_test(test_copies_are_cut_between_characters),
        cmocka_unit_test(test_every_point),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_counts_and_widths),
        cmocka_unit_test(test_carets),
        cmocka_unit_test(test_long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
