/*
 * test_expression - values of expressions, and the diagnostics of invalid ones with their
 * locations.
 *
 * By hand: a table of expressions with values, and a table of errors. At the limits: depth,
 * number of operands, size.
 */
#include "check.h"

#include "mnist/language/expression.h"

static struct variables *sample_variables(void)
{
    struct variables *variables = variables_new();
    struct value list;
    struct diagnostic diagnostic;
    assert_true(variables_set_number(variables, "n", 3));
    assert_true(variables_set_string(variables, "s", "text"));
    assert_true(expression_value("[1, [2, 3], \"x\"]", NULL, &list, &diagnostic));
    assert_true(variables_set(variables, "list", &list));
    value_release(&list);
    return variables;
}

static void test_values(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"6 * 7", "42"},
        {"1 + 2 * 3 - 4", "3"},
        {"2 ^ 3 ^ 2", "512"},
        {"2 ** 3", "8"},
        {"-2^2", "-4"},
        {"(-2)^2", "4"},
        {"2^-1", "0.5"},
        {"--3", "3"},
        {"- -3", "3"},
        {"+3", "3"},
        {"7 % 3", "1"},
        {"-7 % 3", "2"},
        {"7 % -3", "-2"},
        {"1/4", "0.25"},
        {"1e3 + .5 + 5.", "1005.5"},
        {"$n * ($n + 1)", "12"},
        {"${n}", "3"},
        {"\"a\" + 'b'", "\"ab\""},
        {"\"n is $n, ${n}x, \\$n $ $5\"", "\"n is 3, 3x, \\$n \\$ \\$5\""},
        {"'$n \\n'", "\"\\$n \\\\n\""},
        {"\"\\x41\\u20ac\\U0001F600\\q\"", "\"A\xE2\x82\xAC\xF0\x9F\x98\x80\\\\q\""},
        {"\"$list\"", "\"[1, [2, 3], \\\"x\\\"]\""},
        {"$list[0]", "1"},
        {"$list[-1]", "\"x\""},
        {"$list[1][1]", "3"},
        {"[1, 2,] + []", "[1, 2]"},
        {"[]", "[]"},
        {"float('nan')", "float(\"nan\")"},
        {"[float('inf'), float(\"-inf\")]", "[float(\"inf\"), float(\"-inf\")]"},
        {"float(\"1e3\") + float(2)", "1002"},
        {"True", "True"},
        {"no", "False"},
        {"None", "None"},
        {"sqrt(16) + abs(-2)", "6"},
        {"round(2.5)", "3"},
        {"round(-2.5)", "-3"},
        {"round(2.675, 2)", "2.67"},
        {"min(3, 1, 2)", "1"},
        {"max([3, 1, 2])", "3"},
        {"len(\"\xE2\x82\xACx\") + len($list)", "5"},
        {"( 1 +\n  2 ) # sum", "3"},
        {"\"\"", "\"\""},
    };
    struct variables *variables = sample_variables();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct value value;
        struct diagnostic diagnostic;
        if (!expression_value(table[i][0], variables, &value, &diagnostic))
            fail_msg("%s: %s", table[i][0], diagnostic.text);
        assert_text(value_source(&value), table[i][1]);
        value_release(&value);
    }
    variables_free(&variables);
}

