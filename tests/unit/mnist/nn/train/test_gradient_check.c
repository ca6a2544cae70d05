/*
 * Proves for gradient_check: it accepts correct gradients, of every built-in kind of layer on each
 * engine that this machine can run, with paddings, strides and odd sizes, and of plugin layers and
 * losses. It detects wrong gradients and names the element with the largest error: a factor in one
 * weight, a sign, a missing term, NaN, a wrong loss. Elements at a kink are counted separately and
 * do not hide a wrong backward. An interrupt stops it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/model/network.h"
#include "mnist/nn/train/gradient_check.h"
#include "tests/unit/mnist/nn/network_fixture.h"

static const struct shape small = {2, 3, 4};

static struct gradient_check checked(const struct gradient_check_config *from)
{
    struct gradient_check_config config = *from;
    struct error error = {0};
    struct gradient_check check;
    struct thread_pool *pool = thread_pool_new(1, &error);
    assert_non_null(pool);
    config.pool = pool;
    config.engine = config.engine != NULL ? config.engine : engine_default();
    config.count = config.count != 0 ? config.count : 200;
    if (!gradient_check_layer(&config, &check, &error))
        fail_msg("%s", error.text);
    thread_pool_free(&pool);
    return check;
}

static void assert_agrees(const struct gradient_check *check, const char *what)
{
    for (int i = 0; i < check->row_count; i++) {
        const struct gradient_check_row *row = &check->rows[i];
        if (!(row->error <= GRADIENT_CHECK_ERROR_MAX) || row->compared == row->kinks)
            fail_msg("%s: %s: %d compared, %d kinks; backward %g, difference %g, error %g", what,
                     row->worst, row->compared, row->kinks, row->backward, row->difference,
                     row->error);
        assert_int_equal(strncmp(row->worst, row->tensor, strlen(row->tensor)), 0);
    }
}

/* ---- built-in layers ------------------------------------------------------------------------- */

static void every_built_in_kind_agrees(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rows;
    } layers[] = {
        {"conv 3 3x3", 3},
        {"conv 18 3x3 pad=same", 3},
        {"conv 2 5x5 stride=2 pad=2", 3},
        {"conv 3 1x1", 3},
        {"maxpool 2", 1},
        {"maxpool 3 stride=2 pad=1", 1},
        {"avgpool 2", 1},
        {"avgpool 3 stride=1", 1},
        {"globalpool max", 1},
        {"globalpool avg", 1},
        {"dense 5", 3},
        {"batchnorm", 3},
        {"relu", 1},
        {"gelu", 1},
        {"silu", 1},
        {"sigmoid", 1},
        {"tanh", 1},
        {"leakyrelu 0.2", 1},
        {"elu 0.5", 1},
        {"layernorm", 3},
        {"groupnorm 1", 3},
        {"groupnorm 3", 3},
        {"dropout 0.4", 1},
        {"flatten", 1},
    };
    const struct engine *engines[] = {engine_default(), &engine_openblas};
    for (int e = 0; e < 2; e++)
        for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
            struct layer_spec specs[FIXTURE_SPECS_MAX];
            specs_from_text(specs, layers[i].text);
            const struct gradient_check_config config = {
                .engine = engines[e], .spec = &specs[0], .in = {3, 7, 8}, .seed = 1};
            struct gradient_check check = checked(&config);
            assert_int_equal(check.row_count, layers[i].rows);
            assert_string_equal(check.rows[0].tensor, "x");
            assert_int_equal(check.rows[0].of, 3 * 7 * 8);
            assert_int_equal(check.rows[0].compared, 3 * 7 * 8);
            assert_agrees(&check, layers[i].text);
        }
}

/* A single value per channel equals its mean: the output is 0, and so is every difference. */
static void a_batch_norm_of_single_values_is_refused(void **state)
{
    (void)state;
    struct layer_spec specs[FIXTURE_SPECS_MAX];
    struct error error = {0};
    struct gradient_check check;
    specs_from_text(specs, "batchnorm");
    const struct gradient_check_config config = {
        .engine = engine_default(), .spec = &specs[0], .in = {32, 1, 1}, .count = 10};
    assert_false(gradient_check_layer(&config, &check, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "no gradient to check"));
}

