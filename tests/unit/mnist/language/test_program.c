/*
 * test_program - a cell becomes statements, and every diagnostic is found before anything runs,
 * with its location.
 *
 * By hand: the form of statements; a table of cells with the exact output that the user sees. At
 * the limits: line ends, byte order mark, non-breaking spaces, NUL and invalid bytes, sizes and
 * counts.
 */
#include "check.h"

#include "mnist/language/cell.h"
#include "mnist/language/program.h"

static struct program *parse(const char *text)
{
    struct program *program = program_parse(text, strlen(text));
    assert_non_null(program);
    return program;
}

static void assert_shown(const char *text, const char *expected)
{
    struct program *program = parse(text);
    assert_text(program_diagnostics_print(program), expected);
    program_free(&program);
}

static void test_kinds(void **state)
{
    (void)state;
    struct program *program = parse(
        "load mnist\nx = 3\n$x * 2\ntrain?\n?explore  samples\ntime time reset\n'text'\nTrue\n");
    static const enum statement_kind kinds[] = {
        STATEMENT_COMMAND, STATEMENT_ASSIGNMENT, STATEMENT_EXPRESSION, STATEMENT_PAGE,
        STATEMENT_PAGE,    STATEMENT_COMMAND,    STATEMENT_EXPRESSION, STATEMENT_EXPRESSION};
    static const bool changes[] = {true, true, false, false, false, true, false, false};
    assert_int_equal(program_diagnostic_count(program), 0);
    assert_int_equal(program_statement_count(program), 8);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(statement_kind(program_statement(program, i)), kinds[i]);
        assert_int_equal(statement_changes(program_statement(program, i)), changes[i]);
        assert_int_equal(statement_span(program_statement(program, i)).line, i + 1);
    }
    assert_int_equal(statement_command(program_statement(program, 0))->id, COMMAND_LOAD);
    assert_null(statement_command(program_statement(program, 1)));
    assert_string_equal(statement_name(program_statement(program, 1)), "x");
    assert_string_equal(statement_topic(program_statement(program, 3)), "train");
    assert_string_equal(statement_topic(program_statement(program, 4)), "explore samples");
    program_free(&program);
    assert_null(program);
    program_free(&program);
}

static void test_blocks(void **state)
{
    (void)state;
    const char *text =
        "model a:\n\n  relu\n# note\n  dense 10  # last\n\ntrain\nmodel b:\n\tdense 10";
    struct program *program = parse(text);
    assert_int_equal(program_diagnostic_count(program), 0);
    assert_int_equal(program_statement_count(program), 3);
    struct span span = statement_span(program_statement(program, 0));
    assert_int_equal(span.size, strlen("model a:\n\n  relu\n# note\n  dense 10"));
    span = statement_span(program_statement(program, 2));
    assert_int_equal(span.line, 8);
    program_free(&program);
}

