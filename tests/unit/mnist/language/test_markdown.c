/*
 * test_markdown - Markdown shows texts unchanged: no mathematics, HTML or emphasis, and code
 * stays code.
 *
 * By hand. Then every help of the language: outside of code it has no dollar and no `<`, and all
 * have the same form.
 */
#include "check.h"

#include "mnist/language/help.h"
#include "mnist/language/inspect.h"
#include "mnist/language/markdown.h"

static void assert_markdown(const char *words, bool cell, const char *expected)
{
    struct string_buffer out;
    string_buffer_init(&out, 1024);
    if (cell)
        markdown_add_cell(&out, words);
    else
        markdown_add(&out, words);
    char *text = string_buffer_take(&out);
    assert_string_equal(text, expected);
    free(text);
}

static void test_characters(void **state)
{
    (void)state;
    assert_markdown("Sets $loss and $a_b.", false, "Sets `$loss` and `$a_b`.");
    assert_markdown("5 $ and $5", false, "5 `$` and `$5`");
    assert_markdown("$x$ $$ # ~~a~~", false, "`$x$` `$$` \\# \\~\\~a\\~\\~");
    assert_markdown("<b>a & b</b>", false, "&lt;b&gt;a &amp; b&lt;/b&gt;");
    assert_markdown("a*b*c a_b_ [x](y) \\", false, "a\\*b\\*c a\\_b\\_ \\[x\\](y) \\\\");
    assert_markdown("say `train <x> $y`, ` alone", false, "say `train <x> $y`, \\` alone");
    assert_markdown("``", false, "\\`\\`");
    assert_markdown("a|b\nc", false, "a|b\nc");
    assert_markdown("a|b\nc `x|y`", true, "a\\|b c `x\\|y`");
}

/* Copies text without code blocks and code spans. */
static char *without_code(const char *text)
{
    char *rest = calloc(1, strlen(text) + 1), *to = rest;
    bool block = false, span = false;
    for (const char *c = text; *c != '\0'; c++) {
        if (strncmp(c, "```", 3) == 0) {
            block = !block;
            c += 2;
        } else if (!block && *c == '\\' && c[1] != '\0') {
            c++;
        } else if (!block && *c == '`') {
            span = !span;
        } else if (!block && !span) {
            *to++ = *c;
        }
    }
    assert_false(block || span);
    return rest;
}

static void assert_plain(const char *title, const char *markdown)
{
    char *rest = without_code(markdown);
    if (strpbrk(rest, "$<") != NULL)
        fail_msg("%s: %s", title, rest);
    free(rest);
}

static void test_every_help(void **state)
{
    (void)state;
    for (size_t i = 0; vocabulary_at(i) != NULL; i++) {
        const struct command *command = vocabulary_at(i);
        char title[COMMAND_TITLE_SIZE];
        command_title(title, command);
        char *markdown = help_command_markdown(command, 76),
             *verb = help_verb_markdown(command->verb, 76);
        assert_plain(title, markdown);
        assert_plain(title, verb);
        assert_int_equal(strncmp(markdown, "```\n", 4), 0);
        for (size_t k = 0; k < command->parameter_count; k++) {
            char *parameter = help_parameter_markdown(&command->parameters[k]);
            assert_plain(title, parameter);
            free(parameter);
        }
        free(markdown);
        free(verb);
    }
}

/* The help of a verb with subjects has the same form: usage as code, summary in bold, parameters
   in a table. */
static void test_one_form(void **state)
{
    (void)state;
    struct inspection verb, single, parameter;
    assert_true(inspect("explore", 7, 7, 0, NULL, &verb));
    assert_true(inspect("train", 5, 5, 0, NULL, &single));
    assert_true(inspect("train loss", 10, 10, 0, NULL, &parameter));
    assert_int_equal(strncmp(verb.markdown, "```\nexplore\n```\n\n**Summarise the data", 36), 0);
    assert_int_equal(strncmp(single.markdown, "```\ntrain ", 10), 0);
    assert_non_null(strstr(verb.markdown, "| `explore samples` | Show a grid of randomly"));
    assert_non_null(strstr(single.markdown, "| `epochs` | "));
    assert_non_null(strstr(parameter.markdown, "| `loss` | "));
    assert_non_null(strstr(parameter.markdown, "| `crossentropy` | "));
    inspection_release(&verb);
    inspection_release(&single);
    inspection_release(&parameter);
}

static void test_a_variable_s_value(void **state)
{
    (void)state;
    struct live_names names;
    struct inspection inspection;
    live_names_init(&names);
    assert_true(live_names_add(&names, NAME_VARIABLE, "x", "\"<b>$5 *and* $6</b>\""));
    assert_true(inspect("print $x", 8, 8, 0, &names, &inspection));
    assert_plain("$x", inspection.markdown);
    assert_non_null(strstr(inspection.plain, "<b>$5 *and* $6</b>"));
    inspection_release(&inspection);
    live_names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_every_help),
        cmocka_unit_test(test_one_form),
        cmocka_unit_test(test_a_variable_s_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
