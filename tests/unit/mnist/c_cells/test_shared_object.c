/*
 * test_shared_object - objects that the system's compiler makes here are loaded; calls of one
 * object into another go to a function's successor after shared_object_replace, and stored pointers
 * do not.
 */
#include "tests/unit/mnist/data/fixture.h"

#include <dlfcn.h>

#include "mnist/c_cells/compiler.h"
#include "mnist/c_cells/shared_object.h"

static void compile(const char *source, const char *object)
{
    static const char *const flags[] = {"-O0", NULL}, *const links[] = {NULL};
    const struct compiler_job job = {.program = "cc",
                                     .folder = "/",
                                     .source = source,
                                     .object = object,
                                     .flags = flags,
                                     .links = links};
    struct error error;
    char *messages = NULL;
    assert_int_equal(compiler_run(&job, &messages, &error), COMPILER_DONE);
    free(messages);
}

typedef int (*number)(void);

static number load(const char *path, const char *function)
{
    void (*found)(void) = NULL;
    struct error error;
    if (!shared_object_load(path, function, &found, &error))
        fail_msg("%s", error.text);
    return (number)found;
}

static void calls_go_to_the_successor(void **state)
{
    const char *old = fixture_path(state, "old.so"), *caller = fixture_path(state, "caller.so"),
               *new = fixture_path(state, "new.so");
    compile("int so_f_1(void) { return 1; }", old);
    compile("int so_f_1(void); int (*so_stored)(void) = so_f_1;\n"
            "int so_call(void) { return so_f_1(); }\n"
            "int so_call_stored(void) { return so_stored(); }",
            caller);
    compile("int so_f_2(void) { return 2; }", new);
    assert_int_equal(load(old, "so_f_1")(), 1);
    number call = load(caller, "so_call"), call_stored = load(caller, "so_call_stored");
    load(new, "so_f_2");
    assert_int_equal(call(), 1);
    char folder[FIXTURE_PATH];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(caller, '/') - caller), caller);
    assert_false(shared_object_replace(folder, "so_f_1", "so_f_none"));
    assert_true(shared_object_replace("/elsewhere", "so_f_1", "so_f_2"));
    assert_int_equal(call(), 1);
    assert_true(shared_object_replace(folder, "so_f_1", "so_f_2"));
    assert_int_equal(call(), 2);
    assert_int_equal(call_stored(), 1);
}

static void an_undefined_symbol_is_named(void **state)
{
    const char *path = fixture_path(state, "open.so");
    void (*found)(void) = NULL;
    struct error error;
    compile("int so_nowhere$3(void); int so_open(void) { return so_nowhere$3(); }", path);
    assert_false(shared_object_load(path, "so_open", &found, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    fixture_assert_contains(error.text, "the cell uses so_nowhere, which is not defined");
}

static void a_missing_file_and_a_missing_function_are_errors(void **state)
{
    const char *path = fixture_path(state, "plain.so");
    void (*found)(void) = NULL;
    struct error error;
    assert_false(shared_object_load(fixture_path(state, "none.so"), "f", &found, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    compile("int so_plain;", path);
    assert_false(shared_object_load(path, "so_missing", &found, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_go_to_the_successor, fixture_folder, fixture_remove),
        cmocka_unit_test_setup_teardown(an_undefined_symbol_is_named, fixture_folder,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(a_missing_file_and_a_missing_function_are_errors,
                                        fixture_folder, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
