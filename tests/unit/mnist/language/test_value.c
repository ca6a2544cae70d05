/*
 * test_value - the source text of a value parses to an equal value.
 *
 * By hand: the printed form of each kind. By law: parse(source(x)) = x for twenty thousand random
 * values, including nested lists and unusual characters. Copies are deep.
 */
#include "check.h"

#include <math.h>

#include "mnist/language/expression.h"
#include "mnist/language/value.h"

static void assert_number(double number, const char *expected)
{
    char text[NUMBER_TEXT_SIZE];
    number_print(text, number);
    assert_string_equal(text, expected);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_number(0, "0");
    assert_number(-0.0, "0");
    assert_number(3, "3");
    assert_number(-12, "-12");
    assert_number(60000, "60000");
    assert_number(97.25, "97.25");
    assert_number(0.1, "0.1");
    assert_number(0.1 + 0.2, "0.30000000000000004");
    assert_number(1e15, "1000000000000000");
    assert_number(9007199254740992.0, "9007199254740992");
    assert_number(1e300, "1e+300");
    assert_number(5e-324, "4.94065645841247e-324");
    assert_number(1.7976931348623157e308, "1.7976931348623157e+308");
}

static void test_texts_and_lists(void **state)
{
    (void)state;
    struct value list, text, copy;
    assert_true(value_list(&list));
    assert_true(value_string(&text, "a \"b\" $c\n\x01"));
    assert_text(value_display(&text), "a \"b\" $c\n\x01");
    assert_text(value_source(&text), "\"a \\\"b\\\" \\$c\\n\\x01\"");
    assert_true(value_append(&list, &text));
    assert_int_equal(text.kind, VALUE_NONE);
    struct value one = value_number(1), yes = value_boolean(true), none;
    value_init(&none);
    assert_true(value_append(&list, &one) && value_append(&list, &yes));
    assert_true(value_copy(&copy, &list));
    assert_true(value_equal(&copy, &list));
    assert_true(value_append(
        &copy, &none)); /* a copy of three items has room for a fourth or allocates it */
    assert_false(value_equal(&copy, &list));
    assert_text(value_display(&copy), "[\"a \\\"b\\\" \\$c\\n\\x01\", 1, True, None]");
    value_release(&list);
    assert_text(value_source(&copy), "[\"a \\\"b\\\" \\$c\\n\\x01\", 1, True, None]");
    value_release(&copy);
}

static struct value random_value(uint64_t *random, int depth)
{
    static const char *const pieces[] = {"a",  "\"", "\\",   "$",        "{",
                                         "\n", "\t", "\x7F", "\xC3\xA9", "\xE2\x82\xAC",
                                         " ",  "#",  "'",    "\x1B"};
    struct value value;
    value_init(&value);
    switch (check_random(random) % (depth > 0 ? 6 : 5)) {
    case 0: break;
    case 1: value = value_boolean(check_random(random) % 2 == 0); break;
    case 2: value = value_number((double)(int64_t)check_random(random) / 65536); break;
    case 3: {
        uint64_t bits = check_random(random);
        double number;
        memcpy(&number, &bits, sizeof number);
        value = value_number(isfinite(number) ? number : 1);
        break;
    }
    case 4: {
        char text[64] = "";
        for (uint64_t i = check_random(random) % 8; i > 0; i--)
            strncat(text, pieces[check_random(random) % (sizeof pieces / sizeof pieces[0])], 8);
        assert_true(value_string(&value, text));
        break;
    }
    default:
        assert_true(value_list(&value));
        for (uint64_t i = check_random(random) % 6; i > 0; i--) {
            struct value item = random_value(random, depth - 1);
            assert_true(value_append(&value, &item));
        }
    }
    return value;
}

static void test_reading_back(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int i = 0; i < 20000; i++) {
        struct value value = random_value(&random, 4), read;
        struct diagnostic diagnostic;
        char *source = value_source(&value);
        if (!expression_value(source, NULL, &read, &diagnostic))
            fail_msg("%s: %s", source, diagnostic.text);
        if (!value_equal(&value, &read))
            fail_msg("%s read back differs", source);
        free(source);
        value_release(&value);
        value_release(&read);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct value list, item;
    assert_true(value_list(&list));
    for (int i = 0; i < VALUE_LIST_MAX; i++) {
        item = value_number(i);
        assert_true(value_append(&list, &item));
    }
    item = value_number(1);
    assert_false(value_append(&list, &item));
    assert_int_equal(item.kind, VALUE_NUMBER);
    assert_int_equal(value_size(&list), (VALUE_LIST_MAX + 1) * sizeof list);
    value_release(&list);
    assert_int_equal(list.kind, VALUE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_texts_and_lists),
        cmocka_unit_test(test_reading_back),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
