/*
 * test_argument_check - the words after a command become its arguments, in order, with their
 * locations.
 *
 * By hand: a table of lines with the expected arguments as "name@start+size". Messages of wrong
 * words are in test_program.
 */
#include "check.h"

#include "mnist/language/program.h"

static const char *const table[][2] = {
    {"train", ""},
    {"train epochs=5 resume", "epochs@6+8 resume@15+6"},
    {"train resume=no", "resume@6+9"},
    {"explore image 42 set=test", "index@14+2 set@17+8"},
    {"predict test 42", "set@8+4 index@13+2"},
    {"predict index=42 test", "index@8+8 set@17+4"},
    {"evaluate ensemble a b set=test c", "networks@18+1 networks@20+1 set@22+8 networks@31+1"},
    {"print \"a b\" (1 + 2) $x", "values@6+5 values@12+7 values@20+2"},
    {"train epochs=(2 + \\\n 3) batch=8", "epochs@6+17 batch@24+7"},
    {"load \"a\"b # comment", "from@5+4"},
    {"set plot.format=svg", "plot.format@4+15"},
};

static void arguments_have_locations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct program *program = program_parse(table[i][0], strlen(table[i][0]));
        char list[256] = "";
        size_t used = 0;
        if (program_diagnostic_count(program) > 0)
            fail_msg("%s: %s", table[i][0], program_diagnostic(program, 0)->text);
        const struct statement *statement = program_statement(program, 0);
        for (size_t a = 0; a < statement->argument_count; a++) {
            const struct argument *argument = &statement->arguments[a];
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s@%zu+%zu",
                                     a > 0 ? " " : "", argument->parameter->name,
                                     argument->span.start, argument->span.size);
        }
        assert_string_equal(list, table[i][1]);
        program_free(&program);
    }
}

/* A boolean given by its name alone has no expression: its value is True. */
static void bare_booleans_have_no_expression(void **state)
{
    (void)state;
    struct program *program = program_parse("train resume epochs=5", 21);
    const struct statement *statement = program_statement(program, 0);
    assert_null(statement->arguments[0].expression);
    assert_non_null(statement->arguments[1].expression);
    program_free(&program);
}

/* Each wrong word is reported once, and the words after it are still read. */
static void reading_continues_after_an_error(void **state)
{
    (void)state;
    static const char text[] = "train epoch=5 batch=0 nonsense resume";
    struct program *program = program_parse(text, sizeof text - 1);
    assert_int_equal(program_diagnostic_count(program), 3);
    assert_int_equal(program_diagnostic(program, 0)->span.start, 6);
    assert_int_equal(program_diagnostic(program, 1)->span.start, 14);
    assert_int_equal(program_diagnostic(program, 2)->span.start, 22);
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_have_locations),
        cmocka_unit_test(bare_booleans_have_no_expression),
        cmocka_unit_test(reading_continues_after_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
