/*
 * Proves confusion matrix, precision, recall, F1 and Wilson's interval by hand (with scikit-learn's
 * definitions): a table with known values, a class that is never predicted, classes that do not
 * occur, and the interval for no success, only successes and no trials.
 */
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mnist/nn/train/metrics.h"

static bool near(double got, double expected)
{
    return fabs(got - expected) < 1e-9;
}

static void confusion_counts_first_largest(void **state)
{
    (void)state;
    float probabilities[4][3] = {
        {0.2f, 0.7f, 0.1f}, {0.4f, 0.4f, 0.2f}, {0, 0, 1}, {0.3f, 0.3f, 0.4f}};
    uint8_t labels[4] = {1, 1, 2, 0};
    struct confusion confusion;
    confusion_count(&confusion, 3, probabilities[0], labels, 4);
    assert_int_equal(confusion.counts[1][1], 1);
    assert_int_equal(confusion.counts[1][0], 1);
    assert_int_equal(confusion.counts[2][2], 1);
    assert_int_equal(confusion.counts[0][2], 1);
    assert_int_equal(metrics_argmax((float[]){-1, -2, -1}, 3), 0);
}

static void ratios_by_hand(void **state)
{
    (void)state;
    /* class 0: 8 right, 2 called 1; class 1: 3 right, 1 called 0; class 2: both called 0, none
       right */
    struct confusion confusion = {.classes = 3, .counts = {{8, 2, 0}, {1, 3, 0}, {2, 0, 0}}};
    struct metrics m;
    metrics_compute(&m, &confusion);
    assert_int_equal(m.images, 16);
    assert_int_equal(m.correct, 11);
    assert_true(near(m.accuracy, 11.0 / 16));
    assert_true(near(m.by_class[0].precision, 8.0 / 11) && near(m.by_class[0].recall, 0.8));
    assert_true(near(m.by_class[0].f1, 16.0 / 21));
    assert_true(near(m.by_class[1].precision, 0.6) && near(m.by_class[1].recall, 0.75));
    assert_true(isnan(m.by_class[2].precision)); /* never predicted: 0/0 */
    assert_true(m.by_class[2].recall == 0 && m.by_class[2].f1 == 0);
    assert_int_equal(m.by_class[2].support, 2);
    assert_true(near(m.macro.recall, (0.8 + 0.75) / 3));
    assert_true(near(m.weighted.recall, 11.0 / 16)); /* weighted recall is the accuracy */
    assert_true(near(m.weighted.precision, (10 * 8.0 / 11 + 4 * 0.6) / 16));
    assert_int_equal(m.macro.support, 16);
}

/* scikit-learn's means are over the labels that occur in `y_true` or `y_pred`. */
static void the_means_are_over_the_classes_that_occur(void **state)
{
    (void)state;
    struct metrics m;
    struct confusion two_of_ten = {.classes = 10};
    two_of_ten.counts[0][0] = 7;
    two_of_ten.counts[1][1] = 3;
    metrics_compute(&m, &two_of_ten);
    assert_true(m.macro.precision == 1 && m.macro.recall == 1 && m.macro.f1 == 1);
    assert_true(near(m.weighted.precision, 1) && near(m.weighted.recall, 1));
    assert_true(isnan(m.by_class[5].precision) && isnan(m.by_class[5].recall) &&
                isnan(m.by_class[5].f1));
    /* Class 2 is a prediction, but not a label: its recall is 0/0, and 0 in the mean. */
    struct confusion answered = {.classes = 10};
    answered.counts[0][0] = 7;
    answered.counts[1][1] = 2;
    answered.counts[1][2] = 1;
    metrics_compute(&m, &answered);
    assert_true(isnan(m.by_class[2].recall) && m.by_class[2].precision == 0);
    assert_true(near(m.macro.precision, 2.0 / 3) && near(m.macro.recall, (1 + 2.0 / 3) / 3));
    assert_true(near(m.weighted.recall, 0.9));
    struct confusion none = {.classes = 2};
    metrics_compute(&m, &none);
    assert_true(isnan(m.accuracy) && m.images == 0);
}

static void interval_by_hand(void **state)
{
    (void)state;
    double low, high;
    wilson_interval(&low, &high, 50, 100, 1.96);
    assert_true(fabs(low - 0.40383) < 1e-5 && fabs(high - 0.59617) < 1e-5);
    wilson_interval(&low, &high, 9900, 10000, 1.96);
    assert_true(fabs(low - 0.98786) < 2e-5 && fabs(high - 0.99177) < 2e-5);
    wilson_interval(&low, &high, 0, 10, 1.96);
    assert_true(low == 0 && fabs(high - 0.27754) < 1e-5);
    wilson_interval(&low, &high, 10, 10, 1.96);
    assert_true(high == 1 && fabs(low - 0.72246) < 1e-5);
    wilson_interval(&low, &high, 0, 0, 1.96);
    assert_true(low == 0 && high == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confusion_counts_first_largest),
        cmocka_unit_test(ratios_by_hand),
        cmocka_unit_test(the_means_are_over_the_classes_that_occur),
        cmocka_unit_test(interval_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
