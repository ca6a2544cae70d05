/*
 * test_plugin_words - words of plugins become words of the language, and of the front process.
 *
 * By hand: which names and parameters are valid, how a comment is distributed, and how cells,
 * completion, help and diagnostics use the word. By law: a replaced word stays valid in older
 * programs; the names carry the same words to another process; adding them again and again
 * allocates nothing.
 */
#include "check.h"

#include <malloc.h>

#include "mnist/base/utf8.h"
#include "mnist/language/bound_call.h"
#include "mnist/language/complete.h"
#include "mnist/language/help.h"
#include "mnist/language/parameter.h"
#include "mnist/language/plugin_words.h"
#include "mnist/language/program.h"

static int clear(void **state)
{
    (void)state;
    plugin_words_clear();
    return 0;
}

static void add(enum name_kind kind, const char *name, const char *parameters, const char *help)
{
    const struct plugin_word word = {kind, name, parameters, help};
    struct error error;
    if (!plugin_words_add(&word, &error))
        fail_msg("%s: %s", name, error.text);
}

static void refuse(enum name_kind kind, const char *name, const char *parameters, const char *words)
{
    const struct plugin_word word = {kind, name, parameters, ""};
    struct error error = {0};
    if (plugin_words_add(&word, &error))
        fail_msg("%s %s is accepted", name, parameters);
    assert_int_equal(error.kind, ERROR_USAGE);
    if (strstr(error.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    assert_null(plugin_words_find(kind, name));
}

/* ---- names ----------------------------------------------------------------------------------- */

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "Mine", "my_2nd", "a23456789012345678901_b"};
    static const char *const bad[] = {
        "", "2a", "_a", "my-word", "my word", "\xC3\xA4", "a\nb", "a=", "a23456789012345678901_34"};
    for (enum name_kind kind = NAME_COMMAND; kind < NAME_KIND_COUNT; kind++) {
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
            add(kind, good[i], "", "");
            assert_non_null(plugin_words_find(kind, good[i]));
        }
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
            refuse(kind, bad[i], "", "expected a letter");
    }
    add(NAME_METRIC, "top2", "", "");
    refuse(NAME_PLUGIN, "gate2", "", "must not end in a digit");
}

/* A name that has a meaning where a word of the kind is allowed is refused; elsewhere it is free.
   */
static void test_own_words(void **state)
{
    (void)state;
    static const struct {
        enum name_kind kind;
        const char *name;
    } taken[] =
        {
            {NAME_COMMAND, "train"},       {NAME_COMMAND, "explore"},   {NAME_PLUGIN, "conv"},
            {NAME_PLUGIN, "flatten"},      {NAME_LOSS, "crossentropy"}, {NAME_OPTIMIZER, "adam"},
            {NAME_SCHEDULE, "cosine"},     {NAME_AUGMENTATION, "off"},  {NAME_AUGMENTATION, "show"},
            {NAME_AUGMENTATION, "rotate"},
        },
      free_[] = {
          {NAME_COMMAND, "conv"},  {NAME_COMMAND, "adam"},      {NAME_PLUGIN, "train"},
          {NAME_LOSS, "cosine"},   {NAME_OPTIMIZER, "cosine"},  {NAME_SCHEDULE, "adam"},
          {NAME_METRIC, "rotate"}, {NAME_AUGMENTATION, "conv"},
      };
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        refuse(taken[i].kind, taken[i].name, "", "already");
    for (size_t i = 0; i < sizeof free_ / sizeof free_[0]; i++)
        add(free_[i].kind, free_[i].name, "", "");
}

/* ---- parameters ------------------------------------------------------------------------------ */

