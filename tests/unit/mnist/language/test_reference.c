/*
 * test_reference - REFERENCE.md has the table of commands that the vocabulary generates (`make
 * reference` writes it).
 */
#include "mnist/language/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { REFERENCE_SIZE_MAX = 1 << 20 };

static void reference_has_the_table(void **state)
{
    (void)state;
    char *table = help_table_markdown(), *reference = calloc(1, REFERENCE_SIZE_MAX);
    FILE *file = fopen("mnist/language/REFERENCE.md", "r");
    assert_non_null(table);
    assert_non_null(reference);
    assert_non_null(file);
    assert_true(fread(reference, 1, REFERENCE_SIZE_MAX - 1, file) > 0);
    fclose(file);
    if (strstr(reference, table) == NULL)
        fail_msg("REFERENCE.md does not have this table:\n%s", table);
    free(reference);
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reference_has_the_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
