/*
 * test_readme - README's table of the language is the one that the vocabulary gives: whoever adds a
 * command adds its line there too.
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

enum { README_SIZE_MAX = 1 << 20 };

static void readme_has_the_table(void **state)
{
    (void)state;
    char *table = help_table_markdown(), *readme = calloc(1, README_SIZE_MAX);
    FILE *file = fopen("README.md", "r");
    assert_non_null(table);
    assert_non_null(readme);
    assert_non_null(file);
    assert_true(fread(readme, 1, README_SIZE_MAX - 1, file) > 0);
    fclose(file);
    if (strstr(readme, table) == NULL)
        fail_msg("README.md does not have this table:\n%s", table);
    free(readme);
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(readme_has_the_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
