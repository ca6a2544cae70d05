/*
 * test_live_names - the list of live names: copies, lookup by kind and name, the maximum; the
 * words of kinds are unique and have an inverse.
 */
#include "check.h"

#include "mnist/language/live_names.h"

static void names_are_copied_and_found(void **state)
{
    (void)state;
    struct live_names names;
    char name[] = "rate";
    live_names_init(&names);
    assert_true(live_names_add(&names, NAME_VARIABLE, name, "0.1"));
    assert_true(live_names_add(&names, NAME_MODEL, "rate", NULL));
    name[0] = 'x';
    const struct name *found = live_names_find(&names, NAME_VARIABLE, "rate");
    assert_non_null(found);
    assert_string_equal(found->note, "0.1");
    assert_string_equal(live_names_find(&names, NAME_MODEL, "rate")->note, "");
    assert_null(live_names_find(&names, NAME_LAYER, "rate"));
    assert_null(live_names_find(&names, NAME_VARIABLE, "xate"));
    live_names_release(&names);
    assert_int_equal(names.count, 0);
    assert_null(live_names_find(&names, NAME_VARIABLE, "rate"));
}

static void there_is_a_maximum(void **state)
{
    (void)state;
    struct live_names names;
    live_names_init(&names);
    for (size_t i = 0; i < LIVE_NAMES_MAX; i++)
        assert_true(live_names_add(&names, NAME_DATA, "x", ""));
    assert_false(live_names_add(&names, NAME_DATA, "x", ""));
    assert_int_equal(names.count, LIVE_NAMES_MAX);
    live_names_release(&names);
}

static void kinds_have_words(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < NAME_KIND_COUNT; kind++)
        assert_int_equal(name_kind_of(name_kind_word((enum name_kind)kind)), kind);
    assert_int_equal(name_kind_of("no such kind"), NAME_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_copied_and_found),
        cmocka_unit_test(there_is_a_maximum),
        cmocka_unit_test(kinds_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
