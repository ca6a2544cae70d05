/*
 * test_plugin_words - the list of words that plugins add to the language.
 *
 * By hand: which names and parameters are valid, and how a comment becomes help. By law: the names
 * carry the same words to another process; adding them again allocates nothing.
 * test_plugin_words_cells.c tests cells that use the words.
 */
#include "plugin_words_fixture.h"

#include <malloc.h>

#include "mnist/language/help.h"
#include "mnist/language/parameter.h"

static void assert_rejected(enum name_kind kind, const char *name, const char *parameters,
                            const char *words)
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
            add_word(kind, good[i], "", "");
            assert_non_null(plugin_words_find(kind, good[i]));
        }
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
            assert_rejected(kind, bad[i], "", "expected a letter");
    }
    add_word(NAME_METRIC, "top2", "", "");
    assert_rejected(NAME_PLUGIN, "gate2", "", "must not end in a digit");
}

/* A name that has a meaning where a word of the kind is allowed is refused; elsewhere it is free.
   */
static void test_reserved_names(void **state)
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
        assert_rejected(taken[i].kind, taken[i].name, "", "already");
    for (size_t i = 0; i < sizeof free_ / sizeof free_[0]; i++)
        add_word(free_[i].kind, free_[i].name, "", "");
}

/* ---- parameters ------------------------------------------------------------------------------ */

static void test_parameters(void **state)
{
    (void)state;
    add_word(NAME_COMMAND, "greet", "  times=3 rate=-1e-3\tname=you\n who empty= far=inf hex=0x10 ",
             "");
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
    add_word(NAME_PLUGIN, "stretch", "by width=2", "");
    const struct command *stretch = vocabulary_find("stretch", NULL, true);
    assert_int_equal(stretch->parameters[0].kind, PARAMETER_NUMBER);
    assert_true(stretch->parameters[0].required && !stretch->parameters[1].required);
    assert_null(vocabulary_find("stretch", NULL, false));
}

static void test_invalid_parameters(void **state)
{
    (void)state;
    add_word(NAME_COMMAND, "eight", "a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1", "");
    assert_rejected(NAME_COMMAND, "nine", "a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1",
                    "more than 8 parameters");
    assert_rejected(NAME_COMMAND, "mine", "=3", "times=3");
    assert_rejected(NAME_COMMAND, "mine", "times = 3", "times=3");
    assert_rejected(NAME_COMMAND, "mine", "ok=1 2x=3", "times=3");
    assert_rejected(NAME_COMMAND, "mine", "a-b=3", "times=3");
    assert_rejected(NAME_COMMAND, "mine", "a23456789012345678901_34=1", "times=3");
    assert_rejected(NAME_COMMAND, "mine", "a=1 b=2 a=3", "duplicate");
    assert_rejected(NAME_PLUGIN, "mine", "width=wide", "numbers");
    assert_rejected(NAME_PLUGIN, "mine", "width=", "numbers");
    assert_rejected(NAME_PLUGIN, "mine", "width=nan", "numbers");
    add_word(NAME_PLUGIN, "mine", "a23456789012345678901_3=1", "");
}

/* ---- help ------------------------------------------------------------------------------------ */

