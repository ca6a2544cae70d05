/*
 * test_series - laws over many ranges: an axis contains its data, and thinning keeps the extremes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plots/gnuplot.h"
#include "plots/series.h"

static void axes_hold_their_data(void **state)
{
    (void)state;
    static const double ends[] = {-1e300, -1e9, -70.5, -1,   -1e-9, 0,   1e-300, 1e-9,
                                  0.02,   0.31, 1,     99.7, 6742,  1e9, 1e300};
    int count = sizeof ends / sizeof ends[0];
    for (int i = 0; i < count; i++) {
        for (int k = i; k < count; k++) {
            struct series_axis axis = series_axis(ends[i], ends[k], 6);
            double slack = 1e-6 * fmax(fabs(ends[i]), fabs(ends[k]));
            assert_true(axis.low <= ends[i] + slack && axis.high >= ends[k] - slack);
            assert_true(axis.low < axis.high);
            assert_true(axis.step > 0 && (axis.high - axis.low) / axis.step < 20);
        }
    }
}

static void whole_axes_step_by_whole_numbers(void **state)
{
    (void)state;
    for (int high = 1; high < 5000; high += 7) {
        struct series_axis axis = series_whole_axis(1, high, 10);
        assert_true(axis.step >= 1 && axis.step == floor(axis.step));
        assert_true(axis.low < 1 && axis.high > high);
    }
}

static void ranges_skip_what_is_not_finite(void **state)
{
    (void)state;
    double low = INFINITY, high = -INFINITY;
    series_range((double[]){NAN, 2, INFINITY, -3}, 4, &low, &high);
    assert_true(low == -3 && high == 2);
    series_range(NULL, 4, &low, &high);
    assert_true(low == -3 && high == 2);
}

static int count_rows(const struct string_buffer *script)
{
    int rows = -2; /* begin and end */
    for (size_t i = 0; i < script->size; i++)
        rows += script->bytes[i] == '\n';
    return rows;
}

static void thinning_keeps_the_peaks(void **state)
{
    (void)state;
    int count = 1000000;
    double *y = calloc((size_t)count, sizeof *y);
    assert_non_null(y);
    y[123457] = 42;
    y[765432] = -17;
    y[5] = NAN;
    struct string_buffer script = {.maximum = GNUPLOT_SCRIPT_MAX};
    assert_int_equal(series_put(&script, "$y", NULL, y, count, false, false), count - 1);
    assert_true(count_rows(&script) <= SERIES_DRAWN + 2);
    assert_non_null(memmem(script.bytes, script.size, "\n123458 42 \n", 12));
    assert_non_null(memmem(script.bytes, script.size, "\n765433 -17 \n", 13));
    string_buffer_release(&script);
    free(y);
}

static void nothing_to_draw_is_one_row_of_nan(void **state)
{
    (void)state;
    struct string_buffer script = {.maximum = GNUPLOT_SCRIPT_MAX};
    assert_int_equal(series_put(&script, "$y", NULL, (double[]){NAN, 0}, 2, false, true), 0);
    assert_int_equal(count_rows(&script), 1);
    string_buffer_release(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_hold_their_data),
        cmocka_unit_test(whole_axes_step_by_whole_numbers),
        cmocka_unit_test(ranges_skip_what_is_not_finite),
        cmocka_unit_test(thinning_keeps_the_peaks),
        cmocka_unit_test(nothing_to_draw_is_one_row_of_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
