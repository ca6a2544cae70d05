/*
 * plugin_help - the comment that explains a part. By hand: a table of cells in which the call of
 * register_... is marked by the word HERE, of every way to write a comment above it, above the
 * function, or not at all. By law: for every prefix of each cell and every line number, in
 * range or not, there is an answer, and it ends.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/c_api/plugin_help.h"

static const struct {
    const char *cell, *help;
} cases[] = {
    /* above the call */
    {"/* Leaky. */\nHERE(gate);", "Leaky.\n"},
    {"// Leaky.\nHERE(gate);", "Leaky.\n"},
    {"// Leaky,\n//   slope: of the left\nHERE(gate);", "Leaky,\nslope: of the left\n"},
    {"int x;\n// Leaky.\nHERE(gate);\n// after\n", "Leaky.\n"},
    {"/* Leaky,\n   and on.\n   slope: of the left */\nHERE(gate);",
     "Leaky,\nand on.\nslope: of the left\n"},
    {"/*\n * Leaky,\n * and on.\n */\nHERE(gate);", "\nLeaky,\nand on.\n\n"},
    {"/**\n * Leaky.\n **/\nHERE(gate);", "\nLeaky.\n\n"},
    {"/*! Leaky. */\nHERE(gate);", "Leaky.\n"},
    {"    /* Leaky. */\n    HERE(gate);", "Leaky.\n"},
    {"/* Leaky. */\r\nHERE(gate);\r\n", "Leaky.\n"},
    {"/* One. */\n/* Two. */\nHERE(gate);", "Two.\n"},
    {"// One.\n\n// Two.\nHERE(gate);", "Two.\n"},
    {"/* a * b */\nHERE(gate);", "a * b\n"},
    {"/**/\nHERE(gate);", "\n"},
    /* above the function */
    {"/* Opens. */\nvoid gate(int x)\n{\n}\nHERE(gate);", "Opens.\n"},
    {"// Opens.\nstatic void gate_forward(int x)\n{\n}\nHERE(gate);", "Opens.\n"},
    {"// No.\nvoid gate_back(int x) {}\n// Yes.\nvoid gate(int x) {}\nHERE(gate);", "Yes.\n"},
    {"// Opens.\nstatic const char *gate (void)\n{\n}\nHERE(gate);", "Opens.\n"},
    {"/* Call. */\nHERE(gate);\n/* Opens. */\nvoid gate(int x) {}\n", "Call.\n"},
    {"HERE(gate);\n/* Opens. */\nvoid gate(int x) {}\n", "Opens.\n"},
    /* none */
    {"", ""},
    {"HERE(gate);", ""},
    {"/* Leaky. */\n\nHERE(gate);", ""},
    {"int x;\nHERE(gate);", ""},
    {"int x; // of something else\nHERE(gate);", ""},
    {"/* Other. */\nint x;\nint y; /* of something else */\nHERE(gate);", ""},
    {"/* Other. */ int x; /* of something else */\nHERE(gate);", ""},
    {"/* Other. */\nint x; /* of something\n   else */\nHERE(gate);", ""},
    {"no begin */\nHERE(gate);", ""},
    {"/* no end\nHERE(gate);", ""},
    {"// No.\nvoid gate(int x);\nHERE(gate);", ""},
    {"// No.\nvoid gateway(int x) {}\nHERE(gate);", ""},
    {"// No.\nvoid open_gate(int x) {}\nHERE(gate);", ""},
    {"void f(void)\n{\n// No.\n    gate(1) + 1\n}\nHERE(gate);", ""},
};

enum { CASES = sizeof cases / sizeof cases[0] };

static int line_of(const char *cell)
{
    const char *here = strstr(cell, "HERE");
    int line = 1;
    for (const char *at = cell; here != NULL && at < here; at++)
        line += *at == '\n';
    return line;
}

static void comments_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        char *help = plugin_help(cases[i].cell, "gate", line_of(cases[i].cell));
        assert_non_null(help);
        if (strcmp(help, cases[i].help) != 0)
            fail_msg("%s\ngives \"%s\", not \"%s\"", cases[i].cell, help, cases[i].help);
        free(help);
    }
}

/* Such a call stands on no line of the cell: a name alone finds the function. */
static void lines_out_of_range(void **state)
{
    (void)state;
    static const char cell[] = "/* Opens. */\nvoid gate(int x)\n{\n}\n";
    static const int lines[] = {INT_MIN, -1, 0, 1, 6, 1000, INT_MAX};
    for (int i = 0; i < 7; i++) {
        char *help = plugin_help(cell, "gate", lines[i]);
        assert_string_equal(help, "Opens.\n");
        free(help);
        help = plugin_help(cell, "other", lines[i]);
        assert_string_equal(help, "");
        free(help);
    }
}

/* Each prefix in memory of its own, so that AddressSanitizer sees what is read behind it. */
static void every_prefix_has_an_answer(void **state)
{
    (void)state;
    static const char *const names[] = {"gate", "g", "gate_forward_and_more"};
    for (int i = 0; i < CASES; i++)
        for (size_t size = 0; size <= strlen(cases[i].cell); size++) {
            char *prefix = strndup(cases[i].cell, size);
            assert_non_null(prefix);
            for (int name = 0; name < 3; name++)
                for (int line = -1; line < 10; line++) {
                    char *help = plugin_help(prefix, names[name], line);
                    assert_non_null(help);
                    assert_true(strlen(help) <= size + 1);
                    free(help);
                }
            free(prefix);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_are_found),
        cmocka_unit_test(lines_out_of_range),
        cmocka_unit_test(every_prefix_has_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
