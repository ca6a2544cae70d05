/*
 * Layers' canonical text, shapes and refusals, by hand: defaults left out, PyTorch's rounding down,
 * and for each way to be wrong the line and words that help.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/model/layer.h"

static const struct shape digit = {1, 28, 28};

static void text_leaves_defaults_out(void **state)
{
    (void)state;
    static const struct {
        struct layer_spec spec;
        const char *text;
    } cases[] = {
        {{.type = &layer_conv, .out = 32, .kernel = 5}, "conv 32 5x5"},
        {{.type = &layer_conv, .out = 32, .kernel = 5, .stride = 1}, "conv 32 5x5"},
        {{.type = &layer_conv, .out = 6, .kernel = 5, .pad = 2}, "conv 6 5x5 pad=2"},
        {{.type = &layer_conv, .out = 6, .kernel = 3, .stride = 2, .pad = LAYER_PAD_SAME},
         "conv 6 3x3 stride=2 pad=same"},
        {{.type = &layer_maxpool, .kernel = 2, .stride = 2}, "maxpool 2"},
        {{.type = &layer_maxpool, .kernel = 3, .stride = 2, .pad = 1}, "maxpool 3 stride=2 pad=1"},
        {{.type = &layer_avgpool, .kernel = 2}, "avgpool 2"},
        {{.type = &layer_globalpool, .maximum = true}, "globalpool max"},
        {{.type = &layer_globalpool}, "globalpool avg"},
        {{.type = &layer_dense, .out = 10}, "dense 10"},
        {{.type = &layer_dropout, .rate = 0.3f}, "dropout 0.3"},
        {{.type = &layer_batchnorm}, "batchnorm"},
        {{.type = &layer_relu}, "relu"},
        {{.type = &layer_flatten}, "flatten"},
        {{.type = &layer_groupnorm, .numbers = {4}}, "groupnorm 4"},
        {{.type = &layer_leakyrelu, .numbers = {0.01}}, "leakyrelu 0.01"},
        {{.type = &layer_elu, .numbers = {1}}, "elu 1"},
        {{.type = &layer_add, .source = "relu1"}, "add relu1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[LAYER_TEXT_SIZE];
        assert_string_equal(layer_spec_print(&cases[i].spec, text), cases[i].text);
    }
}

static void shapes_follow_pytorch(void **state)
{
    (void)state;
    static const struct {
        struct layer_spec spec;
        struct shape in, out;
    } cases[] = {
        {{.type = &layer_conv, .out = 6, .kernel = 5}, {1, 28, 28}, {6, 24, 24}},
        {{.type = &layer_conv, .out = 6, .kernel = 5, .pad = LAYER_PAD_SAME},
         {1, 28, 27},
         {6, 28, 27}},
        {{.type = &layer_conv, .out = 6, .kernel = 3, .stride = 2}, {1, 28, 27}, {6, 13, 13}},
        {{.type = &layer_maxpool, .kernel = 2}, {3, 11, 10}, {3, 5, 5}},
        {{.type = &layer_maxpool, .kernel = 3, .stride = 2, .pad = 1}, {3, 11, 10}, {3, 6, 5}},
        {{.type = &layer_globalpool, .maximum = true}, {64, 3, 3}, {64, 1, 1}},
        {{.type = &layer_flatten}, {64, 3, 3}, {576, 1, 1}},
        {{.type = &layer_dense, .out = 10}, {64, 3, 3}, {10, 1, 1}},
        {{.type = &layer_relu}, {64, 3, 3}, {64, 3, 3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct layer layer;
        struct error error = {0};
        assert_true(layer_resolve(&layer, &cases[i].spec, cases[i].in, &error));
        assert_memory_equal(&layer.out, &cases[i].out, sizeof layer.out);
    }
}

static void work_and_parameters_are_counted(void **state)
{
    (void)state;
    struct layer layer;
    struct error error = {0};
    struct layer_spec conv = {.type = &layer_conv, .out = 64, .kernel = 3};
    assert_true(layer_resolve(&layer, &conv, (struct shape){32, 13, 13}, &error));
    assert_int_equal(layer.parameters, 64 * (32 * 9 + 1));
    assert_int_equal(layer.multiply_adds, 64 * 11 * 11 * 32 * 9);
    struct layer_spec dense = {.type = &layer_dense, .out = 10};
    assert_true(layer_resolve(&layer, &dense, (struct shape){64, 5, 5}, &error));
    assert_int_equal(layer.parameters, 16010);
    assert_int_equal(layer.multiply_adds, 16000);
    struct layer_spec norm = {.type = &layer_layernorm};
    assert_true(layer_resolve(&layer, &norm, (struct shape){3, 5, 7}, &error));
    assert_int_equal(layer.parameters, 2 * 3 * 5 * 7);
    assert_int_equal(layer.tensor_count, 2);
    struct layer_spec batchnorm = {.type = &layer_batchnorm};
    assert_true(layer_resolve(&layer, &batchnorm, (struct shape){3, 5, 7}, &error));
    assert_int_equal(layer.parameters, 2 * 3); /* the running statistics are not trained */
    assert_int_equal(layer.tensor_count, 4);
}