static void test_parameters(void **state)
{
    (void)state;
    add(NAME_COMMAND, "greet", "  times=3 rate=-1e-3\tname=you\n who empty= far=inf hex=0x10 ", "");
    const struct command *greet = vocabulary_find("greet", NULL, false);
    static const struct {
        const char *name;
        enum parameter_kind kind;
        const char *fallback; /* NULL = required */
    } want[] = {
        {"times", PARAMETER_NUMBER, "3"},  {"rate", PARAMETER_NUMBER, "-1e-3"},
        {"name", PARAMETER_STRING, "you"}, {"who", PARAMETER_STRING, NULL},
        {"empty", PARAMETER_STRING, ""},   {"far", PARAMETER_STRING, "inf"},
        {"hex", PARAMETER_STRING, "0x10"},
    };
    assert_non_null(greet);
    assert_int_equal(greet->parameter_count, 7);
    assert_true((greet->traits & COMMAND_CHANGES) != 0 && (greet->traits & COMMAND_LAYER) == 0);
    for (size_t i = 0; i < 7; i++) {
        const struct parameter *parameter = &greet->parameters[i];
        struct value value;
        char why[PARAMETER_WHY_SIZE];
        assert_string_equal(parameter->name, want[i].name);
        assert_int_equal(parameter->kind, want[i].kind);
        assert_int_equal(parameter->required, want[i].fallback == NULL);
        if (want[i].fallback == NULL)
            continue;
        assert_string_equal(parameter->fallback, want[i].fallback);
        assert_true(value_string(&value, parameter->fallback));
        assert_true(parameter_convert(parameter, &value, why)); /* the default is accepted */
        value_release(&value);
    }
    add(NAME_PLUGIN, "stretch", "by width=2", "");
    const struct command *stretch = vocabulary_find("stretch", NULL, true);
    assert_int_equal(stretch->parameters[0].kind, PARAMETER_NUMBER);
    assert_true(stretch->parameters[0].required && !stretch->parameters[1].required);
    assert_null(vocabulary_find("stretch", NULL, false));
}

static void test_broken_parameters(void **state)
{
    (void)state;
    add(NAME_COMMAND, "eight", "a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1", "");
    refuse(NAME_COMMAND, "nine", "a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1", "more than 8 parameters");
    refuse(NAME_COMMAND, "mine", "=3", "times=3");
    refuse(NAME_COMMAND, "mine", "times = 3", "times=3");
    refuse(NAME_COMMAND, "mine", "ok=1 2x=3", "times=3");
    refuse(NAME_COMMAND, "mine", "a-b=3", "times=3");
    refuse(NAME_COMMAND, "mine", "a23456789012345678901_34=1", "times=3");
    refuse(NAME_COMMAND, "mine", "a=1 b=2 a=3", "duplicate");
    refuse(NAME_PLUGIN, "mine", "width=wide", "numbers");
    refuse(NAME_PLUGIN, "mine", "width=", "numbers");
    refuse(NAME_PLUGIN, "mine", "width=nan", "numbers");
    add(NAME_PLUGIN, "mine", "a23456789012345678901_3=1", "");
}

/* ---- help ------------------------------------------------------------------------------------ */

static void test_help_is_shared_out(void **state)
{
    (void)state;
    add(NAME_COMMAND, "greet", "times=3 time=1 name=you",
        "\n  Says hello, often enough. \n\n times: how often.\nIt is polite:\n"
        "timeless, and so on.\n"
        "name: who is\n");
    const struct command *greet = vocabulary_find("greet", NULL, false);
    assert_string_equal(greet->summary, "Says hello, often enough");
    assert_string_equal(greet->details, "It is polite: timeless, and so on.");
    assert_string_equal(greet->parameters[0].help, "how often");
    assert_string_equal(greet->parameters[1].help, "");
    assert_string_equal(greet->parameters[2].help, "who is");
    struct error error;
    char *help = help_topic("greet", HELP_WIDTH, &error);
    static const char *const words[] = {"Says hello", "It is polite", "how often", "who is",
                                        "time"};
    for (size_t i = 0; i < 5; i++)
        assert_non_null(strstr(help, words[i]));
    free(help);
    add(NAME_COMMAND, "bare", "", "");
    assert_string_equal(vocabulary_find("bare", NULL, false)->summary, "Registered by a C cell");
    assert_null(vocabulary_find("bare", NULL, false)->details);
    add(NAME_COMMAND, "dotted", "", " \n . \n.. \n");
    assert_non_null(vocabulary_find("dotted", NULL, false)->summary);
}