static void test_diagnostics(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t start, size;
        const char *message; /* a part of the message */
        enum error_kind kind;
    } table[] = {
        {"6 / 0", 0, 5, "division by zero", ERROR_NUMBER},
        {"1 + 6 % 0", 4, 5, "division by zero", ERROR_NUMBER},
        {"0 ^ -1", 0, 6, "division by zero", ERROR_NUMBER},
        {"10 ^ 400", 0, 8, "too large", ERROR_NUMBER},
        {"1e308 * 10", 0, 10, "too large", ERROR_NUMBER},
        {"(-8) ^ 0.5", 0, 10, "not a real number", ERROR_NUMBER},
        {"sqrt(-1)", 0, 8, "negative", ERROR_NUMBER},
        {"1e999", 0, 5, "too large", ERROR_USAGE},
        {"\"a\" * 3", 0, 7, "not a string and a number", ERROR_USAGE},
        {"1 + \"a\"", 0, 7, "inserts a value into a string", ERROR_USAGE},
        {"-\"a\"", 0, 4, "must be a number, not a string", ERROR_USAGE},
        {"True + 1", 0, 8, "a boolean", ERROR_USAGE},
        {"$nope", 0, 5, "no variable $nope", ERROR_USAGE},
        {"1 + $lst", 4, 4, "did you mean `$list`?", ERROR_USAGE},
        {"$list[3]", 0, 8, "the list has 3 items: the index must be from 0 to 2", ERROR_USAGE},
        {"[][0]", 0, 5, "the list is empty", ERROR_USAGE},
        {"[7][1]", 0, 6, "the list has 1 item: the index must be from 0 to 0", ERROR_USAGE},
        {"$list[0.5]", 0, 10, "a list index must be an integer, not 0.5", ERROR_USAGE},
        {"$n[0]", 0, 5, "only a list can be indexed", ERROR_USAGE},
        {"sqt(2)", 0, 3, "did you mean `sqrt`?", ERROR_USAGE},
        {"sqrt(1, 2)", 0, 10, "sqrt(x)", ERROR_USAGE},
        {"max([])", 0, 7, "empty list", ERROR_USAGE},
        {"max(1, \"a\")", 0, 11, "must be numbers", ERROR_USAGE},
        {"round(1, 99)", 0, 12, "decimals", ERROR_USAGE},
        {"foo", 0, 3, "$foo is a variable", ERROR_USAGE},
        {"1 +", 3, 0, "missing", ERROR_USAGE},
        {"", 0, 0, "missing", ERROR_USAGE},
        {"(1", 0, 1, "unmatched '('", ERROR_USAGE},
        {"1)", 1, 1, "unmatched ')'", ERROR_USAGE},
        {"1 2", 2, 1, "after a value", ERROR_USAGE},
        {"0,5", 1, 1, "a decimal number 0.5", ERROR_USAGE},
        {"1 == 1", 2, 1, "comparisons", ERROR_USAGE},
        {"{\"a\": 1}", 0, 1, "dictionaries", ERROR_USAGE},
        {"()", 0, 2, "empty parentheses", ERROR_USAGE},
        {"(1, 2)", 0, 6, "a list is written", ERROR_USAGE},
        {"\"\\xZZ\"", 1, 2, "hexadecimal", ERROR_USAGE},
        {"\"\\x00\"", 1, 2, "other than NUL", ERROR_USAGE},
        {"\"\\ud800\"", 1, 2, "hexadecimal", ERROR_USAGE},
        {"\"${n\"", 1, 3, "${name}", ERROR_USAGE},
        {"\"abc", 0, 1, "unterminated string", ERROR_USAGE},
        {"5x", 0, 2, "invalid number", ERROR_USAGE},
    };
    struct variables *variables = sample_variables();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct value value;
        struct diagnostic diagnostic;
        if (expression_value(table[i].text, variables, &value, &diagnostic))
            fail_msg("%s should be an error", table[i].text);
        assert_int_equal(value.kind, VALUE_NONE);
        if (strstr(diagnostic.text, table[i].message) == NULL)
            fail_msg("%s: %s", table[i].text, diagnostic.text);
        assert_int_equal(diagnostic.kind, table[i].kind);
        if (diagnostic.span.start != table[i].start || diagnostic.span.size != table[i].size)
            fail_msg("%s: at %zu, %zu", table[i].text, diagnostic.span.start, diagnostic.span.size);
    }
    variables_free(&variables);
}

static char *repeated(const char *begin, const char *piece, size_t count, const char *end)
{
    size_t size = strlen(begin) + strlen(piece) * count + strlen(end) + 1;
    char *text = malloc(size), *at = text;
    assert_non_null(text);
    at = stpcpy(at, begin);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, piece);
    stpcpy(at, end);
    return text;
}

static bool has_value(char *text)
{
    struct value value;
    struct diagnostic diagnostic;
    bool good = expression_value(text, NULL, &value, &diagnostic);
    value_release(&value);
    free(text);
    return good;
}

static void test_limits(void **state)
{
    (void)state;
    assert_true(has_value(repeated("", "1+", 99990, "1")));
    assert_false(has_value(repeated("", "1+", EXPRESSION_NODES_MAX, "1")));
    assert_true(has_value(repeated("", "-", 90, "1")));
    assert_false(has_value(repeated("", "-", 1000000, "1")));
    assert_false(has_value(repeated("", "(", 1000000, "")));
    assert_false(has_value(repeated("", "[", 1000000, "")));
    assert_false(has_value(repeated("", "2^", 1000000, "2")));
    assert_true(has_value(repeated("1", "[0]", 0, "")));
    char *deep = repeated("", "[", 60, "1");
    char *whole = repeated(deep, "]", 60, "");
    free(deep);
    assert_true(has_value(whole));
    deep = repeated("", "[", 70, "1");
    whole = repeated(deep, "]", 70, "");
    free(deep);
    assert_false(has_value(whole));
    assert_false(has_value(repeated("", "9", 500, "")));
}

static void test_growth_is_bounded(void **state)
{
    (void)state;
    struct variables *variables = variables_new();
    bool grew = true;
    char *text = repeated("", "0123456789abcdef", 65536, "");
    assert_true(variables_set_string(variables, "x", text));
    free(text);
    int rounds = 0;
    for (; grew && rounds < 64; rounds++) {
        struct value value;
        struct diagnostic diagnostic;
        grew = expression_value("[$x, $x]", variables, &value, &diagnostic);
        if (grew)
            assert_true(variables_set(variables, "x", &value));
        value_release(&value);
    }
    assert_in_range(rounds, 4, 10);
    variables_free(&variables);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_diagnostics),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_growth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