static void test_diagnostics(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"train epochs=ten\n",
         "train epochs=ten\n"
         "      ^^^^^^^^^^ epochs must be an integer from 1 to 10000, not \"ten\"\n"},
        {"train epochs=0",
         "train epochs=0\n      ^^^^^^^^ epochs must be an integer from 1 to 10000, not 0\n"},
        {"train epochs=10001",
         "train epochs=10001\n"
         "      ^^^^^^^^^^^^ epochs must be an integer from 1 to 10000, not 10001\n"},
        {"train epochs=2.5",
         "train epochs=2.5\n      ^^^^^^^^^^ epochs must be an integer from 1 to 10000, not 2.5\n"},
        {"train rate=0",
         "train rate=0\n      ^^^^^^ rate must be a number above 0 and at most 10, not 0\n"},
        {"train momentum=1",
         "train momentum=1\n"
         "      ^^^^^^^^^^ momentum must be a number of at least 0 and below 1, not 1\n"},
        {"train optimizer=adm",
         "train optimizer=adm\n"
         "      ^^^^^^^^^^^^^ optimizer must be sgd, adam or adamw, not \"adm\"; did you mean "
         "`adam`?\n"},
        {"train epoch=5",
         "train epoch=5\n      ^^^^^ train has no parameter \"epoch\"; did you mean `epochs`?\n"},
        {"train epochs=5 epochs=6",
         "train epochs=5 epochs=6\n               ^^^^^^^^ epochs is given twice\n"},
        {"train epochs = 5",
         "train epochs = 5\n      ^^^^^^^^^^ remove the spaces around =: epochs=5\n"},
        {"train epochs=",
         "train epochs=\n"
         "      ^^^^^^^ the value of epochs must follow the = without a space: epochs=5\n"},
        {"train epochs 6 batch=2",
         "train epochs 6 batch=2\n      ^^^^^^^^ epochs requires a value: epochs=6\n"},
        {"augment shift 3", "augment shift 3\n        ^^^^^^^ shift requires a value: shift=3\n"},
        {"augment shift", "augment shift\n        ^^^^^ shift requires a value: shift=0\n"},
        {"load mnist mnist",
         "load mnist mnist\n"
         "           ^^^^^ unexpected word \"mnist\": load accepts no further word\n"},
        {"a = 1\n%%c\n",
         "line 2:\n%%c\n^^^ %%c is not allowed here; `%%c` must be the first line of a cell, which "
         "then consists of C code only\n"},
        {"train epochs", "train epochs\n      ^^^^^^ epochs requires a value: epochs=5\n"},
        {"train resume=5", "train resume=5\n      ^^^^^^^^ resume must be yes or no, not 5\n"},
        {"tran", "tran\n^^^^ there is no command \"tran\"; did you mean `train`?\n"},
        {"Train", "Train\n^^^^^ there is no command \"Train\"; did you mean `train`?\n"},
        {"frobnicate",
         "frobnicate\n"
         "^^^^^^^^^^ there is no command \"frobnicate\"; `help` lists all commands; for a "
         "variable, write "
         "$frobnicate\n"},
        {"frobnicate + 1 # so",
         "frobnicate + 1 # so\n"
         "^^^^^^^^^^ there is no command \"frobnicate\"; `help` lists all commands; for a "
         "variable, write $frobnicate\n"},
        {"frobnicate it",
         "frobnicate it\n"
         "^^^^^^^^^^ there is no command \"frobnicate\"; `help` lists all commands\n"},
        {"epochs = 5\nepochs",
         "line 2:\nepochs\n^^^^^^ epochs is a variable; write $epochs for its value\n"},
        {"tran = 5\ntran * 2",
         "line 2:\ntran * 2\n^^^^ tran is a variable; write $tran for its value\n"},
        {"zebra\nzebra = 5",
         "line 1:\nzebra\n"
         "^^^^^ there is no command \"zebra\"; `help` lists all commands; for a variable, "
         "write $zebra\n"},
        {"model a:\n    wobble\n    dense 10\n",
         "line 2:\n    wobble\n"
         "    ^^^^^^ there is no layer \"wobble\"; the layers are conv, maxpool, avgpool, "
         "globalpool, dense, batchnorm, layernorm, groupnorm, relu, leakyrelu, elu, gelu, silu, "
         "sigmoid, tanh, add, dropout and flatten\n"},
        {"model a:\n    swish\n",
         "line 2:\n    swish\n    ^^^^^ there is no layer \"swish\"; did you mean `silu`?\n"},
        {"model a:\n    Batch_Normalization\n",
         "line 2:\n    Batch_Normalization\n    ^^^^^^^^^^^^^^^^^^^ there is no layer "
         "\"Batch_Normalization\"; did you mean `batchnorm`?\n"},
        {"predict 3",
         "predict 3\n"
         "        ^ set must be train, validation or test, not \"3\"; for example: predict test "
         "42\n"},
        {"predict tset 3",
         "predict tset 3\n"
         "        ^^^^ set must be train, validation or test, not \"tset\"; did you mean "
         "`test`?\n"},
        {"explore samples set=all",
         "explore samples set=all\n"
         "                ^^^^^^^ set must be train, validation or test, not \"all\"\n"},
        {"explore image -1",
         "explore image -1\n              ^^ index must be an integer of at least 0, not -1\n"},
        {"explore image 10000000",
         "explore image 10000000\n"
         "              ^^^^^^^^ index must be an integer from 0 to 9999999, not 10000000\n"},
        {"preprocess crop=4",
         "preprocess crop=4\n           ^^^^^^ crop must be an integer of at least 8, not 4\n"},
        {"preprocess crop=300",
         "preprocess crop=300\n"
         "           ^^^^^^^^ crop must be an integer from 8 to 256, not 300\n"},
        {"outliers",
         "outliers\n"
         "^^^^^^^^ there is no command \"outliers\"; did you mean `explore outliers`? for a "
         "variable, write $outliers\n"},
        {"outliers count=3",
         "outliers count=3\n"
         "^^^^^^^^ there is no command \"outliers\"; did you mean `explore outliers`?\n"},
        {"evaluate confusoin",
         "evaluate confusoin\n"
         "         ^^^^^^^^^ unexpected word \"confusoin\" after evaluate; did you mean "
         "`confusion`?\n"},
        {"plot", "plot\n"
                 "^^^^ plot requires a subject: loss, accuracy, rate, filters, activations\n"},
        {"plot lss", "plot lss\n     ^^^ plot has no subject \"lss\"; did you mean `loss`?\n"},
        {"version 3", "version 3\n        ^ unexpected word \"3\": version has no parameters\n"},
        {"explore image",
         "explore image\n"
         "^^^^^^^^^^^^^ explore image requires index (index of the image in its set, counted "
         "from 0); for example: "
         "explore image 42\n"},
        {"predict test 1 2",
         "predict test 1 2\n"
         "               ^ unexpected word \"2\" after predict; its parameters are set, index "
         "and model\n"},
        {"model a/b",
         "model a/b\n      ^^^ name must be a name (letters, digits, _, - and .), not \"a/b\"\n"},
        {"ask 1x", "ask 1x\n    ^^ name must be a name (letters, digits, _), not \"1x\"\n"},
        {"train:\n", "train:\n     ^ train has no block: remove the ':'\n"},
        {"time", "time\n^^^^ time requires a command: time train epochs=1\n"},
        {"print \"abc", "print \"abc\n      ^ unterminated string\n"},
        {"print (1", "print (1\n      ^ unmatched '('\n"},
        {"print $(1)", "print $(1)\n      ^ expected a name after $, as in $name\n"},
        {"train \\", "train \\\n"
                     "      ^ unexpected end of the cell after the line continuation \\\n"},
        {"conv 3 3",
         "conv 3 3\n"
         "^^^^ conv is a layer; layers are indented lines below a line such as `model mine:`\n"},
        {"$x = 5", "$x = 5\n^^ a variable is assigned without $: x = ...\n"},
        {"train(epochs=5)",
         "train(epochs=5)\n"
         "^^^^^ a command has no parentheses; its parameters follow after a space: `train ...`\n"},
        {"plot.format = svg",
         "plot.format = svg\n^^^^^^^^^^^ plot.format is a setting; use `set plot.format=...`\n"
         "plot.format = svg\n"
         "              ^^^ svg is not a value; $svg is a variable, \"svg\" is a string\n"},
        {"x = 1 / 0", "x = 1 / 0\n    ^^^^^ division by zero\n"},
        {"x =", "x =\n   ^ a value is missing\n"},
        {"x = 3:", "x = 3:\n"
                   "     ^ unexpected ':'; only a command such as `model mine:` opens a block\n"},
        {"trian?", "trian?\n^^^^^ there is no help topic \"trian\"; did you mean `train`?\n"},
        {" load mnist", " load mnist\n ^^^^ unexpected indentation: no block is open\n"},
        {"model a:",
         "model a:\n"
         "^^^^^ expected a block of layers below, each indented by four spaces, such as `dense "
         "10`\n"},
        {"model a\n    relu\n",
         "line 1:\nmodel a\n"
         "^^^^^ expected ':' at the end of the line, because a block of layers follows\n"},
        {"model a:\n    relu\n  relu\n",
         "line 3:\n  relu\n"
         "  ^^^^ inconsistent indentation: 2, but the first line of the block has 4\n"},
        {"model a:\n    relu\n\trelu\n",
         "line 3:\n relu\n"
         " ^^^^ inconsistent indentation: tabs, but the first line of the block has spaces\n"},
        {"model a:\n    train\n",
         "line 2:\n    train\n"
         "    ^^^^^ train is a command, not a layer; commands are not indented\n"},
        {"model a:\n    conv 32 5y5\n",
         "line 2:\n    conv 32 5y5\n"
         "            ^^^ size must be a size such as 3x3 or 3, with sides from 1 to 63, not "
         "\"5y5\"\n"},
        {"model a:\n    conv 8 pad=-1\n",
         "line 2:\n    conv 8 pad=-1\n"
         "           ^^^^^^ pad must be same or an integer from 0 to 31, not \"-1\"\n"},
        {"modl a:\n    relu\n    relo\ninfo\n",
         "line 1:\nmodl a:\n^^^^ there is no command \"modl\"; did you mean `model`?\n"},
        /* the caret below wide characters, and on the right line */
        {"print 1\r\nprint \xE6\x97\xA5 x=1\r\n",
         "line 2:\nprint \xE6\x97\xA5 x=1\n"
         "         ^ print has no parameter \"x\"; its parameters are values\n"},
        {"a\nb\nc\nd\ne\nf\ng\n",
         "line 1:\na\n"
         "^ there is no command \"a\"; `help` lists all commands; for a variable, write $a\n"
         "line 2:\nb\n"
         "^ there is no command \"b\"; `help` lists all commands; for a variable, write $b\n"
         "line 3:\nc\n"
         "^ there is no command \"c\"; `help` lists all commands; for a variable, write $c\n"
         "line 4:\nd\n"
         "^ there is no command \"d\"; `help` lists all commands; for a variable, write $d\n"
         "line 5:\ne\n"
         "^ there is no command \"e\"; `help` lists all commands; for a variable, write $e\n"
         "and 2 more\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_shown(table[i][0], table[i][1]);
}

