/*
 * Softmax and cross-entropy: by hand for small logits; by law (probabilities add up to 1, a
 * constant added to all logits changes nothing, gradients equal finite differences); edge cases
 * (logits of +-1e30, smoothing, ties, NaN).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/engine/loss.h"

/* [classes, n] */
static const struct logits_layout *by_class(int classes, int n)
{
    static struct logits_layout layout;
    layout = (struct logits_layout){classes, n, 1, 0};
    return &layout;
}

static void known_values(void **state)
{
    (void)state;
    /* [classes, n]: image 0 has logits 0, ln 3; image 1 has 2, 2 */
    float logits[4] = {0, 2, 1.0986123f, 2}, probabilities[4], gradient[4];
    uint8_t labels[2] = {1, 0};
    loss_softmax(probabilities, logits, by_class(2, 2), 2);
    assert_true(fabsf(probabilities[0] - 0.25f) < 1e-7f && fabsf(probabilities[1] - 0.75f) < 1e-7f);
    assert_true(probabilities[2] == 0.5f && probabilities[3] == 0.5f);
    struct loss_sums sums = loss_cross_entropy(logits, by_class(2, 2), labels, 2, 0, 4, gradient);
    assert_true(fabs(sums.loss - (log(4.0 / 3) + log(2))) < 1e-7);
    assert_int_equal(sums.correct, 2); /* the first class wins a tie; it is the label */
    assert_true(fabsf(gradient[0] - 0.0625f) < 1e-7f && fabsf(gradient[2] + 0.0625f) < 1e-7f);
    assert_true(gradient[1] == -0.125f && gradient[3] == 0.125f);
    labels[1] = 1;
    assert_int_equal(loss_cross_entropy(logits, by_class(2, 2), labels, 2, 0, 4, NULL).correct, 1);
}

static void smoothing_spreads_the_target(void **state)
{
    (void)state;
    float logits[4] = {1, 0, -1, 0.5f}, gradient[4];
    uint8_t label = 2;
    double sum = 0, loss = 0;
    for (int c = 0; c < 4; c++)
        sum += exp((double)logits[c]);
    for (int c = 0; c < 4; c++)
        loss -= (c == 2 ? 0.7 + 0.075 : 0.075) * ((double)logits[c] - log(sum));
    struct loss_sums sums =
        loss_cross_entropy(logits, by_class(4, 1), &label, 1, 0.3f, 1, gradient);
    assert_true(fabs(sums.loss - loss) < 1e-7);
    assert_true(fabs((double)gradient[2] - (exp(-1.0) / sum - 0.775)) < 1e-7);
    assert_true(fabs((double)gradient[0] - (exp(1.0) / sum - 0.075)) < 1e-7);
}

static void gradient_equals_slope(void **state)
{
    (void)state;
    float logits[30], gradient[30];
    uint8_t labels[3] = {0, 9, 4};
    for (int i = 0; i < 30; i++)
        logits[i] = (float)(i * 37 % 11) / 4 - 1;
    loss_cross_entropy(logits, by_class(10, 3), labels, 3, 0.1f, 3, gradient);
    for (int i = 0; i < 30; i++) {
        float old = logits[i];
        logits[i] = old + 0x1p-10f;
        double above = loss_cross_entropy(logits, by_class(10, 3), labels, 3, 0.1f, 3, NULL).loss;
        logits[i] = old - 0x1p-10f;
        double below = loss_cross_entropy(logits, by_class(10, 3), labels, 3, 0.1f, 3, NULL).loss;
        logits[i] = old;
        double slope = (above - below) / 0x1p-9 / 3;
        assert_true(fabs(slope - (double)gradient[i]) < 1e-6);
    }
}

static void huge_logits_do_not_overflow(void **state)
{
    (void)state;
    float logits[3] = {1e30f, -1e30f, 1e30f}, probabilities[3], gradient[3];
    uint8_t label = 1;
    loss_softmax(probabilities, logits, by_class(3, 1), 1);
    assert_true(probabilities[0] == 0.5f && probabilities[1] == 0 && probabilities[2] == 0.5f);
    struct loss_sums sums = loss_cross_entropy(logits, by_class(3, 1), &label, 1, 0, 1, gradient);
    assert_true(isfinite(sums.loss) && sums.loss > 1e30);
    assert_true(gradient[1] == -1);
    label = 0;
    assert_true(fabs(loss_cross_entropy(logits, by_class(3, 1), &label, 1, 0, 1, gradient).loss -
                     log(2)) < 1e-12);
}

static void probabilities_add_up_and_ignore_a_shift(void **state)
{
    (void)state;
    float logits[10], shifted[10], p[10], q[10];
    for (int round = 0; round < 200; round++) {
        double sum = 0;
        for (int c = 0; c < 10; c++) {
            logits[c] = (float)((round * 10 + c) * 7919 % 1000) / 50 - 10;
            shifted[c] = logits[c] + 64;
        }
        loss_softmax(p, logits, by_class(10, 1), 1);
        loss_softmax(q, shifted, by_class(10, 1), 1);
        for (int c = 0; c < 10; c++) {
            sum += (double)p[c];
            assert_true(fabsf(p[c] - q[c]) < 1e-5f);
        }
        assert_true(fabs(sum - 1) < 1e-6);
    }
}

static bool finite_loss(const float *logits)
{
    uint8_t label = 0;
    return isfinite(loss_cross_entropy(logits, by_class(3, 1), &label, 1, 0, 1, NULL).loss);
}

static void nan_is_not_hidden(void **state)
{
    (void)state;
    for (int place = 0; place < 3; place++) {
        float logits[3] = {1, 2, 3};
        assert_true(finite_loss(logits));
        logits[place] = NAN;
        assert_false(finite_loss(logits));
        logits[place] = INFINITY;
        assert_false(finite_loss(logits));
    }
}

/* [n, 4] with 3 classes: the same values, and a gradient of 0 for the fourth. */
static void layouts_agree(void **state)
{
    (void)state;
    static const struct logits_layout by_image = {3, 1, 4, 4};
    float classes_first[6] = {1, -1, 2, 0.5f, 3, 0}, images_first[8] = {1, 2, 3, 9, -1, 0.5f, 0, 9};
    float p[6], q[6], d[6], e[8];
    uint8_t labels[2] = {2, 0};
    loss_softmax(p, classes_first, by_class(3, 2), 2);
    loss_softmax(q, images_first, &by_image, 2);
    assert_memory_equal(p, q, sizeof p);
    struct loss_sums a = loss_cross_entropy(classes_first, by_class(3, 2), labels, 2, 0.1f, 2, d);
    struct loss_sums b = loss_cross_entropy(images_first, &by_image, labels, 2, 0.1f, 2, e);
    assert_true(a.loss == b.loss && a.correct == b.correct);
    for (int i = 0; i < 2; i++) {
        for (int c = 0; c < 3; c++)
            assert_true(d[c * 2 + i] == e[i * 4 + c]);
        assert_true(e[i * 4 + 3] == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(smoothing_spreads_the_target),
        cmocka_unit_test(gradient_equals_slope),
        cmocka_unit_test(huge_logits_do_not_overflow),
        cmocka_unit_test(probabilities_add_up_and_ignore_a_shift),
        cmocka_unit_test(nan_is_not_hidden),
        cmocka_unit_test(layouts_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