/* With all weights 0 except [1, 65], dx is 0 except at the value that this weight multiplies. */
static void the_networks_own_values_are_checked(void **state)
{
    (void)state;
    struct network *network = network_from_text("relu; dense 3", (struct shape){4, 5, 5}, 1);
    const struct layer *layer = network_layer(network, 1);
    const struct tensor *weight = network_tensor(network, layer->weight);
    float *values = network_values(network) + weight->offset;
    memset(values, 0, weight->count * sizeof *values);
    values[165] = 3;
    const struct gradient_check_config config = {
        .spec = &layer->spec, .in = layer->in, .from = network, .from_layer = 1, .count = 1000};
    struct gradient_check check = checked(&config);
    assert_agrees(&check, "dense");
    assert_string_equal(check.rows[0].worst, "x[2, 3, 0]");
    assert_string_equal(check.rows[1].tensor, "weight");
    assert_string_equal(check.rows[2].tensor, "bias");
    for (size_t i = 0; i < weight->count; i++)
        assert_true(values[i] == (i == 165 ? 3 : 0));
    network_free(&network);
}

static void no_more_elements_than_wanted(void **state)
{
    (void)state;
    struct layer_spec specs[FIXTURE_SPECS_MAX];
    specs_from_text(specs, "dense 20");
    const struct gradient_check_config config = {.spec = &specs[0], .in = {4, 4, 4}, .count = 30};
    struct gradient_check check = checked(&config);
    assert_int_equal(check.rows[0].compared, 30);
    assert_int_equal(check.rows[1].compared, 30);
    assert_int_equal(check.rows[1].of, 1280);
    assert_int_equal(check.rows[2].compared, 20); /* all of the biases */
    assert_agrees(&check, "dense");
}

/* ---- plugin layers, right and wrong ---------------------------------------------------------- */

/* y = w[c] x + x^2 / 4, a weight for each value; the context is the fault in its backward. */
enum fault { RIGHT, FACTOR_OF_WEIGHT_3, SIGN, NO_SQUARE, NOT_A_NUMBER };

static void plan_faulty(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->weights = (int)shape_size(plan->in);
    plan->first = 1;
    plan->spread = 0.5f;
}

static void faulty_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = pass->weights[i] * x[i] + x[i] * x[i] / 4;
}

static void faulty_backward(const void *context, struct layer_pass *pass, const float *x,
                            const float *y, const float *dy, float *dx)
{
    enum fault fault = *(const enum fault *)context;
    (void)y;
    for (size_t i = 0; i < shape_size(pass->in); i++) {
        float slope = pass->weights[i] + (fault == NO_SQUARE ? 0 : x[i] / 2);
        float dw = dy[i] * x[i] * (fault == FACTOR_OF_WEIGHT_3 && i == 3 ? 2 : 1);
        dx[i] = dy[i] * (fault == SIGN ? -slope : slope);
        if (fault == NOT_A_NUMBER && i == 5)
            dx[i] = NAN;
        pass->gradients[i] += dw;
    }
}

static struct gradient_check checked_fault(enum fault fault)
{
    const struct layer_type layer = {.name = "faulty",
                                     .context = &fault,
                                     .plan = plan_faulty,
                                     .forward = faulty_forward,
                                     .backward = faulty_backward};
    const struct layer_spec spec = {.type = &layer};
    const struct gradient_check_config config = {.spec = &spec, .in = small, .seed = 4};
    struct gradient_check check = checked(&config);
    assert_int_equal(check.row_count, 2);
    return check;
}

static void a_correct_layer_agrees(void **state)
{
    (void)state;
    struct gradient_check check = checked_fault(RIGHT);
    assert_agrees(&check, "right");
    assert_int_equal(check.rows[0].kinks + check.rows[1].kinks, 0);
}

static void a_factor_in_one_weight_is_found(void **state)
{
    (void)state;
    struct gradient_check check = checked_fault(FACTOR_OF_WEIGHT_3);
    const struct gradient_check_row *row = &check.rows[1];
    assert_true(check.rows[0].error <= GRADIENT_CHECK_ERROR_MAX);
    assert_string_equal(row->tensor, "weight");
    assert_string_equal(row->worst, "weight[3]");
    assert_true(fabs(row->error - 0.5) < 0.01);
    assert_true(fabs(row->backward - 2 * row->difference) < 0.01 * fabs(row->backward));
}

