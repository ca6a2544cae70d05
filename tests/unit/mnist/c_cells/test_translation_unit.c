/*
 * test_translation_unit - the C source that is made from a cell and its items: parts in their
 * order, symbols of the cell, line numbers, the scope afterwards. Items are written here as
 * mnist-clang returns them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/c_cells/cell_threads.h"
#include "mnist/c_cells/translation_unit.h"

/* An item of the range of the cell's text that `piece` is. */
static json_t *item(const char *cell, const char *kind, const char *piece)
{
    const char *at = strstr(cell, piece);
    assert_non_null(at);
    return json_pack("{s:s, s:I, s:I}", "kind", kind, "start", (json_int_t)(at - cell), "end",
                     (json_int_t)(at - cell) + (json_int_t)strlen(piece));
}

static json_t *function(const char *cell, const char *piece, const char *name, const char *type)
{
    json_t *function = item(cell, "function", piece);
    json_object_update_new(
        function, json_pack("{s:s, s:s, s:I, s:[]}", "name", name, "type", type, "body",
                            (json_int_t)(strchr(strstr(cell, piece), '{') - cell), "hide"));
    return function;
}

static json_t *variable(const char *cell, const char *piece, const char *name, const char *type,
                        const char *init, bool constant)
{
    json_t *variables = item(cell, "variables", piece);
    json_int_t at = (json_int_t)(strstr(cell, init) - cell);
    json_t *one =
        json_pack("{s:s, s:s, s:s, s:b, s:I, s:[I, I]}", "name", name, "type", type, "canonical",
                  type, "constant", constant, "at", at, "init", at, at + (json_int_t)strlen(init));
    json_object_set_new(variables, "variables", json_pack("[o]", one));
    return variables;
}

static struct translation_unit make(struct scope *scope, const char *cell, json_t *items,
                                    unsigned serial)
{
    struct translation_unit unit;
    assert_true(translation_unit_make(&unit, scope, cell, items, "cell 7", serial));
    return unit;
}

/* The parts are in the source, in this order; NULL ends the list. */
static void assert_in_order(const char *source, const char *const *parts)
{
    for (const char *at = source; *parts != NULL; parts++) {
        at = strstr(at, *parts);
        if (at == NULL)
            fail_msg("not in its place: %s\nin:\n%s", *parts, source);
        at += strlen(*parts);
    }
}

static void definitions_go_to_file_scope_and_statements_into_the_function(void **state)
{
    (void)state;
    static const char cell[] = "\nint f(int a) { return a; }\nputs(\"now\");\nint x = f(2);\n";
    struct scope scope;
    scope_init(&scope);
    json_t *items =
        json_pack("[o, o, o]", function(cell, "int f(int a) { return a; }", "f", "int (int)"),
                  item(cell, "statement", "puts(\"now\");"),
                  variable(cell, "int x = f(2);", "x", "int", " f(2)", false));
    struct translation_unit unit = make(&scope, cell, items, 3);
    static const char *const wanted[] = {CELL_THREADS_NAMES,
                                         "#pragma redefine_extname x x$3\n",
                                         "#line 2 \"cell 7\"\nint f(int a) ",
                                         "__asm__(\"f$3\");",
                                         "int f(int a) { return a; }",
                                         "__typeof__(int) x;",
                                         "void mnist_cell_3(void)\n{",
                                         "#line 3 \"cell 7\"\nputs(\"now\");",
                                         "__typeof__(x) mnist_value_ =",
                                         "f(2)",
                                         "__builtin_memcpy((void *)&x",
                                         NULL};
    assert_in_order(unit.source, wanted);
    assert_string_equal(unit.notes, "");
    assert_null(unit.value);
    assert_string_equal(scope_find(&scope, "f")->symbol, "f$3");
    assert_string_equal(scope_find(&scope, "x")->text,
                        "extern __typeof__(int) x __asm__(\"x$3\");\n");
    translation_unit_release(&unit);
    scope_release(&scope);
    json_decref(items);
}

