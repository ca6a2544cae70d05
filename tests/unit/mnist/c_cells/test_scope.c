/*
 * test_scope - entries are found, replaced, removed and forgotten by name; a copy is independent of
 * its source. Texts are compared byte by byte with scopes that are written down here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/c_cells/scope.h"

static void add(struct scope *scope, enum scope_kind kind, const char *names, const char *text,
                unsigned serial)
{
    const struct scope_entry entry = {.kind = kind,
                                      .names = (char *)(uintptr_t)names,
                                      .text = (char *)(uintptr_t)text,
                                      .serial = serial};
    assert_true(scope_add(scope, &entry));
}

static void assert_text(const struct scope *scope, unsigned before, const char *wanted)
{
    char *text = scope_text(scope, before);
    assert_non_null(text);
    assert_string_equal(text, wanted);
    free(text);
}

static void texts_are_in_order_and_end_before_a_serial(void **state)
{
    (void)state;
    struct scope scope;
    scope_init(&scope);
    assert_text(&scope, UINT32_MAX, "");
    add(&scope, SCOPE_TYPE, "\nstruct a\n", "struct a;\n", 1);
    add(&scope, SCOPE_VARIABLE, "\nx\n", "extern int x;\n", 2);
    add(&scope, SCOPE_FUNCTION, "\nf\n", "int f(void);\n", 3);
    assert_text(&scope, UINT32_MAX, "struct a;\nextern int x;\nint f(void);\n");
    assert_text(&scope, 3, "struct a;\nextern int x;\n");
    assert_text(&scope, 1, "");
    scope_release(&scope);
}

static void a_definition_replaces_entries_with_one_of_its_names(void **state)
{
    (void)state;
    struct scope scope;
    scope_init(&scope);
    add(&scope, SCOPE_TYPE, "\nenum color\nRED\nGREEN\n", "enum color { RED, GREEN };\n", 1);
    add(&scope, SCOPE_VARIABLE, "\nx\n", "extern int x;\n", 1);
    add(&scope, SCOPE_VARIABLE, "\nGREEN\n", "extern int GREEN;\n", 2);
    assert_int_equal(scope.count, 2);
    assert_null(scope_find(&scope, "RED"));
    assert_int_equal(scope_find(&scope, "GREEN")->kind, SCOPE_VARIABLE);
    assert_text(&scope, UINT32_MAX, "extern int x;\nextern int GREEN;\n");
    scope_remove(&scope, "x");
    scope_remove(&scope, "nothing");
    assert_text(&scope, UINT32_MAX, "extern int GREEN;\n");
    scope_release(&scope);
}

static void a_name_is_found_as_a_whole(void **state)
{
    (void)state;
    struct scope scope;
    scope_init(&scope);
    add(&scope, SCOPE_VARIABLE, "\nlength\nwidth\n", "extern int length, width;\n", 1);
    assert_non_null(scope_find(&scope, "length"));
    assert_non_null(scope_find(&scope, "width"));
    assert_null(scope_find(&scope, "len"));
    assert_null(scope_find(&scope, "idth"));
    assert_null(scope_find(&scope, "length2"));
    assert_null(scope_find(&scope, ""));
    scope_release(&scope);
}

static void a_copy_is_independent(void **state)
{
    (void)state;
    struct scope scope, copy;
    scope_init(&scope);
    add(&scope, SCOPE_VARIABLE, "\nx\n", "extern int x;\n", 1);
    assert_true(scope_copy(&copy, &scope));
    add(&copy, SCOPE_VARIABLE, "\ny\n", "extern int y;\n", 2);
    scope_remove(&scope, "x");
    assert_text(&scope, UINT32_MAX, "");
    assert_text(&copy, UINT32_MAX, "extern int x;\nextern int y;\n");
    scope_release(&scope);
    scope_release(&copy);
}

static void note_name(void *context, const char *names)
{
    char *to = context;
    size_t used = strlen(to);
    snprintf(to + used, 200 - used, "%s", names);
}

static void forgetting_a_type_forgets_what_uses_it(void **state)
{
    (void)state;
    struct scope scope;
    char forgotten[200] = "";
    scope_init(&scope);
    add(&scope, SCOPE_TYPE, "\nstruct point\n", "struct point { int x; };\n", 1);
    add(&scope, SCOPE_TYPE, "\nline\n", "typedef struct { struct point a, b; } line;\n", 1);
    add(&scope, SCOPE_VARIABLE, "\np\n", "extern struct point p;\n", 1);
    add(&scope, SCOPE_FUNCTION, "\nlength\n", "double length(line l);\n", 1);
    add(&scope, SCOPE_FUNCTION, "\npointed\n", "int pointed(struct pointer *q);\n", 1);
    add(&scope, SCOPE_DIRECTIVE, "\nPOINT\n", "#define POINT struct point\n", 1);
    scope_forget(&scope, "struct point", note_name, forgotten);
    assert_text(&scope, UINT32_MAX,
                "int pointed(struct pointer *q);\n#define POINT struct point\n");
    assert_non_null(strstr(forgotten, "\np\n"));
    assert_non_null(strstr(forgotten, "\nlength\n"));
    assert_null(strstr(forgotten, "line\n")); /* types are not reported */
    scope_release(&scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_in_order_and_end_before_a_serial),
        cmocka_unit_test(a_definition_replaces_entries_with_one_of_its_names),
        cmocka_unit_test(a_name_is_found_as_a_whole),
        cmocka_unit_test(a_copy_is_independent),
        cmocka_unit_test(forgetting_a_type_forgets_what_uses_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
