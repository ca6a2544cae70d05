/*
 * test_is_complete - a prompt runs a complete text and asks for more lines otherwise.
 *
 * By hand: a table of texts with the answer and the indentation.
 */
#include "check.h"

#include "mnist/language/is_complete.h"

static void test_table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum completeness expected;
        const char *indent;
    } table[] = {
        {"", TEXT_COMPLETE, ""},
        {"load mnist", TEXT_COMPLETE, ""},
        {"load mnist\ntrain epochs=5\n", TEXT_COMPLETE, ""},
        {"# only a comment", TEXT_COMPLETE, ""},
        {"6 * 7", TEXT_COMPLETE, ""},
        {"train?", TEXT_COMPLETE, ""},
        {"print \"abc", TEXT_INCOMPLETE, ""},
        {"print 'abc\n", TEXT_INCOMPLETE, ""},
        {"x = [1,", TEXT_INCOMPLETE, ""},
        {"x = (1 +\n", TEXT_INCOMPLETE, ""},
        {"train \\", TEXT_INCOMPLETE, ""},
        {"train \\\n", TEXT_INCOMPLETE, ""},
        {"train \\\n epochs=5", TEXT_COMPLETE, ""},
        {"model mine:", TEXT_INCOMPLETE, "    "},
        {"model mine:\n", TEXT_INCOMPLETE, "    "},
        {"model mine:\n    relu", TEXT_INCOMPLETE, "    "},
        {"model mine:\n    relu\n    dense 10 # last", TEXT_INCOMPLETE, "    "},
        {"model mine:\n    relu\n    ", TEXT_COMPLETE, ""},
        {"model mine:\n    relu\n", TEXT_COMPLETE, ""},
        {"model mine:\n    relu\ninfo", TEXT_COMPLETE, ""},
        {"model mine:\n    print \"a", TEXT_INCOMPLETE, "    "},
        {"time model mine:", TEXT_INCOMPLETE, "    "},
        {"train epochs=ten", TEXT_INVALID, ""},
        {"nothing such", TEXT_INVALID, ""},
        {"model mine:\n    nothing\n\n", TEXT_INVALID, ""},
        {")", TEXT_INVALID, ""},
        {"x\xFF", TEXT_INVALID, ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *indent;
        enum completeness completeness = is_complete(table[i].text, strlen(table[i].text), &indent);
        if (completeness != table[i].expected || strcmp(indent, table[i].indent) != 0)
            fail_msg("\"%s\": %s, \"%s\"", table[i].text, completeness_name(completeness), indent);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(completeness_name(TEXT_COMPLETE), "complete");
    assert_string_equal(completeness_name(TEXT_INCOMPLETE), "incomplete");
    assert_string_equal(completeness_name(TEXT_INVALID), "invalid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
