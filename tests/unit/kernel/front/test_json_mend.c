/*
 * test_json_mend - JSON that jansson rejects, repaired in place.
 *
 * Proves: each kind of repair, by hand; text that jansson reads stays the same; the length never
 * changes; text that cannot be repaired stays the same; a text of numbers takes linear time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "kernel/front/json_mend.h"

static void each_kind(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"", ""},
        {"{\"a\":[1,-2.5e3,true,\"NaN 1e999 \\u00e9 \\\"\"]}",
         "{\"a\":[1,-2.5e3,true,\"NaN 1e999 \\u00e9 \\\"\"]}"},
        {"\"\\ud83d\"", "\"\\ufffd\""},
        {"\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\""},
        {"\"\\\\ud83d\"", "\"\\\\ud83d\""},
        {"\"\\ude00\\ud83d", "\"\\ufffd\\ufffd"},
        {"[NaN]", "[0.0]"},
        {"[Infinity,-Infinity]", "[1e308   ,-1e308   ]"},
        {"[9223372036854775807]", "[9223372036854775807]"},
        {"[9223372036854775808]", "[9.22337203685e+18  ]"},
        {"[-9223372036854775809]", "[-9.22337203685e+18  ]"},
        {"[1e999,-1e999,1e-999]", "[1e308,-1e308,1e-999]"},
        {"[1-2]", "[1-2]"},
        {"[-]", "[-]"},
        {"\"\\", "\"\\"},
        {"\"\\u12", "\"\\u12"},
        {"Na", "Na"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = strdup(cases[i].before);
        assert_non_null(text);
        json_mend(text, strlen(text));
        assert_string_equal(text, cases[i].after);
        free(text);
    }
}

static void a_number_of_a_thousand_digits_is_read(void **state)
{
    (void)state;
    char text[1003];
    memset(text, '9', sizeof text);
    text[0] = '[';
    text[1001] = ']';
    text[1002] = '\0';
    json_mend(text, 1002);
    json_t *list = json_loads(text, 0, NULL);
    assert_true(json_real_value(json_array_get(list, 0)) == 1e308);
    json_decref(list);
}

static void many_numbers_are_one_walk(void **state)
{
    (void)state;
    size_t size = 8u << 20;
    char *text = malloc(size + 1);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 2 == 0 ? '7' : ',';
    text[size] = '\0';
    json_mend(text, size);
    assert_int_equal(text[size - 2], '7');
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind),
        cmocka_unit_test(a_number_of_a_thousand_digits_is_read),
        cmocka_unit_test(many_numbers_are_one_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
