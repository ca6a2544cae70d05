/*
 * test_table - the text and HTML of a table, by hand: widths, alignment, rules, escapes, short
 * rows, wide characters; and every function accepts a NULL table.
 */
#include "mnist/output/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct table *sample(void)
{
    struct table *table = table_new("Counts");
    table_column(table, "class", TABLE_LEFT);
    table_column(table, "images", TABLE_RIGHT);
    table_row(table);
    table_cell(table, "T-shirt");
    table_cell(table, "%d", 5);
    table_row(table);
    table_cell(table, "鞋");
    table_cell(table, "%d", 12345678);
    table_rule(table);
    table_row(table);
    table_cell(table, "all");
    return table;
}

static void text_is_aligned(void **state)
{
    (void)state;
    struct table *table = sample();
    char *text = table_text(table);
    assert_string_equal(text, "Counts\n"
                              "class      images\n"
                              "───────  ────────\n"
                              "T-shirt         5\n"
                              "鞋       12345678\n"
                              "───────  ────────\n"
                              "all");
    free(text);
    table_free(&table);
    assert_null(table);
}

static void a_note_is_in_all_renderings(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_column(table, "a", TABLE_LEFT);
    table_row(table);
    table_cell(table, "1");
    table_note(table, "dropped");
    table_note(table, "%d errors\n2 < 3", 4);
    char *text = table_text(table), *html = table_html(table);
    assert_string_equal(text, "a\n─\n1\n4 errors\n2 < 3");
    assert_non_null(strstr(html, "4 errors"));
    assert_non_null(strstr(html, "2 &lt; 3"));
    assert_null(strstr(html, "dropped"));
    assert_null(table_remark_text(table));
    free(text);
    free(html);
    table_free(&table);
}

static void html_escapes_and_has_no_remark(void **state)
{
    (void)state;
    struct table *table = table_new("a < b & \"c\"");
    table_column(table, "", TABLE_LEFT);
    table_row(table);
    table_cell(table, "<script>");
    table_remark(table, "took %d s", 3);
    char *html = table_html(table), *text = table_text(table);
    assert_non_null(strstr(html, "a &lt; b &amp; &quot;c&quot;"));
    assert_non_null(strstr(html, "&lt;script&gt;"));
    assert_null(strstr(html, "<script>"));
    assert_null(strstr(html, "<thead>"));
    assert_null(strstr(html, "took 3 s"));
    assert_string_equal(table_remark_text(table), "took 3 s");
    assert_string_equal(text, "a < b & \"c\"\n<script>");
    free(html);
    free(text);
    table_remark(table, "took %d s\n2 < 3", 4);
    assert_string_equal(table_remark_text(table), "took 4 s\n2 < 3");
    table_free(&table);
}

static void widths_count_columns_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(table_text_width(""), 0);
    assert_int_equal(table_text_width("abc"), 3);
    assert_int_equal(table_text_width("äöü"), 3);
    assert_int_equal(table_text_width("e\u0301"), 1);
    assert_int_equal(table_text_width("数字"), 4);
    assert_int_equal(table_text_width("\xff\xc3"), 2);
}

static void no_table_is_no_harm(void **state)
{
    (void)state;
    struct table *table = NULL;
    table_column(table, "x", TABLE_LEFT);
    table_row(table);
    table_cell(table, "y");
    table_rule(table);
    table_remark(table, "z");
    assert_null(table_text(table));
    assert_null(table_html(table));
    assert_int_equal(table_row_count(table), 0);
    table_free(&table);
}

static void many_rows_grow(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_column(table, "n", TABLE_RIGHT);
    for (int i = 0; i < 1000; i++) {
        table_row(table);
        table_cell(table, "%d", i);
    }
    char *text = table_text(table);
    assert_int_equal(table_row_count(table), 1000);
    assert_string_equal(text + strlen(text) - 3, "999");
    free(text);
    table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_aligned),
        cmocka_unit_test(a_note_is_in_all_renderings),
        cmocka_unit_test(html_escapes_and_has_no_remark),
        cmocka_unit_test(widths_count_columns_not_bytes),
        cmocka_unit_test(no_table_is_no_harm),
        cmocka_unit_test(many_rows_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