static void a_constant_is_initialised_at_file_scope(void **state)
{
    (void)state;
    static const char cell[] = "\nint x = 5;\n";
    struct scope scope;
    scope_init(&scope);
    json_t *items = json_pack("[o]", variable(cell, "int x = 5;", "x", "int", " 5", true));
    struct translation_unit unit = make(&scope, cell, items, 1);
    static const char *const wanted[] = {"__typeof__(int) x =", " 5;", "void mnist_cell_1", NULL};
    assert_in_order(unit.source, wanted);
    assert_null(strstr(unit.source, "memcpy"));
    translation_unit_release(&unit);
    scope_release(&scope);
    json_decref(items);
}

static void a_variable_of_the_same_type_keeps_its_symbol(void **state)
{
    (void)state;
    static const char cell[] = "\nint x = 5;\n";
    struct scope scope;
    scope_init(&scope);
    json_t *items = json_pack("[o]", variable(cell, "int x = 5;", "x", "int", " 5", true));
    struct translation_unit first = make(&scope, cell, items, 1),
                            second = make(&scope, cell, items, 2);
    static const char *const wanted[] = {"x __asm__(\"x$1\");", "void mnist_cell_2", "memcpy",
                                         NULL};
    assert_in_order(second.source, wanted);
    assert_null(strstr(second.source, "x$2"));
    assert_string_equal(scope_find(&scope, "x")->symbol, "x$1");
    translation_unit_release(&first);
    translation_unit_release(&second);
    scope_release(&scope);
    json_decref(items);
}

static void the_last_expression_is_the_value(void **state)
{
    (void)state;
    static const char cell[] = "\n1 + 2";
    struct scope scope;
    scope_init(&scope);
    json_t *value = item(cell, "value", "1 + 2");
    json_object_set_new(value, "type", json_pack("{s:s, s:i}", "k", "int", "size", 4));
    json_t *items = json_pack("[o]", value);
    struct translation_unit unit = make(&scope, cell, items, 1);
    static const char *const wanted[] = {"void mnist_cell_1",
                                         "#line 2 \"cell 7\"",
                                         "__auto_type mnist_value_ = (",
                                         "1 + 2",
                                         "mnist_c_value((const void *)&mnist_value_);",
                                         NULL};
    assert_in_order(unit.source, wanted);
    assert_ptr_equal(unit.value, json_object_get(value, "type"));
    translation_unit_release(&unit);
    scope_release(&scope);
    json_decref(items);
}

static void a_changed_type_is_reported_for_what_used_it(void **state)
{
    (void)state;
    static const char cell[] = "\nstruct a { int x; };\nint f(struct a *p) { return 1; }\n",
                      change[] = "\nstruct a { double x; };\n";
    struct scope scope;
    scope_init(&scope);
    json_t *type = item(cell, "type", "struct a { int x; };"),
           *changed = item(change, "type", "struct a { double x; };");
    json_object_set_new(type, "names", json_pack("[s]", "struct a"));
    json_object_set_new(changed, "names", json_pack("[s]", "struct a"));
    json_t *items = json_pack(
               "[o, o]", type,
               function(cell, "int f(struct a *p) { return 1; }", "f", "int (struct a *)")),
           *later = json_pack("[o]", changed);
    struct translation_unit first = make(&scope, cell, items, 1),
                            second = make(&scope, change, later, 2);
    assert_string_equal(first.notes, "");
    assert_string_equal(second.notes,
                        "f is forgotten: it uses a definition that has been replaced\n");
    assert_null(scope_find(&scope, "f"));
    translation_unit_release(&first);
    translation_unit_release(&second);
    scope_release(&scope);
    json_decref(items);
    json_decref(later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions_go_to_file_scope_and_statements_into_the_function),
        cmocka_unit_test(a_constant_is_initialised_at_file_scope),
        cmocka_unit_test(a_variable_of_the_same_type_keeps_its_symbol),
        cmocka_unit_test(the_last_expression_is_the_value),
        cmocka_unit_test(a_changed_type_is_reported_for_what_used_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
