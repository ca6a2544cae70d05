/*
 * test_subprogress - ticks of a part on the outer progress.
 *
 * Proves: ticks are scaled to the share of the part, also when nested; a request to stop is
 * returned; without an outer progress nothing stops; a part with a total of 0 counts as not begun.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/base/subprogress.h"

static void test_shares(void **state)
{
    (void)state;
    struct fixture_watch outer;
    struct subprogress phase, nested;
    struct progress *inner = subprogress_begin(&phase, fixture_watch(&outer, 0), 0.25, 0.75);
    assert_true(progress_tick(inner, 0, 8));
    assert_true(outer.share == 0.25);
    assert_true(progress_tick(inner, 4, 8));
    assert_true(outer.share == 0.5);
    assert_true(progress_tick(subprogress_begin(&nested, inner, 0.5, 1), 5, 10));
    assert_true(outer.share == 0.625);
    assert_true(progress_tick(inner, 8, 8));
    assert_true(outer.share == 0.75);
    assert_true(progress_tick(subprogress_begin(&phase, &outer.watch, 0.8, 1), 0, 0));
    assert_true(outer.share == 0.8);
}

static void test_stop(void **state)
{
    (void)state;
    struct fixture_watch outer;
    struct subprogress phase;
    struct progress *inner = subprogress_begin(&phase, fixture_watch(&outer, 2), 0, 1);
    assert_true(progress_tick(inner, 1, 3));
    assert_false(progress_tick(inner, 2, 3));
    assert_true(progress_tick(subprogress_begin(&phase, NULL, 0, 1), 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
