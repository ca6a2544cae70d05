/*
 * Proves for SGD, Nesterov, Adam and AdamW: the weights after each of six steps with given
 * gradients equal PyTorch's (float compared with double); decay does not change biases; an
 * optimizer with the moments and the step count of another one continues with the same bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/train/optimizer.h"
#include "tests/unit/mnist/nn/network_fixture.h"

enum { STEPS = 6, VALUES = 100 };

static struct thread_pool *pool;

static const struct optimizer_case {
    const char *name;
    struct optimizer_config config;
    float rate;
} cases[] = {
    {"sgd", {.kind = OPTIMIZER_SGD}, 0.05f},
    {"sgd_nesterov", {.kind = OPTIMIZER_SGD, .momentum = 0.9f, .decay = 0.01f}, 0.05f},
    {"adam", {.kind = OPTIMIZER_ADAM, .beta1 = 0.9f, .beta2 = 0.999f}, 0.01f},
    {"adam_decay", {.kind = OPTIMIZER_ADAM, .beta1 = 0.7f, .beta2 = 0.9f, .decay = 0.1f}, 0.01f},
    {"adamw", {.kind = OPTIMIZER_ADAMW, .beta1 = 0.9f, .beta2 = 0.99f, .decay = 0.1f}, 0.01f},
};

static void compare(const struct model_file *file, const struct optimizer_case *c)
{
    struct error error = {0};
    struct network *network = network_from_text("dense 10", (struct shape){1, 3, 3}, 1);
    struct optimizer *optimizer = optimizer_new(network, &c->config, &error);
    float *start = reference_values(file, c->name, "start", VALUES);
    float *gradients = reference_values(file, c->name, "gradients", STEPS * VALUES);
    float *trace = reference_values(file, c->name, "trace", STEPS * VALUES);
    assert_non_null(optimizer);
    memcpy(network_values(network), start, VALUES * sizeof(float));
    for (int step = 0; step < STEPS; step++) {
        char what[64];
        snprintf(what, sizeof what, "%s, step %d", c->name, step + 1);
        memcpy(network_gradients(network), gradients + step * VALUES, VALUES * sizeof(float));
        optimizer_step(optimizer, network, c->rate, pool);
        assert_close(what, network_values(network), trace + step * VALUES, VALUES, 5e-7, 1e-6);
    }
    assert_int_equal(optimizer_steps(optimizer), STEPS);
    free(start);
    free(gradients);
    free(trace);
    optimizer_free(&optimizer);
    network_free(&network);
}

static void steps_equal_pytorch(void **state)
{
    (void)state;
    struct model_file *file = open_reference("optimizers.safetensors");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        compare(file, &cases[i]);
    model_file_free(&file);
}

static void restored_state_continues_with_the_same_bits(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *a = network_from_text("dense 10", (struct shape){1, 3, 3}, 1);
    struct optimizer *first = optimizer_new(a, &cases[4].config, &error);
    struct optimizer *second = optimizer_new(a, &cases[4].config, &error);
    for (int i = 0; i < VALUES; i++)
        network_gradients(a)[i] = (float)i - 50;
    optimizer_step(first, a, 0.1f, pool);
    struct network *b = network_clone(a, &error);
    memcpy(network_gradients(b), network_gradients(a), VALUES * sizeof(float));
    for (int i = 0; i < optimizer_moment_count(first); i++)
        memcpy(optimizer_moment(second, i), optimizer_moment(first, i), VALUES * sizeof(float));
    optimizer_set_steps(second, optimizer_steps(first));
    optimizer_step(first, a, 0.1f, pool);
    optimizer_step(second, b, 0.1f, pool);
    assert_int_equal(network_hash(a), network_hash(b));
    assert_int_equal(optimizer_moment_count(first), 2);
    assert_string_equal(optimizer_moment_name(first, 1), "square");
    optimizer_free(&first);
    optimizer_free(&second);
    network_free(&a);
    network_free(&b);
}

/* Several chunks, with tensors that cross their bounds. */
static uint64_t hash_after_two_steps(int threads)
{
    struct error error = {0};
    struct network *network =
        network_from_text("dense 35; batchnorm; dense 10", (struct shape){1, 28, 28}, 1);
    struct optimizer *optimizer = optimizer_new(network, &cases[4].config, &error);
    struct thread_pool *few = thread_pool_new(threads, &error);
    for (size_t i = 0; i < network_parameter_count(network); i++)
        network_gradients(network)[i] = (float)(i % 97) - 48;
    optimizer_step(optimizer, network, 0.1f, few);
    optimizer_step(optimizer, network, 0.1f, few);
    uint64_t hash = network_hash(network);
    thread_pool_free(&few);
    optimizer_free(&optimizer);
    network_free(&network);
    return hash;
}

static void threads_change_nothing(void **state)
{
    (void)state;
    assert_int_equal(hash_after_two_steps(3), hash_after_two_steps(1));
}

static int make_pool(void **state)
{
    (void)state;
    struct error error = {0};
    pool = thread_pool_new(2, &error);
    return pool == NULL;
}

static int free_pool(void **state)
{
    (void)state;
    thread_pool_free(&pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(steps_equal_pytorch),
        cmocka_unit_test(restored_state_continues_with_the_same_bits),
    };
    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