static void test_texts_that_are_fine(void **state)
{
    (void)state;
    static const char *const table[] = {
        "",
        "\n\r\n  \t\n# only a comment",
        "\xEF\xBB\xBFload mnist",
        "\xEF\xBB\xBF# comment",
        "load\xC2\xA0mnist\xC2\xA0",
        "train epochs=5\r\nplot loss\r\n",
        "train \\\n  epochs=5 \\\n  batch=8",
        "# NBVAL_IGNORE_OUTPUT\ntrain # now\n",
        "print \"two\nlines\"",
        "x = [1,\n 2,\n # three\n 3]\n",
        "load 'my folder/x y'",
        "load a#b",
        "load C:x",
        "print a:b \"c:\"",
        "train epochs=$n rate=$r/2 resume=$again",
        "predict set=test index=3",
        "print",
        "load \"$folder/x\"",
        "preprocess deskew normalize",
        "set plot.folder=out",
        "model a:\n    conv 8 3x3 pad=$p\n    dense 10\n",
        "time model a:\n    dense 10\n",
        "x=3",
        "x   =   3",
        "train epochs=(2 + 3)",
        "train epochs=\"5\"",
        "model mine :\n dense 10",
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_shown(table[i], "");
}

static void test_bad_bytes(void **state)
{
    (void)state;
    struct program *program = program_parse("load\0mnist", 10);
    assert_int_equal(program_diagnostic_count(program), 1);
    assert_int_equal(program_diagnostic(program, 0)->span.start, 4);
    assert_text(program_diagnostics_print(program),
                "load mnist\n    ^ a cell must not contain a NUL byte\n");
    program_free(&program);
    assert_shown("x\xFF", "x\xEF\xBF\xBD\n ^ invalid UTF-8: byte 0xff\n");
    assert_shown("\xED\xA0\x80",
                 "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\n^ invalid UTF-8: byte 0xed\n"
                 "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\n ^ invalid UTF-8: byte 0xa0\n"
                 "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\n  ^ invalid UTF-8: byte 0x80\n");
}

/* `count` copies of a piece. */
static char *many(const char *begin, const char *piece, size_t count, size_t *size)
{
    size_t first = strlen(begin), length = strlen(piece);
    char *text = malloc(first + length * count + 1);
    assert_non_null(text);
    memcpy(text, begin, first);
    for (size_t i = 0; i < count; i++)
        memcpy(text + first + i * length, piece, length);
    *size = first + length * count;
    text[*size] = '\0';
    return text;
}

static size_t diagnostics_of_many(const char *begin, const char *piece, size_t count)
{
    size_t size;
    char *text = many(begin, piece, count, &size);
    struct program *program = program_parse(text, size);
    assert_non_null(program);
    size_t diagnostics = program_diagnostic_count(program);
    char *shown = program_diagnostics_print(program);
    assert_non_null(shown);
    free(shown);
    program_free(&program);
    free(text);
    return diagnostics;
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(diagnostics_of_many("", "info\n", PROGRAM_STATEMENTS_MAX), 0);
    assert_int_equal(diagnostics_of_many("", "info\n", PROGRAM_STATEMENTS_MAX + 1), 1);
    assert_int_equal(diagnostics_of_many("print", " 1", STATEMENT_ARGUMENTS_MAX), 0);
    assert_int_equal(diagnostics_of_many("print", " 1", STATEMENT_ARGUMENTS_MAX + 1), 1);
    assert_int_equal(diagnostics_of_many("model a:", "\n relu", STATEMENT_BLOCK_MAX), 0);
    assert_int_equal(diagnostics_of_many("model a:", "\n relu", STATEMENT_BLOCK_MAX + 1), 1);
    assert_int_equal(diagnostics_of_many("info", "", 0), 0);
    assert_int_equal(diagnostics_of_many("time info #", "x", CELL_SIZE_MAX - 11), 0);
    assert_int_equal(diagnostics_of_many("time info #", "x", CELL_SIZE_MAX - 10), 1);
    assert_int_equal(diagnostics_of_many("", "time ", STATEMENT_NESTING_MAX + 3), 1);
    assert_int_equal(diagnostics_of_many("", "(\n", 500000), 1);
    assert_int_equal(diagnostics_of_many("", "\"", 999999), 1);
    assert_int_equal(diagnostics_of_many("x = ", "[", 1000000), 1);
    assert_true(diagnostics_of_many("", "a b c\n", 20000) == 20000);
    assert_int_equal(diagnostics_of_many("", "a", 1000000), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),       cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_diagnostics), cmocka_unit_test(test_texts_that_are_fine),
        cmocka_unit_test(test_bad_bytes),   cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
