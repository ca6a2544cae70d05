/*
 * Proves for networks: tensors have PyTorch's names, shapes and order; initial weights are within
 * He's bound and reproducible; refusals name the line; network_text builds the same network again;
 * the hash changes with every value.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/model/network.h"
#include "tests/unit/mnist/nn/network_fixture.h"

static const struct shape digit = {1, 28, 28};
static const char small[] = "conv 4 5x5; batchnorm; relu; maxpool 2; conv 6 3x3 pad=1; relu; "
                            "globalpool max; dropout 0.25; dense 10";

static void tensors_are_named_as_in_pytorch(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int rank, dims[4];
    } wanted[] = {
        {"conv1.weight", 4, {4, 1, 5, 5}},   {"conv1.bias", 1, {4}},
        {"batchnorm1.weight", 1, {4}},       {"batchnorm1.bias", 1, {4}},
        {"conv2.weight", 4, {6, 4, 3, 3}},   {"conv2.bias", 1, {6}},
        {"dense1.weight", 2, {10, 6}},       {"dense1.bias", 1, {10}},
        {"batchnorm1.running_mean", 1, {4}}, {"batchnorm1.running_var", 1, {4}},
    };
    struct network *network = network_from_text(small, digit, 1);
    size_t offset = 0;
    assert_int_equal(network_tensor_count(network), 10);
    for (int i = 0; i < 10; i++) {
        const struct tensor *tensor = network_tensor(network, i);
        assert_string_equal(tensor->name, wanted[i].name);
        assert_int_equal(tensor->rank, wanted[i].rank);
        assert_memory_equal(tensor->dims, wanted[i].dims, sizeof tensor->dims);
        assert_int_equal(tensor->offset, offset);
        offset += tensor->count;
        assert_ptr_equal(network_find_tensor(network, wanted[i].name), tensor);
    }
    assert_int_equal(network_value_count(network), offset);
    assert_int_equal(network_parameter_count(network), offset - 8);
    assert_null(network_find_tensor(network, "conv3.weight"));
    network_free(&network);
    assert_null(network);
}

static void first_weights_are_he_uniform(void **state)
{
    (void)state;
    struct network *network = network_from_text("conv 32 5x5; batchnorm; dense 10", digit, 42);
    const struct tensor *weight = network_find_tensor(network, "dense1.weight");
    const float *values = network_values(network) + weight->offset;
    double bound = sqrt(6.0 / (32 * 24 * 24)), sum = 0, squares = 0;
    for (size_t i = 0; i < weight->count; i++) {
        assert_true(fabs((double)values[i]) <= bound * 1.000001);
        sum += (double)values[i];
        squares += (double)values[i] * (double)values[i];
    }
    double count = (double)weight->count;
    assert_true(fabs(sum / count) < 0.02 * bound);
    assert_true(fabs(squares / count / (bound * bound / 3) - 1) < 0.02);
    const struct tensor *scale = network_find_tensor(network, "batchnorm1.weight");
    const struct tensor *variance = network_find_tensor(network, "batchnorm1.running_var");
    assert_true(network_values(network)[scale->offset] == 1);
    assert_true(network_values(network)[variance->offset + 31] == 1);
    network_free(&network);
}

static void same_seed_same_weights(void **state)
{
    (void)state;
    struct network *a = network_from_text(small, digit, 42),
                   *b = network_from_text(small, digit, 42);
    struct network *other = network_from_text(small, digit, 43);
    assert_int_equal(network_hash(a), network_hash(b));
    assert_true(network_hash(a) != network_hash(other));
    assert_int_equal(network_hash(a), 0xc2536a0c1fe526ccu);
    struct network *clone = network_clone(other, NULL);
    assert_int_equal(network_hash(clone), network_hash(other));
    network_initialise(clone, 42);
    assert_int_equal(network_hash(clone), network_hash(a));
    network_free(&a);
    network_free(&b);
    network_free(&other);
    network_free(&clone);
}

static void hash_sees_every_value(void **state)
{
    (void)state;
    struct network *network = network_from_text(small, digit, 1);
    uint64_t before = network_hash(network);
    for (size_t i = 0; i < network_value_count(network); i++) {
        float old = network_values(network)[i];
        network_values(network)[i] = nextafterf(old, 100);
        assert_true(network_hash(network) != before);
        network_values(network)[i] = old;
    }
    assert_int_equal(network_hash(network), before);
    assert_true(network_finite(network));
    network_values(network)[3] = NAN;
    assert_false(network_finite(network));
    network_free(&network);
}

static void text_makes_the_same_network(void **state)
{
    (void)state;
    struct network *network = network_from_text(small, digit, 1);
    char *text = network_text(network);
    assert_string_equal(text, "conv 4 5x5\nbatchnorm\nrelu\nmaxpool 2\nconv 6 3x3 pad=1\nrelu\n"
                              "globalpool max\ndropout 0.25\ndense 10\n");
    struct network *again = network_from_text(text, digit, 1);
    char *text_again = network_text(again);
    assert_string_equal(text_again, text);
    assert_int_equal(network_hash(again), network_hash(network));
    free(text);
    free(text_again);
    network_free(&network);
    network_free(&again);
}

static void refuse(const char *text, int line, const char *words)
{
    struct layer_spec specs[FIXTURE_SPECS_MAX];
    struct error error = {0};
    int count = specs_from_text(specs, text);
    assert_null(network_new(specs, count, digit, 1, &error));
    assert_int_equal(error.line, line);
    if (strstr(error.text, words) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", error.text, words);
}

static void what_cannot_be_built_is_refused(void **state)
{
    (void)state;
    refuse("conv 8 5x5; maxpool 2; maxpool 2; maxpool 2; conv 8 5x5; dense 10", 5, "8x3x3");
    refuse("conv 4096 3x3 pad=same; relu; dense 4096", 3, "MiB");
    refuse("conv 64 3x3; conv 4096 63x63 pad=same; dense 10", 2, "MiB");
    struct error error = {0};
    struct layer_spec spec = {.type = &layer_relu};
    assert_null(network_new(&spec, 0, digit, 1, &error));
    assert_non_null(strstr(error.text, "1 to 128 layers"));
}

static void last_layer_is_checked_for_classes(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *network = network_from_text("conv 4 3x3; relu", digit, 1);
    assert_false(network_check_classes(network, 10, &error));
    assert_int_equal(error.line, 2);
    assert_non_null(strstr(error.text, "dense 10"));
    network_free(&network);
    network = network_from_text("dense 10", digit, 1);
    assert_true(network_check_classes(network, 10, &error));
    assert_int_equal(network_classes(network), 10);
    network_free(&network);
}

static void images_are_checked_by_each_side(void **state)
{
    (void)state;
    static const struct shape input = {1, 10, 40},
                              other[] = {
                                  {1, 40, 10}, {1, 20, 20}, {4, 10, 10}, {1, 10, 39}, {1, 0, 0},
                              };
    struct network *network = network_from_text("dense 10", input, 1);
    struct error error = {0};
    assert_true(network_check_input(network, input, &error));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(network_check_input(network, other[i], &error));
    assert_false(network_check_input(network, (struct shape){4, 10, 10}, &error));
    assert_int_equal(error.kind, ERROR_STATE);
    assert_string_equal(error.text,
                        "the network needs images of 10 x 40 pixels, but these images have "
                        "10 x 10 pixels in 4 channels");
    network_free(&network);
}

static void work_is_summed(void **state)
{
    (void)state;
    struct network *network = network_from_text(
        "conv 32 3x3; relu; maxpool 2; conv 64 3x3; relu; maxpool 2; dropout 0.5; dense 10", digit,
        1);
    assert_int_equal(network_parameter_count(network), 34826);
    assert_int_equal(network_multiply_adds(network),
                     32 * 26 * 26 * 9 + 64 * 11 * 11 * 32 * 9 + 16000);
    assert_string_equal(network_layer(network, 3)->name, "conv2");
    network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_named_as_in_pytorch),
        cmocka_unit_test(first_weights_are_he_uniform),
        cmocka_unit_test(same_seed_same_weights),
        cmocka_unit_test(hash_sees_every_value),
        cmocka_unit_test(text_makes_the_same_network),
        cmocka_unit_test(what_cannot_be_built_is_refused),
        cmocka_unit_test(last_layer_is_checked_for_classes),
        cmocka_unit_test(images_are_checked_by_each_side),
        cmocka_unit_test(work_is_summed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
