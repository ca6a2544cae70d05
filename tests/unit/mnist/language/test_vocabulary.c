/*
 * test_vocabulary - the tables are consistent.
 *
 * By law, for every command and parameter: ids, verbs and parameters are unique; each default is
 * of its kind and in its range; each example parses and contains the command; help fits 100
 * columns and names every parameter. Suggestions and distances by hand.
 */
#include "check.h"

#include "mnist/base/utf8.h"
#include "mnist/language/help.h"
#include "mnist/language/nearest.h"
#include "mnist/language/parameter.h"
#include "mnist/language/program.h"
#include "mnist/language/topic.h"

static void test_ids_and_lookup(void **state)
{
    (void)state;
    size_t total = 0;
    for (size_t f = 0; f < vocabulary_family_count(); f++)
        total += vocabulary_family(f)->count;
    assert_int_equal(total, VOCABULARY_COUNT);
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        bool layer = id >= COMMAND_COUNT;
        assert_int_equal(command->id, id);
        assert_int_equal((command->traits & COMMAND_LAYER) != 0, layer);
        assert_ptr_equal(vocabulary_find(command->verb, command->subject, layer), command);
        assert_true(vocabulary_is_verb(command->verb, layer));
        assert_false(vocabulary_is_verb(command->verb, !layer));
        assert_true(command->parameter_count <= PARAMETERS_MAX);
        assert_true(strlen(command->summary) > 10 &&
                    command->summary[strlen(command->summary) - 1] != '.');
    }
    assert_null(vocabulary_find("nothing", NULL, false));
}

/* An alias is accepted like the subject, and is not shown. */
static void test_alias(void **state)
{
    (void)state;
    struct topic topic;
    struct error error;
    const struct command *image = vocabulary_find("explore", "image", false);
    assert_non_null(image);
    assert_ptr_equal(vocabulary_find("explore", "digit", false), image);
    assert_true(topic_find("explore digit index", &topic, &error));
    assert_ptr_equal(topic.command, image);
    assert_true(topic_find("digit", &topic, &error));
    assert_ptr_equal(topic.command, image);
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        assert_true(command->subject == NULL || strcmp(command->subject, "digit") != 0);
    }
}

static void test_parameters(void **state)
{
    (void)state;
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        bool repeated = false;
        for (size_t i = 0; i < command->parameter_count; i++) {
            const struct parameter *parameter = &command->parameters[i];
            char why[PARAMETER_WHY_SIZE];
            assert_ptr_equal(command_parameter(command, parameter->name), parameter);
            assert_false(repeated); /* only the last may repeat */
            repeated = parameter->repeats;
            assert_true(!parameter->repeats || parameter->positional);
            assert_non_null(parameter->help);
            if (parameter->kind == PARAMETER_CHOICE && parameter->names < NAME_COMMAND)
                assert_non_null(parameter->choices);
            if (!parameter->required && parameter->fallback == NULL && parameter->otherwise == NULL)
                fail_msg("%s %s: what happens without it?", command->verb, parameter->name);
            if (parameter->fallback != NULL) {
                struct value value;
                assert_false(parameter->required);
                assert_true(value_string(&value, parameter->fallback));
                if (!parameter_convert(parameter, &value, why))
                    fail_msg("%s: the default of %s %s", command->verb, parameter->name, why);
                value_release(&value);
            }
        }
    }
}

static void test_examples(void **state)
{
    (void)state;
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        struct program *program = program_parse(command->example, strlen(command->example));
        if (program_diagnostic_count(program) > 0)
            fail_msg("%s: %s", command->example, program_diagnostic(program, 0)->text);
        bool found = (command->traits & COMMAND_LAYER) != 0 &&
                     strstr(command->example, command->verb) != NULL;
        for (size_t i = 0; i < program_statement_count(program); i++)
            found = found || statement_command(program_statement(program, i)) == command;
        if (!found)
            fail_msg("the example of %s does not show it", command->verb);
        program_free(&program);
    }
}

static void assert_narrow(const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        if (utf8_text_width(text, size) > HELP_WIDTH)
            fail_msg("too wide: %.*s", (int)size, text);
        if (size > 0 && text[size - 1] == ' ')
            fail_msg("blank at the end: %.*s", (int)size, text);
        text += size + (text[size] == '\n');
    }
}

static void test_help(void **state)
{
    (void)state;
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        char title[COMMAND_TITLE_SIZE];
        command_title(title, command);
        char *help = help_command(command, HELP_WIDTH),
             *markdown = help_command_markdown(command, HELP_WIDTH),
             *usage = help_usage(command, HELP_WIDTH);
        assert_narrow(help);
        assert_int_equal(strncmp(usage, title, strlen(title)), 0);
        assert_non_null(strstr(markdown, command->summary));
        for (size_t i = 0; i < command->parameter_count; i++) {
            assert_non_null(strstr(help, command->parameters[i].name));
            assert_non_null(strstr(markdown, command->parameters[i].name));
            char *one = help_parameter(&command->parameters[i], HELP_WIDTH);
            assert_narrow(one);
            free(one);
        }
        struct error error;
        char *topic = help_topic(title, HELP_WIDTH, &error);
        assert_non_null(topic);
        assert_narrow(topic);
        free(topic);
        free(help);
        free(markdown);
        free(usage);
    }
    char *overview = help_topic("", HELP_WIDTH, NULL), *table = help_table_markdown();
    assert_narrow(overview);
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        char title[COMMAND_TITLE_SIZE];
        command_title(title, vocabulary_command((enum command_id)id));
        assert_non_null(strstr(overview, title));
        assert_non_null(strstr(table, title));
    }
    free(overview);
    free(table);
}

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("", ""), 0);
    assert_int_equal(nearest_distance("abc", ""), 3);
    assert_int_equal(nearest_distance("train", "train"), 0);
    assert_int_equal(nearest_distance("train", "Train"), 0);
    assert_int_equal(nearest_distance("train", "trian"), 1);
    assert_int_equal(nearest_distance("train", "tran"), 1);
    assert_int_equal(nearest_distance("train", "strain"), 1);
    assert_int_equal(nearest_distance("train", "brain"), 1);
    assert_int_equal(nearest_distance("ca", "abc"),
                     3); /* optimal string alignment, not the unrestricted distance */
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
}

static void test_suggestions(void **state)
{
    (void)state;
    assert_string_equal(command_nearest(vocabulary_command(COMMAND_EXPLORE), "clases"), "classes");
    assert_string_equal(command_nearest(vocabulary_command(COMMAND_MODEL), "sumary"), "summary");
    assert_string_equal(command_nearest(vocabulary_command(COMMAND_MODEL), "lnet"), "lenet");
    assert_string_equal(command_nearest(vocabulary_command(COMMAND_TRAIN), "opt"), "optimizer");
    assert_null(command_nearest(vocabulary_command(COMMAND_TRAIN), "zebra"));
    assert_null(command_nearest(vocabulary_command(COMMAND_TRAIN), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_and_lookup), cmocka_unit_test(test_alias),
        cmocka_unit_test(test_parameters),     cmocka_unit_test(test_examples),
        cmocka_unit_test(test_help),           cmocka_unit_test(test_distance),
        cmocka_unit_test(test_suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
