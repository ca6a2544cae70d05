/*
 * The chain of layers: names, shapes from layer to layer, and the sources of `add` - each earlier
 * layer by its name, and refusals of names that no earlier layer has and of different shapes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/model/layer_chain.h"
#include "tests/unit/mnist/nn/network_fixture.h"

static const struct shape digit = {1, 28, 28};
static struct layer layers[FIXTURE_SPECS_MAX];

static bool resolve(const char *text, struct error *error)
{
    struct layer_spec specs[FIXTURE_SPECS_MAX];
    int count = specs_from_text(specs, text);
    return layer_chain_resolve(layers, specs, count, digit, error);
}

static void layers_are_numbered_within_their_type(void **state)
{
    (void)state;
    struct error error = {0};
    assert_true(resolve("conv 4 3x3; relu; maxpool 2; conv 8 3x3; relu; dense 10", &error));
    static const char *const names[] = {"conv1", "relu1", "maxpool1", "conv2", "relu2", "dense1"};
    for (int i = 0; i < 6; i++)
        assert_string_equal(layers[i].name, names[i]);
    assert_int_equal(layers[3].in.height, 13);
    assert_int_equal(layers[5].in.channels, 8);
}

static void add_finds_its_source(void **state)
{
    (void)state;
    struct error error = {0};
    assert_true(
        resolve("conv 4 3x3; relu; conv 4 3x3 pad=same; add relu1; add conv1; add add1", &error));
    assert_int_equal(layers[2].source, -1);
    assert_int_equal(layers[3].source, 1);
    assert_int_equal(layers[4].source, 0);
    assert_int_equal(layers[5].source, 3);
}

static void add_refuses_other_names_and_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
        int line;
    } cases[] = {
        {"conv 4 3x3; add conv2; conv 4 3x3", "no earlier layer has the name conv2", 2},
        {"add add1; conv 4 3x3", "no earlier layer has the name add1", 1},
        {"conv 4 3x3; relu; add conv", "no earlier layer has the name conv;", 3},
        {"conv 4 3x3; relu; add conv", "the earlier layers are conv1, relu1", 3},
        {"add conv1", "this is the first layer", 1},
        {"conv 4 3x3; conv 4 3x3; add conv1",
         "the input is 4x24x24 (channels x height x width), but the output of conv1 is 4x26x26", 3},
        {"conv 4 3x3; conv 5 3x3 pad=same; add conv1", "but the output of conv1 is 4x26x26", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        assert_false(resolve(cases[i].text, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_int_equal(error.line, cases[i].line);
        if (strstr(error.text, cases[i].words) == NULL)
            fail_msg("\"%s\" does not contain \"%s\"", error.text, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_are_numbered_within_their_type),
        cmocka_unit_test(add_finds_its_source),
        cmocka_unit_test(add_refuses_other_names_and_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
