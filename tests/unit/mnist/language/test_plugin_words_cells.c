/*
 * test_plugin_words_cells - cells, completion and diagnostics with words of plugins.
 *
 * By hand: how cells, completion and diagnostics use the words. By law: a replaced word stays valid
 * in programs that were parsed before.
 */
#include "plugin_words_fixture.h"

#include "mnist/base/utf8.h"
#include "mnist/language/bound_call.h"
#include "mnist/language/complete.h"
#include "mnist/language/program.h"

static struct program *parsed(const char *text)
{
    struct program *program = program_parse(text, strlen(text));
    assert_non_null(program);
    if (program_diagnostic_count(program) > 0)
        fail_msg("%s: %s", text, program_diagnostic(program, 0)->text);
    return program;
}

static void assert_diagnostic(const char *text, const char *words)
{
    struct program *program = program_parse(text, strlen(text));
    assert_non_null(program);
    if (program_diagnostic_count(program) == 0)
        fail_msg("%s is accepted", text);
    if (strstr(program_diagnostic(program, 0)->text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", program_diagnostic(program, 0)->text, words);
    program_free(&program);
}

static void test_cells(void **state)
{
    (void)state;
    static const char cell[] = "greet 5 name=\"a b\"\nmodel mine:\n    stretch 3\n    dense 10\n";
    assert_diagnostic(cell, "there is no command \"greet\"");
    add_word(NAME_COMMAND, "greet", "times=3 name=you", "");
    assert_diagnostic(cell, "there is no layer \"stretch\"");
    add_word(NAME_PLUGIN, "stretch", "by width=2", "");
    struct program *program = parsed(cell);
    struct variables *variables = variables_new();
    struct diagnostic diagnostic;
    struct bound_call *call =
        bound_call_resolve(program_statement(program, 0), variables, &diagnostic);
    assert_int_equal(bound_call_command(call)->id, COMMAND_PLUGIN);
    assert_true(bound_call_number(call, "times") == 5);
    assert_string_equal(bound_call_string(call, "name"), "a b");
    bound_call_free(&call);
    call = bound_call_resolve(program_statement(program, 1), variables, &diagnostic);
    const struct bound_call *layer = bound_call_block(call, 0);
    assert_int_equal(bound_call_command(layer)->id, COMMAND_PLUGIN_LAYER);
    assert_true(bound_call_number(layer, "by") == 3 && bound_call_number(layer, "width") == 2);
    bound_call_free(&call);
    variables_free(&variables);
    program_free(&program);
    assert_diagnostic("greet times=often", "times must be a number, not");
    assert_diagnostic("greet 1 you 3", "3");
    assert_diagnostic("gret", "did you mean `greet`?");
    assert_diagnostic("stretch 3", "stretch is a layer");
    assert_diagnostic("model mine:\n    stretch\n    dense 10", "by");
    assert_diagnostic("model mine:\n    strech 3\n    dense 10", "did you mean `stretch`?");
}

static void test_examples_parse(void **state)
{
    (void)state;
    add_word(NAME_COMMAND, "greet", "times=3 name", "");
    add_word(NAME_COMMAND, "bare", "", "");
    add_word(NAME_PLUGIN, "stretch", "by width=2 more", "");
    const struct command *command;
    for (size_t i = 0; (command = plugin_words_command(i)) != NULL; i++) {
        struct program *program = parsed(command->example);
        assert_non_null(strstr(command->example, command->verb));
        program_free(&program);
    }
}

static void test_choices(void **state)
{
    (void)state;
    assert_diagnostic("train schedule=slowly",
                      "schedule must be constant, step, cosine or onecycle, not \"slowly\"");
    assert_diagnostic("train metric=f1",
                      "metric must be the name of a registered metric, not \"f1\"");
    add_word(NAME_SCHEDULE, "slowly", "", "");
    add_word(NAME_OPTIMIZER, "lion", "", "");
    struct program *program = parsed("train schedule=slowly optimizer=lion");
    program_free(&program);
    assert_diagnostic("train schedule=lion",
                      "schedule must be constant, step, cosine, onecycle or slowly, not \"lion\"");
    assert_diagnostic("train schedule=slowy", "did you mean `slowly`?");
    assert_diagnostic("train optimizer=slowly", "optimizer must be sgd, adam, adamw or lion");
    add_word(NAME_METRIC, "f1", "", "");
    add_word(NAME_METRIC, "kappa", "", "");
    assert_diagnostic("train metric=f2", "metric must be f1 or kappa, not \"f2\"");
    add_word(NAME_AUGMENTATION, "noise", "", "");
    add_word(NAME_AUGMENTATION, "blot", "", "");
    program = parsed("augment rotate=5 noise blot\ntrain augment=blot");
    program_free(&program);
    plugin_words_clear();
    assert_diagnostic("train schedule=slowly", "not \"slowly\"");
}

static char *completed(const char *text)
{
    struct live_names names;
    struct completion completion;
    char *shown = calloc(1, 4096);
    size_t used = 0;
    live_names_init(&names);
    assert_true(plugin_words_names(&names)); /* as in the front process */
    complete(text, strlen(text), utf8_count(text, strlen(text)), &names, &completion);
    for (size_t i = 0; i < completion.count; i++)
        used += (size_t)snprintf(shown + used, 4096 - used, "%s%s", i > 0 ? " " : "",
                                 completion.matches[i].text);
    completion_release(&completion);
    live_names_release(&names);
    return shown;
}

static void test_completion(void **state)
{
    (void)state;
    add_word(NAME_COMMAND, "greet", "times=3 name=you", "Says hello.");
    add_word(NAME_PLUGIN, "stretch", "width=2", "");
    add_word(NAME_SCHEDULE, "slowly", "", "");
    add_word(NAME_METRIC, "f1", "", "");
    assert_text(completed("gre"), "greet");
    assert_text(completed("greet "), "times= name=");
    assert_text(completed("greet times=1 "), "name=");
    assert_text(completed("model mine:\n    stre"), "stretch");
    assert_text(completed("model mine:\n    stretch "), "width=");
    assert_text(completed("train schedule=sl"), "slowly");
    assert_text(completed("train metric="), "f1");
    plugin_words_clear();
    assert_text(completed("train metric="), "");
}

static void test_replaced_word_in_older_program(void **state)
{
    (void)state;
    add_word(NAME_COMMAND, "greet", "times=3", "Old.");
    struct program *old = parsed("greet times=5");
    for (int i = 0; i < 20; i++) {
        char help[32];
        snprintf(help, sizeof help, "New %d.", i);
        add_word(NAME_COMMAND, "greet", "name=you", help);
    }
    assert_diagnostic("greet times=5", "times");
    struct variables *variables = variables_new();
    struct diagnostic diagnostic;
    struct bound_call *call = bound_call_resolve(program_statement(old, 0), variables, &diagnostic);
    assert_true(bound_call_number(call, "times") == 5);
    assert_string_equal(bound_call_command(call)->summary, "Old");
    assert_string_equal(vocabulary_find("greet", NULL, false)->summary, "New 19");
    assert_string_equal(plugin_words_at(NAME_COMMAND, 0), "greet");
    assert_null(plugin_words_at(NAME_COMMAND, 1));
    plugin_words_clear();
    assert_true(bound_call_number(call, "times") == 5);
    bound_call_free(&call);
    variables_free(&variables);
    program_free(&old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cells, plugin_words_set_up),
        cmocka_unit_test_setup(test_examples_parse, plugin_words_set_up),
        cmocka_unit_test_setup(test_choices, plugin_words_set_up),
        cmocka_unit_test_setup(test_completion, plugin_words_set_up),
        cmocka_unit_test_setup(test_replaced_word_in_older_program, plugin_words_set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
