/*
 * test_command_line - arguments become a line that the language reads as the same words; `;`
 * becomes a line end where it separates commands: not in quotes, comments or C cells.
 */
#include "mnist/shell/command_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void check_split(const char *text, const char *expected)
{
    char *split = command_line_split(text);
    assert_non_null(split);
    assert_string_equal(split, expected);
    free(split);
}

static void commands_are_separated(void **state)
{
    (void)state;
    check_split("", "");
    check_split("a", "a");
    check_split("a;b", "a\nb");
    check_split("a;  b ; c;", "a  \nb  \nc\n");
    check_split(";;", "\n\n");
}

static void quotes_and_comments_keep_theirs(void **state)
{
    (void)state;
    check_split("print \"x;y\"; b", "print \"x;y\" \nb");
    check_split("print 'x;\"'; b", "print 'x;\"' \nb");
    check_split("print \"\\\";\"; b", "print \"\\\";\" \nb");
    check_split("a # b;c\nd;e", "a # b;c\nd\ne");
    check_split("print \"open; b", "print \"open; b");
}

static void cells_of_c_keep_theirs(void **state)
{
    (void)state;
    check_split("a;b\n%%c\nint x; int y;\n%%\nc;d", "a\nb\n%%c\nint x; int y;\n%%\nc\nd");
}

static void words_are_joined(void **state)
{
    (void)state;
    char *const words[] = {"print", "two words", "", "it's", "x=a b", "1+1"};
    char *line = command_line_join(6, words);
    assert_non_null(line);
    assert_string_equal(line, "print \"two words\" \"\" \"it's\" x=\"a b\" 1+1");
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_separated),
        cmocka_unit_test(quotes_and_comments_keep_theirs),
        cmocka_unit_test(cells_of_c_keep_theirs),
        cmocka_unit_test(words_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