static void test_help_of_other_words(void **state)
{
    (void)state;
    struct error error;
    add(NAME_LOSS, "hinge", "", "The hinge loss.\nOf Crammer and Singer.");
    add(NAME_OPTIMIZER, "lion", "", "Lion.");
    assert_text(help_topic("hinge", HELP_WIDTH, &error),
                "hinge: a loss, registered by a C cell\n\nThe hinge loss\nOf Crammer and "
                "Singer.\n");
    assert_text(plugin_words_help("lion"), "lion: an optimizer, registered by a C cell\n\nLion\n");
    assert_null(plugin_words_help("tiger"));
    assert_null(help_topic("tiger", HELP_WIDTH, &error));
    char *help = help_topic("train", HELP_WIDTH, &error); /* lists the choices */
    assert_non_null(strstr(help, "hinge"));
    assert_non_null(strstr(help, "The hinge loss"));
    free(help);
    char *overview = help_topic("", HELP_WIDTH, &error);
    assert_null(strstr(overview, "Registered by cells"));
    free(overview);
    add(NAME_COMMAND, "greet", "", "Says hello.");
    add(NAME_PLUGIN, "stretch", "", "Makes it wider.");
    overview = help_topic("", HELP_WIDTH, &error);
    assert_non_null(strstr(overview, "Says hello"));
    assert_non_null(strstr(overview, "Makes it wider"));
    free(overview);
}

/* A longer help is cut between characters. */
static void test_long_help(void **state)
{
    (void)state;
    char help[PLUGIN_WORDS_HELP_MAX + 100];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(help, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof help; i += 3)
            snprintf(help + i, sizeof help - i, "\xE2\x82\xAC");
        add(NAME_METRIC, "long", "", help);
        const char *summary = plugin_words_find(NAME_METRIC, "long");
        assert_in_range(strlen(summary), PLUGIN_WORDS_HELP_MAX - 2, PLUGIN_WORDS_HELP_MAX);
        assert_int_equal((strlen(summary) - shift) % 3, 0);
    }
}

/* ---- cells ----------------------------------------------------------------------------------- */

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
    add(NAME_COMMAND, "greet", "times=3 name=you", "");
    assert_diagnostic(cell, "there is no layer \"stretch\"");
    add(NAME_PLUGIN, "stretch", "by width=2", "");
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
    add(NAME_COMMAND, "greet", "times=3 name", "");
    add(NAME_COMMAND, "bare", "", "");
    add(NAME_PLUGIN, "stretch", "by width=2 more", "");
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
    add(NAME_SCHEDULE, "slowly", "", "");
    add(NAME_OPTIMIZER, "lion", "", "");
    struct program *program = parsed("train schedule=slowly optimizer=lion");
    program_free(&program);
    assert_diagnostic("train schedule=lion",
                      "schedule must be constant, step, cosine, onecycle or slowly, not \"lion\"");
    assert_diagnostic("train schedule=slowy", "did you mean `slowly`?");
    assert_diagnostic("train optimizer=slowly", "optimizer must be sgd, adam, adamw or lion");
    add(NAME_METRIC, "f1", "", "");
    add(NAME_METRIC, "kappa", "", "");
    assert_diagnostic("train metric=f2", "metric must be f1 or kappa, not \"f2\"");
    add(NAME_AUGMENTATION, "noise", "", "");
    add(NAME_AUGMENTATION, "blot", "", "");
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
    add(NAME_COMMAND, "greet", "times=3 name=you", "Says hello.");
    add(NAME_PLUGIN, "stretch", "width=2", "");
    add(NAME_SCHEDULE, "slowly", "", "");
    add(NAME_METRIC, "f1", "", "");
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

/* ---- life ------------------------------------------------------------------------------------ */