static void wrong_signs_and_missing_terms_are_found(void **state)
{
    (void)state;
    struct gradient_check check = checked_fault(SIGN);
    assert_true(check.rows[0].error > 1.9);
    assert_true(check.rows[0].backward * check.rows[0].difference < 0);
    assert_int_equal(strncmp(check.rows[0].worst, "x[", 2), 0);
    assert_true(check.rows[1].error <= GRADIENT_CHECK_ERROR_MAX);
    check = checked_fault(NO_SQUARE);
    assert_true(check.rows[0].error > 0.1);
    assert_true(check.rows[1].error <= GRADIENT_CHECK_ERROR_MAX);
}

static void not_a_number_is_found(void **state)
{
    (void)state;
    struct gradient_check check = checked_fault(NOT_A_NUMBER);
    assert_string_equal(check.rows[0].worst, "x[0, 1, 1]"); /* value 5 of [2, 3, 4] */
    assert_true(isinf(check.rows[0].error));
}

/* ---- kinks ----------------------------------------------------------------------------------- */

static void plan_same(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->weights = (int)shape_size(plan->in);
}

/* y = |w| with initial weights 0: each weight is at its kink. The context is the gradient there. */
static void absolute_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = x[i] + fabsf(pass->weights[i]);
}

static void absolute_backward(const void *context, struct layer_pass *pass, const float *x,
                              const float *y, const float *dy, float *dx)
{
    float at_zero = *(const float *)context;
    (void)x, (void)y;
    for (size_t i = 0; i < shape_size(pass->in); i++) {
        float w = pass->weights[i];
        dx[i] = dy[i];
        pass->gradients[i] += dy[i] * (w > 0 ? 1 : w < 0 ? -1 : at_zero);
    }
}

static struct gradient_check_row checked_kink(float at_zero)
{
    const struct layer_type layer = {.name = "absolute",
                                     .context = &at_zero,
                                     .plan = plan_same,
                                     .forward = absolute_forward,
                                     .backward = absolute_backward};
    const struct layer_spec spec = {.type = &layer};
    const struct gradient_check_config config = {.spec = &spec, .in = small, .seed = 2};
    struct gradient_check check = checked(&config);
    assert_true(check.rows[0].error <= GRADIENT_CHECK_ERROR_MAX && check.rows[0].kinks == 0);
    assert_int_equal(check.rows[1].compared, 24);
    return check.rows[1];
}

/* Weights from 0 to 1.8e-3, whose kink is nearer than the steps of the differences. */
static void plan_near(const void *context, const double *numbers, struct plugin_plan *plan)
{
    plan_same(context, numbers, plan);
    plan->first = plan->spread = 9e-4f;
}

static void kinks_near_a_value_are_not_errors(void **state)
{
    (void)state;
    float unused = 0;
    const struct layer_type layer = {.name = "absolute",
                                     .context = &unused,
                                     .plan = plan_near,
                                     .forward = absolute_forward,
                                     .backward = absolute_backward};
    const struct layer_spec spec = {.type = &layer};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const struct gradient_check_config config = {.spec = &spec, .in = small, .seed = seed};
        struct gradient_check check = checked(&config);
        if (!(check.rows[1].error <= GRADIENT_CHECK_ERROR_MAX))
            fail_msg("seed %d: %s: backward %g, difference %g", (int)seed, check.rows[1].worst,
                     check.rows[1].backward, check.rows[1].difference);
    }
}

static void kinks_are_counted_separately(void **state)
{
    (void)state;
    static const float slopes[] = {1, -1, 0.25f};
    for (int i = 0; i < 3; i++) {
        struct gradient_check_row row = checked_kink(slopes[i]);
        assert_int_equal(row.kinks, 24);
        assert_true(row.error <= GRADIENT_CHECK_ERROR_MAX);
    }
    struct gradient_check_row middle = checked_kink(0); /* the central difference */
    assert_true(middle.error <= GRADIENT_CHECK_ERROR_MAX);
    struct gradient_check_row outside = checked_kink(3); /* not between the two slopes */
    assert_int_equal(outside.kinks, 0);
    assert_true(outside.error > 0.9);
}

/* y = 100 w^2 at w = 0.001, where the left and right slopes differ, but converge as h decreases.
   The context is a factor on the right gradient. */
static void plan_curve(const void *context, const double *numbers, struct plugin_plan *plan)
{
    plan_same(context, numbers, plan);
    plan->first = 0.001f;
}

static void curve_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context, (void)x;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = 100 * pass->weights[i] * pass->weights[i];
}

static void curve_backward(const void *context, struct layer_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    (void)x, (void)y;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        dx[i] = 0;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        pass->gradients[i] += dy[i] * 200 * pass->weights[i] * *(const float *)context;
}

