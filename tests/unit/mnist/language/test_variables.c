/*
 * test_variables - variables are set, found, replaced and removed, and keep their order; invalid
 * names and a full list are refused.
 */
#include "check.h"

#include "mnist/language/live_names.h"
#include "mnist/language/variables.h"

static void test_set_and_get(void **state)
{
    (void)state;
    struct variables *variables = variables_new();
    assert_non_null(variables);
    assert_true(variables_set_number(variables, "a", 1));
    assert_true(variables_set_string(variables, "b", "two"));
    assert_true(variables_set_number(variables, "c", 3));
    assert_true(variables_set_string(variables, "a", "one"));
    assert_int_equal(variables_count(variables), 3);
    assert_string_equal(variables_name(variables, 0), "a");
    assert_string_equal(variables_get(variables, "a")->text, "one");
    assert_null(variables_get(variables, "A"));
    assert_null(variables_get(NULL, "a"));
    assert_true(variables_remove(variables, "a"));
    assert_false(variables_remove(variables, "a"));
    assert_string_equal(variables_name(variables, 0), "b");
    assert_true(variables_at(variables, 1)->number == 3);
    variables_clear(variables);
    assert_int_equal(variables_count(variables), 0);
    variables_free(&variables);
    assert_null(variables);
    variables_free(&variables);
}

static void test_names_of_variables(void **state)
{
    (void)state;
    char name[VARIABLE_NAME_SIZE_MAX + 2];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_false(variable_name_valid(name));
    name[VARIABLE_NAME_SIZE_MAX] = '\0';
    assert_true(variable_name_valid(name));
    assert_true(variable_name_valid("_x9"));
    assert_true(variable_name_valid("\xC3\xA9t\xC3\xA9"));
    assert_false(variable_name_valid(""));
    assert_false(variable_name_valid("9x"));
    assert_false(variable_name_valid("a.b"));
    assert_false(variable_name_valid("a b"));
}

static void test_full(void **state)
{
    (void)state;
    struct variables *variables = variables_new();
    char name[16];
    for (int i = 0; i < VARIABLES_MAX; i++) {
        snprintf(name, sizeof name, "v%d", i);
        assert_true(variables_set_number(variables, name, i));
    }
    assert_false(variables_set_number(variables, "more", 1));
    assert_true(variables_set_number(variables, "v7", 1));
    variables_free(&variables);
}

static void test_live_names(void **state)
{
    (void)state;
    struct live_names names;
    live_names_init(&names);
    assert_true(live_names_add(&names, NAME_MODEL, "mine", NULL));
    assert_true(live_names_add(&names, NAME_VARIABLE, "mine", "3"));
    assert_string_equal(live_names_find(&names, NAME_MODEL, "mine")->note, "");
    assert_string_equal(live_names_find(&names, NAME_VARIABLE, "mine")->note, "3");
    assert_null(live_names_find(&names, NAME_LAYER, "mine"));
    for (int kind = 0; kind < NAME_KIND_COUNT; kind++)
        assert_int_equal(name_kind_of(name_kind_word((enum name_kind)kind)), kind);
    assert_int_equal(name_kind_of("nothing such"), NAME_NONE);
    while (live_names_add(&names, NAME_DATA, "x", "y"))
        continue;
    assert_int_equal(names.count, LIVE_NAMES_MAX);
    live_names_release(&names);
    assert_int_equal(names.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_get),
        cmocka_unit_test(test_names_of_variables),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_live_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