static void test_comment_becomes_help(void **state)
{
    (void)state;
    add_word(NAME_COMMAND, "greet", "times=3 time=1 name=you",
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
    add_word(NAME_COMMAND, "bare", "", "");
    assert_string_equal(vocabulary_find("bare", NULL, false)->summary, "Registered by a C cell");
    assert_null(vocabulary_find("bare", NULL, false)->details);
    add_word(NAME_COMMAND, "dotted", "", " \n . \n.. \n");
    assert_non_null(vocabulary_find("dotted", NULL, false)->summary);
}

static void test_help_of_other_words(void **state)
{
    (void)state;
    struct error error;
    add_word(NAME_LOSS, "hinge", "", "The hinge loss.\nOf Crammer and Singer.");
    add_word(NAME_OPTIMIZER, "lion", "", "Lion.");
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
    add_word(NAME_COMMAND, "greet", "", "Says hello.");
    add_word(NAME_PLUGIN, "stretch", "", "Makes it wider.");
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
        add_word(NAME_METRIC, "long", "", help);
        const char *summary = plugin_words_find(NAME_METRIC, "long");
        assert_in_range(strlen(summary), PLUGIN_WORDS_HELP_MAX - 2, PLUGIN_WORDS_HELP_MAX);
        assert_int_equal((strlen(summary) - shift) % 3, 0);
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

static void test_clear(void **state)
{
    (void)state;
    add_word(NAME_COMMAND, "greet", "", "");
    add_word(NAME_LOSS, "hinge", "", "");
    size_t families = vocabulary_family_count();
    plugin_words_clear();
    assert_int_equal(vocabulary_family_count(), families - 1);
    assert_null(vocabulary_at(VOCABULARY_COUNT));
    assert_null(plugin_words_find(NAME_LOSS, "hinge"));
    assert_null(plugin_words_at(NAME_LOSS, 0));
    assert_null(plugin_words_command(0));
    add_word(NAME_LOSS, "hinge", "", "Another.");
    assert_string_equal(plugin_words_find(NAME_LOSS, "hinge"), "Another");
}

static void add_some(void)
{
    add_word(NAME_COMMAND, "greet", "times=3 name", "Says hello.\ntimes: how often\nAnd more.");
    add_word(NAME_PLUGIN, "stretch", " by  width=2", "");
    add_word(NAME_LOSS, "hinge", "", "The hinge loss.");
    add_word(NAME_AUGMENTATION, "noise", "", "");
    add_word(NAME_PLUGIN, "greet", "", "A layer of the same name.");
}

/* All properties of the words in the list. */
static char *words_text(void)
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

static void test_words_in_live_names(void **state)
{
    (void)state;
    struct live_names names;
    live_names_init(&names);
    assert_true(live_names_add(&names, NAME_VARIABLE, "x", "5"));
    add_some();
    char *before = words_text();
    assert_true(plugin_words_names(&names));
    assert_int_equal(names.count, 6);
    plugin_words_clear();
    add_word(NAME_COMMAND, "other", "", ""); /* not in the names: removed by learning */
    plugin_words_learn(&names);
    assert_text(words_text(), before);
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

static void test_learning_again_allocates_nothing(void **state)
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

static void test_full_list(void **state)
{
    (void)state;
    char name[16];
    struct error error;
    for (int i = 0; i < PLUGIN_WORDS_MAX; i++) {
        snprintf(name, sizeof name, "word%d", i);
        add_word(NAME_COMMAND, name, "", "");
    }
    const struct plugin_word more = {NAME_COMMAND, "more", "", ""};
    assert_false(plugin_words_add(&more, &error));
    assert_int_equal(error.kind, ERROR_STATE);
    add_word(NAME_COMMAND, "word7", "times=3", ""); /* replaces the older word */
    assert_int_equal(vocabulary_find("word7", NULL, false)->parameter_count, 1);
    plugin_words_clear();
    for (int i = 0; i < PLUGIN_WORDS_MAX; i++) { /* other words, when the array has been full */
        snprintf(name, sizeof name, "other%d", i);
        add_word(NAME_COMMAND, name, "", "");
    }
    assert_null(vocabulary_find("word7", NULL, false));
    assert_non_null(vocabulary_find("other255", NULL, false));
    assert_non_null(plugin_words_command(PLUGIN_WORDS_MAX - 1));
    assert_null(plugin_words_command(PLUGIN_WORDS_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_names, plugin_words_set_up),
        cmocka_unit_test_setup(test_reserved_names, plugin_words_set_up),
        cmocka_unit_test_setup(test_parameters, plugin_words_set_up),
        cmocka_unit_test_setup(test_invalid_parameters, plugin_words_set_up),
        cmocka_unit_test_setup(test_comment_becomes_help, plugin_words_set_up),
        cmocka_unit_test_setup(test_help_of_other_words, plugin_words_set_up),
        cmocka_unit_test_setup(test_long_help, plugin_words_set_up),
        cmocka_unit_test_setup(test_clear, plugin_words_set_up),
        cmocka_unit_test_setup(test_words_in_live_names, plugin_words_set_up),
        cmocka_unit_test_setup(test_learning_again_allocates_nothing, plugin_words_set_up),
        cmocka_unit_test_setup(test_full_list, plugin_words_set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
