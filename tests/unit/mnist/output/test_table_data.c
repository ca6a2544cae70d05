/*
 * test_table_data - a table as JSON and as CSV, by hand: names of columns, numbers and texts that
 * look like them, missing values, characters that need an escape.
 */
#include "mnist/output/table.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

static void check(const struct table *table, const char *json, const char *csv)
{
    char *text = table_json(table);
    assert_string_equal(text, json);
    json_t *parsed = json_loads(text, 0, NULL);
    assert_non_null(parsed);
    json_decref(parsed);
    free(text);
    text = table_csv(table);
    assert_string_equal(text, csv);
    free(text);
}

static void numbers_have_the_digits_of_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *json;
    } cells[] = {
        {"12,345", "12345"},    {"99.20 %", "0.9920"},  {"-0.5 %", "-0.005"},   {"0", "0"},
        {"1.5e-06", "1.5e-06"}, {"100.00 %", "1.0000"}, {"97.1 to 98.2", NULL}, {"28 x 28", NULL},
        {"007", NULL},          {"5 s", NULL},          {"1.", NULL},           {"-", NULL},
        {"more than 9", NULL}};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        char json[80], csv[80];
        struct table *table = table_new("not shown");
        table_column(table, "x", TABLE_RIGHT);
        table_row(table);
        table_cell(table, "%s", cells[i].text);
        bool number = cells[i].json != NULL;
        snprintf(json, sizeof json, number ? "[\n {\"x\": %s}\n]" : "[\n {\"x\": \"%s\"}\n]",
                 number ? cells[i].json : cells[i].text);
        snprintf(csv, sizeof csv, "x\n%s", number ? cells[i].json : cells[i].text);
        check(table, json, csv);
        table_free(&table);
    }
}

static void texts_stay_texts_unless_their_format_is_a_number(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_column(table, "Hash of it", TABLE_LEFT);
    table_column(table, "", TABLE_LEFT);
    table_row(table);
    table_cell(table, "%016x", 0x12345678u);
    table_cell(table, "%.2f %%", 12.5);
    table_row(table);
    table_cell(table, "%s", "42");
    table_cell(table, "%d of 5", 4);
    check(table,
          "[\n {\"hash_of_it\": \"0000000012345678\", \"column_2\": 0.1250},\n"
          " {\"hash_of_it\": \"42\", \"column_2\": \"4 of 5\"}\n]",
          "hash_of_it,column_2\n0000000012345678,0.1250\n42,4 of 5");
    table_free(&table);
}

static void missing_values_and_equal_names(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_column(table, "95 % interval", TABLE_RIGHT);
    table_column(table, "95 % interval", TABLE_RIGHT);
    table_column(table, "", TABLE_LEFT);
    table_key(table, "best");
    table_row(table);
    table_cell(table, "%.4f", (double)NAN);
    table_cell(table, "%s", "");
    check(table, "[\n {\"95_interval\": null, \"95_interval_2\": null, \"best\": null}\n]",
          "95_interval,95_interval_2,best\n,,");
    table_free(&table);
}

static void properties_may_be_numbers(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_properties(table, "network", "mine", TABLE_LEFT);
    table_row(table);
    table_cell(table, "parameters");
    table_cell(table, "%s", "61,706");
    check(table, "[\n {\"property\": \"parameters\", \"value\": 61706}\n]",
          "property,value\nparameters,61706");
    table_free(&table);
}

static void characters_are_escaped(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_column(table, "größe, \"x\"", TABLE_LEFT);
    table_row(table);
    table_cell(table, "a \"b\", c\\d\n\x01\xff");
    check(table, "[\n {\"größe_x\": \"a \\\"b\\\", c\\\\d\\n\\\\x01\\\\xff\"}\n]",
          "größe_x\n\"a \"\"b\"\", c\\d\n\\x01\\xff\"");
    table_free(&table);
}

static void an_empty_table_and_none(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_column(table, "x", TABLE_LEFT);
    check(table, "[\n]", "x");
    table_free(&table);
    assert_null(table_json(NULL));
    assert_null(table_csv(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_the_digits_of_the_text),
        cmocka_unit_test(texts_stay_texts_unless_their_format_is_a_number),
        cmocka_unit_test(missing_values_and_equal_names),
        cmocka_unit_test(properties_may_be_numbers),
        cmocka_unit_test(characters_are_escaped),
        cmocka_unit_test(an_empty_table_and_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
