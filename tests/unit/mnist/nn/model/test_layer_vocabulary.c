/*
 * Each built-in type of layer has the parameters that its vocabulary describes: the same names in
 * the same order, the same positional ones, and the same defaults of numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/language/vocabulary.h"
#include "mnist/nn/model/layer.h"

static void compare(const struct layer_type *type, const struct command *command)
{
    if ((size_t)type->parameter_count != command->parameter_count)
        fail_msg("%s: the type has %d parameters, the vocabulary %zu", type->name,
                 type->parameter_count, command->parameter_count);
    for (int i = 0; i < type->parameter_count; i++) {
        const struct layer_parameter *got = &type->parameters[i];
        const struct parameter *want = &command->parameters[i];
        assert_string_equal(got->name, want->name);
        assert_int_equal(got->positional, want->positional);
        if (got->kind == LAYER_NUMBER && want->fallback != NULL)
            assert_true(got->fallback == strtod(want->fallback, NULL));
    }
}

static void types_and_vocabulary_agree(void **state)
{
    (void)state;
    int layers = 0;
    for (int id = COMMAND_COUNT; id < VOCABULARY_COUNT; id++, layers++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        const struct layer_type *type = layer_type_find(command->verb);
        if (type == NULL)
            fail_msg("there is no type of the layer %s", command->verb);
        else
            compare(type, command);
    }
    assert_true(layers >= 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(types_and_vocabulary_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