static void every_type_is_found_by_its_name(void **state)
{
    (void)state;
    assert_ptr_equal(layer_type_find("conv"), &layer_conv);
    assert_ptr_equal(layer_type_find("flatten"), &layer_flatten);
    assert_null(layer_type_find("swish"));
    assert_null(layer_type_find("con"));
}

static void refusals_say_line_and_reason(void **state)
{
    (void)state;
    static const struct {
        struct layer_spec spec;
        struct shape in;
        const char *words;
    } cases[] = {
        {{.type = &layer_conv, .out = 8, .kernel = 4}, {1, 28, 28}, "must be odd"},
        {{.type = &layer_conv, .out = 0, .kernel = 3}, {1, 28, 28}, "1 to 4096, not 0"},
        {{.type = &layer_conv, .out = 8, .kernel = 5},
         {16, 3, 3},
         "16x3x3 (channels x height x width)"},
        {{.type = &layer_conv, .out = 8, .kernel = 5, .stride = -1}, {1, 28, 28}, "stride"},
        {{.type = &layer_conv, .out = 8, .kernel = 3, .pad = 1},
         {5408, 1, 1},
         "5408 channels, but a convolution supports at most 4096"},
        {{.type = &layer_maxpool, .kernel = 2}, {10, 1, 1}, "at least 2x2"},
        {{.type = &layer_maxpool, .kernel = 3, .pad = 2}, {1, 28, 28}, "pad must be 0 to 1"},
        {{.type = &layer_maxpool, .kernel = 0}, {1, 28, 28}, "1 to 63"},
        {{.type = &layer_dropout, .rate = 1}, {1, 28, 28}, "below 1"},
        {{.type = &layer_dense, .out = 5000}, {1, 28, 28}, "4096"},
        {{.type = &layer_conv, .out = 4096, .kernel = 1}, {1, 100, 100}, "156.2 MiB"},
        {{.type = &layer_groupnorm, .numbers = {3}},
         {16, 5, 5},
         "and 3 does not: it can be 1, 2, 4, 8, 16"},
        {{.type = &layer_groupnorm, .numbers = {0}}, {16, 5, 5}, "and 0 does not"},
        {{.type = &layer_groupnorm, .numbers = {32}}, {16, 5, 5}, "and 32 does not"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct layer layer;
        struct error error = {0};
        struct layer_spec spec = cases[i].spec;
        spec.line = 7;
        assert_false(layer_resolve(&layer, &spec, cases[i].in, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_int_equal(error.line, 7);
        if (strstr(error.text, cases[i].words) == NULL)
            fail_msg("\"%s\" does not contain \"%s\"", error.text, cases[i].words);
    }
    struct layer layer;
    struct layer_spec nan_rate = {.type = &layer_dropout, .rate = __builtin_nanf("")};
    assert_false(layer_resolve(&layer, &nan_rate, digit, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_leaves_defaults_out),
        cmocka_unit_test(shapes_follow_pytorch),
        cmocka_unit_test(work_and_parameters_are_counted),
        cmocka_unit_test(every_type_is_found_by_its_name),
        cmocka_unit_test(refusals_say_line_and_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
