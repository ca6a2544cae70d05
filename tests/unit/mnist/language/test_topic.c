/*
 * test_topic - the words of a help topic resolve to a verb, a command, a layer or a parameter;
 * unknown words get a suggestion.
 *
 * By hand. By law: the title of every command of the vocabulary resolves to that command, or to all
 * commands of its verb, and each of its parameters resolves to itself.
 */
#include "check.h"

#include "mnist/language/topic.h"

static void words_resolve(void **state)
{
    (void)state;
    struct topic topic;
    struct error error;
    assert_true(topic_find("", &topic, &error) && topic.verb == NULL);
    assert_true(topic_find("train", &topic, &error) && topic.command->id == COMMAND_TRAIN);
    assert_true(topic_find("explore", &topic, &error) && topic.command == NULL);
    assert_true(topic_find("explore samples", &topic, &error) &&
                topic.command->id == COMMAND_EXPLORE_SAMPLES);
    assert_true(topic_find("explore samples count", &topic, &error));
    assert_string_equal(topic.parameter->name, "count");
    assert_true(topic_find("samples", &topic, &error) &&
                topic.command->id == COMMAND_EXPLORE_SAMPLES);
    assert_true(topic_find(" conv  pad ", &topic, &error) && topic.layer);
    assert_true(topic_find("preprocess crop", &topic, &error) &&
                topic.command->id == COMMAND_PREPROCESS);
    assert_true(topic_find("predict set", &topic, &error));
    assert_true(topic_find("layers", &topic, &error) && topic.verb == NULL);
    assert_string_equal(topic.family->name, "layers");
    assert_false(topic_find("swish", &topic, &error));
    assert_string_equal(error.text, "there is no help topic \"swish\"; did you mean `silu`?");
    assert_false(topic_find("trian", &topic, &error));
    assert_string_equal(error.text, "there is no help topic \"trian\"; did you mean `train`?");
    assert_false(topic_find("train epoch", &topic, &error));
    assert_string_equal(error.text, "train has no subject or parameter \"epoch\"; did you mean "
                                    "`train epochs`?");
    assert_false(topic_find("explore smples", &topic, &error));
    assert_string_equal(error.text, "explore has no subject or parameter \"smples\"; did you "
                                    "mean `explore samples`?");
    assert_false(topic_find("a b c d", &topic, &error));
    assert_false(topic_find("version of it", &topic, &error));
}

static void every_title_resolves(void **state)
{
    (void)state;
    struct topic topic;
    struct error error;
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        char title[COMMAND_TITLE_SIZE], text[2 * COMMAND_TITLE_SIZE];
        command_title(title, command);
        assert_true(topic_find(title, &topic, &error));
        assert_string_equal(topic.verb, command->verb);
        assert_true(topic.command == command || topic.command == NULL);
        assert_null(topic.parameter);
        for (size_t i = 0; i < command->parameter_count; i++) {
            snprintf(text, sizeof text, "%s %s", title, command->parameters[i].name);
            assert_true(topic_find(text, &topic, &error));
            assert_ptr_equal(topic.parameter, &command->parameters[i]);
        }
    }
}

static void too_many_words_are_refused(void **state)
{
    (void)state;
    struct topic topic;
    struct error error;
    char text[TOPIC_SIZE_MAX + 1];
    memset(text, 'a', TOPIC_SIZE_MAX);
    text[TOPIC_SIZE_MAX] = '\0';
    assert_false(topic_find(text, &topic, &error));
    assert_non_null(strstr(error.text, "three words"));
    assert_false(topic_find("explore samples count more", &topic, &error));
    assert_non_null(strstr(error.text, "three words"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_resolve),
        cmocka_unit_test(every_title_resolves),
        cmocka_unit_test(too_many_words_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
