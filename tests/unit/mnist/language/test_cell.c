/*
 * test_cell - the kind of a cell, and the cells of a command file: by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/language/cell.h"

static void the_first_line_decides(void **state)
{
    (void)state;
    static const struct {
        const char *text, *header; /* NULL: commands */
    } table[] = {{"", NULL},
                 {"train", NULL},
                 {"%%c", "%%c"},
                 {"%%c link=m\nint a;", "%%c link=m"},
                 {"\n  \n\t%%c\n1", "%%c"},
                 {"\xEF\xBB\xBF%%c\r\n1", "%%c\r"},
                 {"%%cc\n1", NULL},
                 {"%%\n1", NULL},
                 {"# a comment\n%%c\n1", NULL},
                 {" %c", NULL}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cell_text cell = cell_read(table[i].text, strlen(table[i].text));
        assert_int_equal(cell.is_c, table[i].header != NULL);
        if (!cell.is_c)
            continue;
        assert_int_equal(cell.header_size, strlen(table[i].header));
        assert_memory_equal(table[i].text + cell.header_start, table[i].header, cell.header_size);
    }
}

static void check_file(const char *text, const char *wanted)
{
    char got[500] = "";
    size_t start = 0, used = 0, size = strlen(text);
    do {
        size_t begin = start, length = cell_next(text, size, &start);
        used +=
            (size_t)snprintf(got + used, sizeof got - used, "[%.*s]", (int)length, text + begin);
    } while (start < size);
    assert_string_equal(got, wanted);
}

static void a_file_falls_into_cells(void **state)
{
    (void)state;
    check_file("a\nb\n", "[a\nb\n]");
    check_file("a\n%%c\nint x;\n%%\nb", "[a\n][%%c\nint x;\n][b]");
    check_file("%%c\n1\n%%c std=c11\n2", "[%%c\n1\n][%%c std=c11\n2]");
    check_file("%%\na", "[][a]");
    check_file("a\n%%", "[a\n]");
    check_file("", "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_decides),
        cmocka_unit_test(a_file_falls_into_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