static void test_a_newer_word_leaves_older_programs(void **state)
{
    (void)state;
    add(NAME_COMMAND, "greet", "times=3", "Old.");
    struct program *old = parsed("greet times=5");
    for (int i = 0; i < 20; i++) {
        char help[32];
        snprintf(help, sizeof help, "New %d.", i);
        add(NAME_COMMAND, "greet", "name=you", help);
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

static void test_clear(void **state)
{
    (void)state;
    add(NAME_COMMAND, "greet", "", "");
    add(NAME_LOSS, "hinge", "", "");
    size_t families = vocabulary_family_count();
    plugin_words_clear();
    assert_int_equal(vocabulary_family_count(), families - 1);
    assert_null(vocabulary_at(VOCABULARY_COUNT));
    assert_null(plugin_words_find(NAME_LOSS, "hinge"));
    assert_null(plugin_words_at(NAME_LOSS, 0));
    assert_null(plugin_words_command(0));
    add(NAME_LOSS, "hinge", "", "Another.");
    assert_string_equal(plugin_words_find(NAME_LOSS, "hinge"), "Another");
}

static void add_some(void)
{
    add(NAME_COMMAND, "greet", "times=3 name", "Says hello.\ntimes: how often\nAnd more.");
    add(NAME_PLUGIN, "stretch", " by  width=2", "");
    add(NAME_LOSS, "hinge", "", "The hinge loss.");
    add(NAME_AUGMENTATION, "noise", "", "");
    add(NAME_PLUGIN, "greet", "", "A layer of the same name.");
}

/* All properties of the words in the list. */
static char *told(void)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    const struct command *command;
    const char *name;
    for (size_t i = 0; (command = plugin_words_command(i)) != NULL; i++) {
        char *help = help_command(command, HELP_WIDTH);
        fprintf(to, "%d %u %s\n%s\n", (int)command->id, command->traits, help, command->example);
        free(help);
    }
    for (enum name_kind kind = NAME_COMMAND; kind < NAME_KIND_COUNT; kind++)
        for (size_t i = 0; (name = plugin_words_at(kind, i)) != NULL; i++)
            fprintf(to, "%s %s: %s\n", name_kind_word(kind), name, plugin_words_find(kind, name));
    fclose(to);
    return text;
}

static void test_names_carry_the_words(void **state)
{
    (void)state;
    struct live_names names;
    live_names_init(&names);
    assert_true(live_names_add(&names, NAME_VARIABLE, "x", "5"));
    add_some();
    char *before = told();
    assert_true(plugin_words_names(&names));
    assert_int_equal(names.count, 6);
    plugin_words_clear();
    add(NAME_COMMAND, "other", "", ""); /* not in the names: removed by learning */
    plugin_words_learn(&names);
    assert_text(told(), before);
    free(before);
    live_names_release(&names);
    live_names_init(&names);
    plugin_words_learn(&names);
    assert_null(plugin_words_command(0));
    live_names_release(&names);
}

static size_t memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void test_learning_again_takes_no_memory(void **state)
{
    (void)state;
    struct live_names names;
    live_names_init(&names);
    add_some();
    assert_true(plugin_words_names(&names));
    plugin_words_learn(&names);
    const struct command *greet = vocabulary_find("greet", NULL, false);
    size_t before = memory_in_use();
    for (int i = 0; i < 10000; i++)
        plugin_words_learn(&names);
    assert_ptr_equal(vocabulary_find("greet", NULL, false), greet);
    assert_true(memory_in_use() <= before + 1000);
    live_names_release(&names);
}

static void test_the_list_is_full(void **state)
{
    (void)state;
    char name[16];
    struct error error;
    for (int i = 0; i < PLUGIN_WORDS_MAX; i++) {
        snprintf(name, sizeof name, "word%d", i);
        add(NAME_COMMAND, name, "", "");
    }
    const struct plugin_word more = {NAME_COMMAND, "more", "", ""};
    assert_false(plugin_words_add(&more, &error));
    assert_int_equal(error.kind, ERROR_STATE);
    add(NAME_COMMAND, "word7", "times=3", ""); /* replaces the older word */
    assert_int_equal(vocabulary_find("word7", NULL, false)->parameter_count, 1);
    plugin_words_clear();
    for (int i = 0; i < PLUGIN_WORDS_MAX; i++) { /* other words, when the array has been full */
        snprintf(name, sizeof name, "other%d", i);
        add(NAME_COMMAND, name, "", "");
    }
    assert_null(vocabulary_find("word7", NULL, false));
    assert_non_null(vocabulary_find("other255", NULL, false));
    assert_non_null(plugin_words_command(PLUGIN_WORDS_MAX - 1));
    assert_null(plugin_words_command(PLUGIN_WORDS_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_names, clear),
        cmocka_unit_test_setup(test_own_words, clear),
        cmocka_unit_test_setup(test_parameters, clear),
        cmocka_unit_test_setup(test_broken_parameters, clear),
        cmocka_unit_test_setup(test_help_is_shared_out, clear),
        cmocka_unit_test_setup(test_help_of_other_words, clear),
        cmocka_unit_test_setup(test_long_help, clear),
        cmocka_unit_test_setup(test_cells, clear),
        cmocka_unit_test_setup(test_examples_parse, clear),
        cmocka_unit_test_setup(test_choices, clear),
        cmocka_unit_test_setup(test_completion, clear),
        cmocka_unit_test_setup(test_a_newer_word_leaves_older_programs, clear),
        cmocka_unit_test_setup(test_clear, clear),
        cmocka_unit_test_setup(test_names_carry_the_words, clear),
        cmocka_unit_test_setup(test_learning_again_takes_no_memory, clear),
        cmocka_unit_test_setup(test_the_list_is_full, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
