/*
 * test_bound_call - a bound call has every value (given, from variables, or by default) and the
 * location of its arguments.
 */
#include "check.h"

#include "mnist/language/bound_call.h"

/* A cell of one command, resolved. */
struct fixture {
    struct program *program;
    struct variables *variables;
    struct bound_call *call;
    struct diagnostic diagnostic;
};

static struct fixture resolve(const char *text)
{
    struct fixture f = {.program = program_parse(text, strlen(text)), .variables = variables_new()};
    assert_non_null(f.program);
    if (program_diagnostic_count(f.program) > 0)
        fail_msg("%s: %s", text, program_diagnostic(f.program, 0)->text);
    variables_set_number(f.variables, "n", 7);
    variables_set_number(f.variables, "half", 0.5);
    variables_set_string(f.variables, "answer", "12");
    variables_set_string(f.variables, "name", "mine");
    variables_set_string(f.variables, "tilde", "~/x");
    f.call = bound_call_resolve(program_statement(f.program, 0), f.variables, &f.diagnostic);
    return f;
}

static void release(struct fixture *f)
{
    bound_call_free(&f->call);
    bound_call_free(&f->call);
    variables_free(&f->variables);
    program_free(&f->program);
}

static void test_values(void **state)
{
    (void)state;
    struct fixture f =
        resolve("train epochs=$n batch=$answer rate=0.1/4 optimizer=sgd resume patience=($n - 1)");
    assert_non_null(f.call);
    assert_int_equal(bound_call_command(f.call)->id, COMMAND_TRAIN);
    assert_int_equal(bound_call_integer(f.call, "epochs"), 7);
    assert_int_equal(bound_call_count(f.call, "epochs"), 1); /* the default is not added to it */
    assert_int_equal(bound_call_integer(f.call, "batch"), 12);
    assert_true(bound_call_number(f.call, "rate") == 0.025);
    assert_string_equal(bound_call_string(f.call, "optimizer"), "sgd");
    assert_true(bound_call_is(f.call, "optimizer", "sgd"));
    assert_true(bound_call_boolean(f.call, "resume"));
    assert_int_equal(bound_call_integer(f.call, "patience"), 6);
    assert_int_equal(bound_call_integer(f.call, "seed"), 42);
    assert_true(bound_call_given(f.call, "epochs") && !bound_call_given(f.call, "seed"));
    assert_true(bound_call_has(f.call, "seed") && !bound_call_has(f.call, "ema"));
    assert_int_equal(bound_call_span(f.call, "epochs").start, 6);
    assert_int_equal(bound_call_span(f.call, "epochs").size, 9);
    assert_int_equal(bound_call_span(f.call, "seed").size, 5);
    struct diagnostic diagnostic;
    assert_false(bound_call_diagnostic(f.call, &diagnostic, "batch", "only %d", 3));
    assert_string_equal(diagnostic.text, "only 3");
    assert_int_equal(diagnostic.span.start, 16);
    struct error error = {.kind = ERROR_DATA, .text = "bad file"};
    assert_false(bound_call_error(f.call, &diagnostic, NULL, &error));
    assert_int_equal(diagnostic.kind, ERROR_DATA);
    assert_int_equal(diagnostic.span.start, 0);
    release(&f);
}

static void test_positional(void **state)
{
    (void)state;
    struct fixture f = resolve("predict index=3 test");
    assert_true(bound_call_is(f.call, "set", "test"));
    assert_int_equal(bound_call_integer(f.call, "index"), 3);
    release(&f);
    f = resolve("ask name secret \"Who are you, $name?\"");
    assert_string_equal(bound_call_string(f.call, "name"), "name");
    assert_string_equal(bound_call_string(f.call, "prompt"), "Who are you, mine?");
    assert_true(bound_call_boolean(f.call, "secret"));
    release(&f);
    f = resolve("load");
    assert_string_equal(bound_call_string(f.call, "from"), "mnist");
    release(&f);
    f = resolve("load 'a b'/$name$n");
    assert_string_equal(bound_call_string(f.call, "from"), "a b/mine7");
    release(&f);
}

/* As in a shell, but also in quotes. A string that is not a path keeps its `~`. */
static void test_home_folders(void **state)
{
    (void)state;
    static const struct {
        const char *line, *parameter, *expected;
    } cases[] = {
        {"load ~", "from", "/home/of me"},
        {"load ~/data/digits", "from", "/home/of me/data/digits"},
        {"load \"~/my data\"", "from", "/home/of me/my data"},
        {"load $tilde", "from", "/home/of me/x"},
        {"load ~daemon", "from", "/usr/sbin"},
        {"load ~daemon/x", "from", "/usr/sbin/x"},
        {"load ~no-such-user/x", "from", "~no-such-user/x"},
        {"load ./~", "from", "./~"},
        {"load a/~/b", "from", "a/~/b"},
        {"model load ~/m.safetensors", "name", "/home/of me/m.safetensors"},
        {"evaluate ensemble ~/a ~/b", "networks", "/home/of me/a"},
        {"set plot.folder=~/pictures", "plot.folder", "/home/of me/pictures"},
        {"set c.compiler=~/bin/cc", "c.compiler", "/home/of me/bin/cc"},
    };
    char *home = getenv("HOME") != NULL ? strdup(getenv("HOME")) : NULL;
    setenv("HOME", "/home/of me", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f = resolve(cases[i].line);
        if (f.call == NULL)
            fail_msg("%s: %s", cases[i].line, f.diagnostic.text);
        assert_string_equal(bound_call_string(f.call, cases[i].parameter), cases[i].expected);
        release(&f);
    }
    struct fixture f = resolve("print ~/x");
    assert_string_equal(bound_call_value(f.call, "values", 0)->text, "~/x");
    release(&f);
    if (home != NULL)
        setenv("HOME", home, 1);
    free(home);
}