static void a_curve_is_no_kink(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        const float factor = wrong == 1 ? 0.5f : 1;
        const struct layer_type layer = {.name = "curve",
                                         .context = &factor,
                                         .plan = plan_curve,
                                         .forward = curve_forward,
                                         .backward = curve_backward};
        const struct layer_spec spec = {.type = &layer};
        const struct gradient_check_config config = {.spec = &spec, .in = small, .seed = 3};
        struct gradient_check check = checked(&config);
        assert_int_equal(check.rows[1].kinks, 0);
        assert_int_equal(check.rows[1].error > GRADIENT_CHECK_ERROR_MAX, wrong);
    }
}

/* ---- losses ---------------------------------------------------------------------------------- */

/* The squared distance to 1 of the right class and to 0 of the others; context: a factor that the
   gradient of class 2 has too much. */
static double square_value(const void *context, const float *logits, int classes, int label,
                           float *gradient)
{
    double sum = 0;
    for (int c = 0; c < classes; c++) {
        double off = (double)logits[c] - (c == label);
        sum += off * off;
        gradient[c] = (float)(2 * off) * (c == 2 ? *(const float *)context : 1);
    }
    return sum;
}

static void losses_right_and_wrong(void **state)
{
    (void)state;
    float factor = 1;
    const struct plugin_loss loss = {.name = "square", .context = &factor, .value = square_value};
    struct gradient_check check;
    for (int classes = 3; classes <= 10; classes += 7)
        for (uint64_t seed = 0; seed < 20; seed++) {
            factor = 1;
            gradient_check_loss(&loss, classes, 500, seed, &check);
            assert_int_equal(check.row_count, 1);
            assert_string_equal(check.rows[0].tensor, "logits");
            assert_int_equal(check.rows[0].compared, classes * classes);
            assert_int_equal(check.rows[0].of, classes * classes);
            assert_true(check.rows[0].error < GRADIENT_CHECK_ERROR_MAX);
            factor = 1.5f;
            gradient_check_loss(&loss, classes, 500, seed, &check);
            assert_true(fabs(check.rows[0].error - 1 / 3.0) < 0.01);
            assert_int_equal(strncmp(check.rows[0].worst, "logits[2], label ", 17), 0);
            factor = NAN;
            gradient_check_loss(&loss, classes, 500, seed, &check);
            assert_true(isinf(check.rows[0].error));
            factor = 1;
            gradient_check_loss(&loss, classes, 4, seed, &check);
            assert_int_equal(check.rows[0].compared, 4);
            assert_int_equal(check.rows[0].of, classes * classes);
            assert_true(check.rows[0].error < GRADIENT_CHECK_ERROR_MAX);
        }
}

/* ---- refusals and interrupts ----------------------------------------------------------------- */

static bool stop_at_once(struct progress *watch, double done, double total)
{
    (void)watch, (void)done, (void)total;
    return false;
}

static void refusals_and_interrupts(void **state)
{
    (void)state;
    struct layer_spec specs[FIXTURE_SPECS_MAX];
    struct progress watch = {stop_at_once};
    struct error error = {0};
    struct gradient_check check;
    struct thread_pool *pool = thread_pool_new(1, &error);
    specs_from_text(specs, "conv 3 5x5; relu");
    struct gradient_check_config config = {
        .engine = engine_default(), .pool = pool, .spec = &specs[0], .in = {1, 4, 4}, .count = 10};
    assert_false(gradient_check_layer(&config, &check, &error)); /* 5x5 on 4x4 */
    assert_int_equal(error.kind, ERROR_USAGE);
    config.spec = &specs[1];
    config.watch = &watch;
    assert_false(gradient_check_layer(&config, &check, &error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
    thread_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_kind_agrees),
        cmocka_unit_test(a_batch_norm_of_single_values_is_refused),
        cmocka_unit_test(the_networks_own_values_are_checked),
        cmocka_unit_test(no_more_elements_than_wanted),
        cmocka_unit_test(a_correct_layer_agrees),
        cmocka_unit_test(a_factor_in_one_weight_is_found),
        cmocka_unit_test(wrong_signs_and_missing_terms_are_found),
        cmocka_unit_test(not_a_number_is_found),
        cmocka_unit_test(kinks_near_a_value_are_not_errors),
        cmocka_unit_test(kinks_are_counted_separately),
        cmocka_unit_test(a_curve_is_no_kink),
        cmocka_unit_test(losses_right_and_wrong),
        cmocka_unit_test(refusals_and_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
