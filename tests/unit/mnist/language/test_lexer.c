/*
 * test_lexer - cursors and logical lines, by hand.
 *
 * Line and column of a cursor count code points; names, blanks, comments and words end where the
 * grammar says; a logical line joins what quotes, brackets and `\` join, and its state names what
 * is missing at the end. By law: reading lines to the end covers each byte of every sample cell
 * once.
 */
#include "check.h"

#include "mnist/language/lexer.h"

static struct cursor begin(const char *text)
{
    return cursor_begin(text, strlen(text));
}

static void cursors_count_code_points(void **state)
{
    (void)state;
    struct cursor cursor = begin("\xEF\xBB\xBF\xE6\x97\xA5x\ny");
    assert_int_equal(cursor.at, 3); /* after the byte order mark */
    cursor_next(&cursor);
    assert_int_equal(cursor.at, 6);
    assert_int_equal(cursor.column, 2);
    cursor_skip(&cursor, 2);
    assert_int_equal(cursor.line, 2);
    assert_int_equal(cursor.column, 1);
    cursor_skip(&cursor, 100);
    assert_true(cursor_done(&cursor));
    assert_int_equal(cursor_peek(&cursor, 0), '\0');
    cursor_next(&cursor); /* does nothing at the end */
    assert_true(cursor_done(&cursor));
}

static void spans_are_between_cursors(void **state)
{
    (void)state;
    struct cursor cursor = begin("a\n bc"), start;
    cursor_skip(&cursor, 3);
    start = cursor;
    cursor_skip(&cursor, 2);
    struct span span = cursor_span(&start, &cursor);
    assert_int_equal(span.start, 3);
    assert_int_equal(span.size, 2);
    assert_int_equal(span.line, 2);
    assert_int_equal(span.column, 2);
    struct cursor within = cursor_within(cursor.text, span);
    assert_int_equal(within.at, 3);
    assert_int_equal(within.end, 5);
}

static void names_end_at_other_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
    } table[] = {{"epochs=5", 6}, {"a_1 b", 3},       {"1a", 0},        {"", 0},
                 {"$x", 0},       {"\xC3\xA4x+1", 3}, {"x\xC2\xA0y", 1}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct cursor cursor = begin(table[i].text);
        if (cursor_name(&cursor) != table[i].size)
            fail_msg("%s: %zu bytes", table[i].text, cursor_name(&cursor));
    }
}

static void words_end_at_blanks_outside_of_quotes_and_brackets(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"epochs=5 batch=2", "epochs=5"}, {"\"a b\"c d", "\"a b\"c"},
        {"x=(1 + 2) y", "x=(1 + 2)"},     {"'a\" b' c", "'a\" b'"},
        {"[1,\n 2] 3", "[1,\n 2]"},       {"a\tb", "a"},
        {"\"open word", "\"open word"},   {"", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct cursor cursor = begin(table[i][0]);
        cursor_skip_word(&cursor);
        if (cursor.at != strlen(table[i][1]))
            fail_msg("%s: the word has %zu bytes", table[i][0], cursor.at);
    }
}

static void comments_begin_at_the_start_of_a_word(void **state)
{
    (void)state;
    struct cursor cursor = begin("a#b #c");
    cursor_next(&cursor);
    assert_false(cursor_at_comment(&cursor));
    cursor_skip(&cursor, 3);
    assert_true(cursor_at_comment(&cursor));
    cursor = begin(" \\\n # x\n y");
    cursor_skip_blanks(&cursor, true);
    assert_int_equal(cursor_peek(&cursor, 0), 'y');
}

static void lines_have_a_state(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum line_state state;
        size_t code_end; /* of the first line */
        size_t after;    /* offset of the second line */
        bool blank, colon;
    } table[] = {
        {"load mnist # x\ny", LINE_WHOLE, 10, 15, false, false},
        {"model a:\n relu", LINE_WHOLE, 7, 9, false, true},
        {"print \":\"\n", LINE_WHOLE, 9, 10, false, false},
        {"  # only a comment\nx", LINE_WHOLE, 2, 19, true, false},
        {"print (1 +\n 2)\nx", LINE_WHOLE, 14, 15, false, false},
        {"a \\\n b\nx", LINE_WHOLE, 6, 7, false, false},
        {"print \"a\n b\"\nx", LINE_WHOLE, 12, 13, false, false},
        {"print \"a\nb", LINE_OPEN_QUOTE, 10, 10, false, false},
        {"print [1\nb", LINE_OPEN_BRACKET, 10, 10, false, false},
        {"train \\", LINE_CONTINUED, 5, 7, false, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct cursor cursor = begin(table[i].text);
        struct line line;
        assert_true(line_read(&cursor, &line));
        if (line.state != table[i].state || line.begin.end != table[i].code_end ||
            line.after.at != table[i].after || line.blank != table[i].blank ||
            line.colon != table[i].colon)
            fail_msg("%s: state %d, code ends at %zu, next line at %zu, blank %d, colon %d",
                     table[i].text, (int)line.state, line.begin.end, line.after.at, line.blank,
                     line.colon);
    }
}

static void lines_cover_the_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof check_cells / sizeof check_cells[0]; i++) {
        struct cursor cursor = begin(check_cells[i]);
        struct line line;
        size_t at = cursor.at;
        while (line_read(&cursor, &line)) {
            assert_int_equal(line.indent_start, at);
            assert_true(line.after.at > at);
            at = line.after.at;
        }
        assert_int_equal(at, strlen(check_cells[i]));
    }
}

static void long_words_are_cut_between_characters(void **state)
{
    (void)state;
    char shown[WORD_SHOWN_SIZE], text[301] = "";
    for (size_t i = 0; i < 100; i++)
        memcpy(text + 3 * i, "\xE6\x97\xA5", 3);
    assert_string_equal(word_shown(shown, "a word", (struct span){.start = 2, .size = 4}), "word");
    word_shown(shown, text, (struct span){.start = 0, .size = 300});
    assert_int_equal(strlen(shown), 60 + 3);
    assert_string_equal(shown + 60, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursors_count_code_points),
        cmocka_unit_test(spans_are_between_cursors),
        cmocka_unit_test(names_end_at_other_characters),
        cmocka_unit_test(words_end_at_blanks_outside_of_quotes_and_brackets),
        cmocka_unit_test(comments_begin_at_the_start_of_a_word),
        cmocka_unit_test(lines_have_a_state),
        cmocka_unit_test(lines_cover_the_text),
        cmocka_unit_test(long_words_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