static void test_repeated(void **state)
{
    (void)state;
    struct fixture f = resolve("print \"a $n\" $half ($half * 2) hello True [1, 2] 6*7");
    static const char *const expected[] = {"\"a 7\"", "0.5",    "1", "\"hello\"",
                                           "True",    "[1, 2]", "42"};
    assert_int_equal(bound_call_count(f.call, "values"), 7);
    for (size_t i = 0; i < 7; i++)
        assert_text(value_source(bound_call_value(f.call, "values", i)), expected[i]);
    release(&f);
    f = resolve("evaluate ensemble a set=train networks=$name b");
    static const struct {
        const char *text;
        size_t start, size;
    } networks[] = {{"a", 18, 1}, {"mine", 30, 14}, {"b", 45, 1}};
    assert_int_equal(bound_call_count(f.call, "networks"), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(bound_call_value(f.call, "networks", i)->text, networks[i].text);
        assert_int_equal(bound_call_value_span(f.call, "networks", i).start, networks[i].start);
        assert_int_equal(bound_call_value_span(f.call, "networks", i).size, networks[i].size);
    }
    release(&f);
    f = resolve("print");
    assert_int_equal(bound_call_count(f.call, "values"), 0);
    release(&f);
}

static void test_blocks(void **state)
{
    (void)state;
    struct fixture f =
        resolve("time model mine:\n    conv 32 5x$n pad=same\n    conv 8 pad=2\n    maxpool 3\n"
                "    dropout $half\n");
    const struct bound_call *model = bound_call_wrapped(f.call);
    assert_non_null(model);
    assert_true(bound_call_has_block(model) && !bound_call_has_block(f.call));
    assert_int_equal(bound_call_block_count(model), 4);
    const struct bound_call *conv = bound_call_block(model, 0), *other = bound_call_block(model, 1);
    assert_int_equal(bound_call_command(conv)->id, COMMAND_CONV);
    assert_int_equal(bound_call_size(conv, "size").rows, 5);
    assert_int_equal(bound_call_size(conv, "size").columns, 7);
    assert_true(bound_call_is(conv, "pad", "same") && !bound_call_is_integer(conv, "pad"));
    assert_int_equal(bound_call_span(conv, "pad").line, 2);
    assert_int_equal(bound_call_span(conv, "pad").column, 18);
    assert_true(bound_call_is_integer(other, "pad"));
    assert_int_equal(bound_call_integer(other, "pad"), 2);
    assert_int_equal(bound_call_size(other, "size").columns, 3);
    assert_int_equal(bound_call_size(bound_call_block(model, 2), "size").columns, 3);
    assert_false(bound_call_has(bound_call_block(model, 2), "stride"));
    assert_true(bound_call_number(bound_call_block(model, 3), "share") == 0.5);
    release(&f);
}

static void test_diagnostics(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
        size_t start, size;
    } table[] = {
        {"train epochs=$half", "epochs must be an integer from 1 to 10000, not 0.5", 6, 12},
        {"train epochs=$nix", "there is no variable $nix; set it with `nix = ...`", 13, 4},
        {"train optimizer=$name", "optimizer must be sgd, adam or adamw, not \"mine\"", 6, 15},
        {"train rate=(1 / ($n - 7))", "division by zero", 12, 12},
        {"model $n", "", 0, 0},
        {"model \"$name/x\"",
         "name must be a name (letters, digits, _, - and .), not "
         "\"mine/x\"",
         6, 9},
        {"model m:\n dense $half", "units must be an integer from 1 to 4096, not 0.5", 16, 5},
        {"time explore image $name", "index must be an integer of at least 0, not \"mine\"", 19, 5},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct fixture f = resolve(table[i].text);
        if (table[i].size == 0) {
            assert_non_null(f.call);
        } else {
            assert_null(f.call);
            assert_string_equal(f.diagnostic.text, table[i].said);
            assert_int_equal(f.diagnostic.span.start, table[i].start);
            assert_int_equal(f.diagnostic.span.size, table[i].size);
        }
        release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),       cmocka_unit_test(test_positional),
        cmocka_unit_test(test_home_folders), cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_blocks),       cmocka_unit_test(test_diagnostics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
