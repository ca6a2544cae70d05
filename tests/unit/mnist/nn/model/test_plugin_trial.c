/*
 * Proves that memory errors of a plugin's layer, loss or optimizer are detected and named.
 *
 * By hand: a correct plugin, and the same plugin with one fault each. Under AddressSanitizer this
 * also proves that each out-of-bounds write stays within the trial's own memory.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/model/plugin_trial.h"

enum fault {
    RIGHT,
    Y_BEHIND,
    Y_BEFORE,
    Y_LEFT_OUT,
    X_WRITTEN_BEHIND,
    DX_BEHIND,
    DX_LEFT_OUT,
    GRADIENTS_BEHIND,
    GRADIENTS_SET,
    DY_BEHIND,
};

static enum fault fault;

static void plan(const void *context, const double *numbers, struct plugin_plan *to)
{
    (void)context, (void)numbers;
    to->weights = to->in.channels;
    to->first = 2;
}

static void forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    size_t count = shape_size(pass->in), plane = count / (size_t)pass->in.channels;
    (void)context;
    for (size_t i = 0; i < count; i++)
        if (fault != Y_LEFT_OUT || i != 4)
            y[i] = pass->weights[i / plane] * x[i];
    if (fault == Y_BEHIND)
        y[count] = 1;
    if (fault == Y_BEFORE)
        y[-1] = 1;
    if (fault == X_WRITTEN_BEHIND)
        ((float *)(uintptr_t)x)[count] = 1;
}

static void backward(const void *context, struct layer_pass *pass, const float *x, const float *y,
                     const float *dy, float *dx)
{
    size_t count = shape_size(pass->in), plane = count / (size_t)pass->in.channels;
    (void)context, (void)y;
    for (size_t i = 0; i < count; i++) {
        if (fault != DX_LEFT_OUT || i != 5)
            dx[i] = pass->weights[i / plane] * dy[i];
        float sum = fault == GRADIENTS_SET ? 0 : pass->gradients[i / plane];
        pass->gradients[i / plane] = sum + x[i] * dy[i];
    }
    if (fault == DX_BEHIND)
        dx[count] = 1;
    if (fault == GRADIENTS_BEHIND)
        pass->gradients[pass->in.channels] = 1;
    if (fault == DY_BEHIND)
        ((float *)(uintptr_t)dy)[count] = 1;
}

static const struct layer_type layer = {
    .name = "tried", .plan = plan, .forward = forward, .backward = backward};

static void each_fault_of_a_layer_is_named(void **state)
{
    static const struct {
        enum fault fault;
        const char *expected;
    } cases[] = {
        {Y_BEHIND, "its forward writes beyond the ends of y, which has 18 values"},
        {Y_BEFORE, "its forward writes beyond the ends of y"},
        {Y_LEFT_OUT, "its forward leaves y[4] of 18 values unwritten"},
        {X_WRITTEN_BEHIND, "its forward writes beyond the ends of x"},
        {DX_BEHIND, "its backward writes beyond the ends of dx, which has 18 values"},
        {DX_LEFT_OUT, "its backward leaves dx[5] of 18 values unwritten"},
        {GRADIENTS_BEHIND,
         "its backward writes beyond the ends of the gradients, which has 2 values"},
        {GRADIENTS_SET, "it must add to them (+=)"},
        {DY_BEHIND, "its backward writes beyond the ends of x, y or dy"},
    };
    (void)state;
    struct error error;
    const struct layer_spec specs[] = {{.type = &layer_relu}, {.type = &layer, .line = 7}};
    struct network *network = network_new(specs, 2, (struct shape){2, 3, 3}, 1, &error);
    assert_non_null(network);
    fault = RIGHT;
    assert_true(plugin_trial_network(network, &error));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fault = cases[i].fault;
        error = (struct error){0};
        assert_false(plugin_trial_network(network, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_int_equal(error.line, 7);
        if (strncmp(error.text, "tried: ", 7) != 0 || strstr(error.text, cases[i].expected) == NULL)
            fail_msg("\"%s\" does not contain \"%s\"", error.text, cases[i].expected);
    }
    network_free(&network);
}

static double sum_loss(const void *context, const float *logits, int classes, int label,
                       float *gradient)
{
    int beyond = *(const int *)context;
    (void)label;
    for (int c = 0; c < classes + beyond; c++)
        gradient[c] = 1;
    return beyond < 0 ? (double)NAN : (double)logits[0];
}

static void faults_of_a_loss_are_named(void **state)
{
    (void)state;
    struct error error;
    int beyond = 0;
    const struct plugin_loss loss = {.name = "sum", .context = &beyond, .value = sum_loss};
    assert_true(plugin_trial_loss(&loss, 10, &error));
    beyond = 1;
    assert_false(plugin_trial_loss(&loss, 10, &error));
    assert_string_equal(error.text, "sum writes beyond the ends of gradient, which has 10 values");
    beyond = -1;
    assert_false(plugin_trial_loss(&loss, 10, &error));
    assert_non_null(strstr(error.text, "sum returns nan for logits"));
}

/* The context is the index of the array (weights, gradients, moments) to write past; -1 = no
   fault. */
static void step(const void *context, const struct plugin_step *arguments, float *weights,
                 const float *gradients, float *const *moments, int count)
{
    int wrong = *(const int *)context;
    (void)arguments;
    for (int i = 0; i < count; i++)
        weights[i] -= gradients[i] + moments[0][i] + moments[1][i];
    float *all[] = {weights, (float *)(uintptr_t)gradients, moments[0], moments[1]};
    if (wrong >= 0)
        all[wrong][count] = 0;
}

static void faults_of_an_optimizer_are_named(void **state)
{
    static const char *const expected[] = {"the weights", "the gradients", "its moments",
                                           "its moments"};
    (void)state;
    struct error error;
    int wrong = -1;
    const struct plugin_optimizer optimizer = {
        .name = "mover", .context = &wrong, .moments = 2, .step = step};
    assert_true(plugin_trial_optimizer(&optimizer, &error));
    for (wrong = 0; wrong < 4; wrong++) {
        assert_false(plugin_trial_optimizer(&optimizer, &error));
        assert_non_null(strstr(error.text, "mover writes beyond the ends of "));
        assert_non_null(strstr(error.text, expected[wrong]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_of_a_layer_is_named),
        cmocka_unit_test(faults_of_a_loss_are_named),
        cmocka_unit_test(faults_of_an_optimizer_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
