/*
 * test_context - the role of a position in a cell, by hand: place, verb, command, parameter,
 * quote and the start of the word, for the end of each text.
 */
#include "check.h"

#include "mnist/language/context.h"

static const struct {
    const char *text;
    enum context_place place;
    const char *word;      /* the text from context.start on */
    const char *verb;      /* NULL = none                    */
    const char *parameter; /* NULL = none                    */
} table[] = {
    {"", PLACE_VERB, "", NULL, NULL},
    {"tra", PLACE_VERB, "tra", NULL, NULL},
    {"time tra", PLACE_VERB, "tra", NULL, NULL},
    {"load mnist\nexpl", PLACE_VERB, "expl", NULL, NULL},
    {"train ep", PLACE_ARGUMENT, "ep", "train", NULL},
    {"explore sam", PLACE_ARGUMENT, "sam", "explore", NULL},
    {"explore image ", PLACE_ARGUMENT, "", "explore", "index"},
    {"time train epochs=", PLACE_VALUE, "", "train", "epochs"},
    {"train optimizer=ad", PLACE_VALUE, "ad", "train", "optimizer"},
    {"train nosuch=", PLACE_NOTHING, "", "train", NULL},
    {"train epochs=$n", PLACE_VARIABLE, "$n", "train", "epochs"},
    {"x = ${ra", PLACE_VARIABLE, "${ra", NULL, NULL},
    {"x = 1 + sq", PLACE_EXPRESSION, "sq", NULL, NULL},
    {"help tra", PLACE_TOPIC, "tra", NULL, NULL},
    {"?explore sam", PLACE_TOPIC, "sam", "explore", NULL},
    {"# tra", PLACE_NOTHING, "", NULL, NULL},
    {"train # ep", PLACE_NOTHING, "", "train", NULL},
    {"frobnicate x", PLACE_NOTHING, "", NULL, NULL},
    {"model a:\n    con", PLACE_VERB, "con", NULL, NULL},
    {"model a:\n    conv 8 pad=", PLACE_VALUE, "", "conv", "pad"},
};

static void places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *text = table[i].text;
        struct context context = context_find(text, strlen(text));
        if (context.place != table[i].place || strcmp(text + context.start, table[i].word) != 0)
            fail_msg("%s: place %d, word \"%s\"", text, (int)context.place, text + context.start);
        if (table[i].verb == NULL)
            continue;
        assert_non_null(context.verb);
        assert_string_equal(context.verb, table[i].verb);
        if (table[i].parameter != NULL) {
            assert_non_null(context.parameter);
            assert_string_equal(context.parameter->name, table[i].parameter);
        }
    }
}

static void given_parameters_are_marked(void **state)
{
    (void)state;
    const char *text = "train resume epochs=5 ";
    struct context context = context_find(text, strlen(text));
    assert_int_equal(context.command->id, COMMAND_TRAIN);
    for (size_t i = 0; i < context.command->parameter_count; i++) {
        const char *name = context.command->parameters[i].name;
        bool given = strcmp(name, "resume") == 0 || strcmp(name, "epochs") == 0;
        assert_int_equal(context.given[i], given);
    }
}

static void quotes_and_blocks_are_noticed(void **state)
{
    (void)state;
    static const char open[] = "load \"my fol", layer[] = "model a:\n    conv 8 ";
    struct context context = context_find(open, sizeof open - 1);
    assert_int_equal(context.quote, '"');
    assert_false(context.layer);
    context = context_find(layer, sizeof layer - 1);
    assert_int_equal(context.quote, '\0');
    assert_true(context.layer);
}

static void verbs_are_the_vocabularys_own(void **state)
{
    (void)state;
    assert_ptr_equal(context_verb("x train y", 2, 7, false),
                     vocabulary_command(COMMAND_TRAIN)->verb);
    assert_null(context_verb("trains", 0, 6, false));
    assert_null(context_verb("conv", 0, 4, false));
    assert_non_null(context_verb("conv", 0, 4, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(given_parameters_are_marked),
        cmocka_unit_test(quotes_and_blocks_are_noticed),
        cmocka_unit_test(verbs_are_the_vocabularys_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
