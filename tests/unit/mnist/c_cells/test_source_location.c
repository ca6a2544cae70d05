/*
 * test_source_location - addresses of an object that the system's compiler makes here are looked up
 * by its debug information: line, function, inlined calls from the inside out; addresses outside of
 * cells are not found.
 */
#include "tests/unit/mnist/data/fixture.h"

#include <dlfcn.h>
#include <link.h>

#include "mnist/c_cells/compiler.h"
#include "mnist/c_cells/source_location.h"

static const char cell[] =
    "\n"
    "static inline __attribute__((always_inline)) void *inner(void)\n"
    "{ void *at; __asm__ volatile(\"1: lea 1b(%%rip), %0\" : \"=r\"(at)); return at; }\n"
    "void *location_outer(void)\n"
    "{\n"
    "    return inner();\n"
    "}\n"
    "void *mnist_cell_9(void) { return inner(); }\n";

/* Compiles the cell as `file`, loads it and returns the offset of the address that the function
   returns. */
static uint64_t offset_of(const char *object, const char *file, const char *function)
{
    static const char *const flags[] = {"-O1", NULL}, *const links[] = {NULL};
    char source[2000], *messages = NULL;
    struct error error;
    void *(*address)(void);
    struct link_map *map;
    snprintf(source, sizeof source, "#line 1 \"%s\"\n%s", file, cell);
    const struct compiler_job job = {.program = "cc",
                                     .folder = "/",
                                     .source = source,
                                     .object = object,
                                     .flags = flags,
                                     .links = links};
    assert_int_equal(compiler_run(&job, &messages, &error), COMPILER_DONE);
    free(messages);
    void *handle = dlopen(object, RTLD_NOW);
    assert_non_null(handle);
    *(void **)&address = dlsym(handle, function);
    assert_non_null(address);
    assert_int_equal(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
    return (uint64_t)(uintptr_t)address() - map->l_addr;
}

static void an_inlined_call_has_two_locations(void **state)
{
    struct source_location at[SOURCE_LOCATIONS_MAX];
    const char *object = fixture_path(state, "cell-1.so");
    uint64_t offset = offset_of(object, "cell 4", "location_outer");
    assert_int_equal(source_location_look_up(at, object, offset), 2);
    assert_string_equal(at[0].function, "inner");
    assert_string_equal(at[0].file, "cell 4");
    assert_int_equal(at[0].line, 3);
    assert_string_equal(at[1].function, "location_outer");
    assert_int_equal(at[1].line, 6);
}

static void statements_of_a_cell_have_no_function_name(void **state)
{
    struct source_location at[SOURCE_LOCATIONS_MAX];
    const char *object = fixture_path(state, "cell-2.so");
    uint64_t offset = offset_of(object, "cell", "mnist_cell_9");
    assert_int_equal(source_location_look_up(at, object, offset), 2);
    assert_string_equal(at[1].function, "");
    assert_int_equal(at[1].line, 8);
}

static void addresses_outside_of_cells_are_not_found(void **state)
{
    struct source_location at[SOURCE_LOCATIONS_MAX];
    const char *object = fixture_path(state, "cell-3.so");
    uint64_t offset = offset_of(object, "header.h", "location_outer");
    assert_int_equal(source_location_look_up(at, object, offset), 0);
    assert_int_equal(source_location_look_up(at, object, 1), 0);
    assert_int_equal(source_location_look_up(at, fixture_path(state, "none.so"), offset), 0);
}

static void the_line_is_printed_without_its_indentation(void **state)
{
    char *text = NULL;
    size_t size;
    struct source_location at = {.function = "f", .file = "cell 4", .line = 6};
    fixture_write(fixture_path(state, "cell 4"), cell, strlen(cell));
    snprintf(at.object, sizeof at.object, "%s", fixture_path(state, "cell-1.so"));
    FILE *file = open_memstream(&text, &size);
    source_location_put(file, &at);
    at.function[0] = '\0';
    at.line = 100;
    source_location_put(file, &at);
    fclose(file);
    assert_string_equal(
        text, "  cell 4, line 6, in f:\n      return inner();\n  cell 4, line 100:\n      \n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#if defined __x86_64__ /* the cell reads its own address */
        cmocka_unit_test_setup_teardown(an_inlined_call_has_two_locations, fixture_folder,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(statements_of_a_cell_have_no_function_name, fixture_folder,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(addresses_outside_of_cells_are_not_found, fixture_folder,
                                        fixture_remove),
#endif
        cmocka_unit_test_setup_teardown(the_line_is_printed_without_its_indentation, fixture_folder,
                                        fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
