/*
 * test_table_text - a table within a width, by hand: the widest column shrinks first, texts break
 * between words, numbers never, and no text is lost; a growing table is written row by row.
 */
#include "mnist/output/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void check_within(const struct table *table, int width, const char *expected)
{
    char *text = table_text_within(table, width);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static struct table *sample(void)
{
    struct table *table = table_new(NULL);
    table_column(table, "name", TABLE_LEFT);
    table_column(table, "made by this", TABLE_LEFT);
    table_column(table, "test accuracy", TABLE_RIGHT);
    table_row(table);
    table_cell(table, "fast");
    table_cell(table, "train epochs=1 rate=0.1 seed=42");
    table_cell(table, "99.11 %%");
    return table;
}

static void the_widest_column_is_broken_between_words(void **state)
{
    (void)state;
    struct table *table = sample();
    check_within(table, 52,
                 "name  made by this                     test accuracy\n"
                 "────  ───────────────────────────────  ─────────────\n"
                 "fast  train epochs=1 rate=0.1 seed=42        99.11 %");
    check_within(table, 44,
                 "name  made by this             test accuracy\n"
                 "────  ───────────────────────  ─────────────\n"
                 "fast  train epochs=1 rate=0.1        99.11 %\n"
                 "      seed=42");
    table_free(&table);
}

static void titles_break_but_figures_do_not(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_column(table, "epoch", TABLE_RIGHT);
    table_column(table, "validation accuracy", TABLE_RIGHT);
    table_column(table, "hash", TABLE_LEFT);
    table_row(table);
    table_cell(table, "1");
    table_cell(table, "98.5 %%");
    table_cell(table, "f59161ad038ba824");
    const char *narrow = "       validation\n"
                         "epoch    accuracy  hash\n"
                         "─────  ──────────  ────────────────\n"
                         "    1      98.5 %  f59161ad038ba824";
    check_within(table, 35, narrow);
    check_within(table, 10, narrow);
    table_free(&table);
}

static void long_words_and_wide_characters_are_broken_and_kept(void **state)
{
    (void)state;
    struct table *table = table_new("a caption of some words");
    table_column(table, "", TABLE_LEFT);
    table_row(table);
    table_cell(table, "abcdefghijklmnopqrstuvwxyz0123456789");
    table_row(table);
    table_cell(table, "数数数数数数数数数数数数数\nend");
    table_note(table, "a note of some more words than fit");
    check_within(table, 24,
                 "a caption of some words\n"
                 "abcdefghijklmnopqrstuvwx\n"
                 "yz0123456789\n"
                 "数数数数数数数数数数数数\n"
                 "数\n"
                 "end\n"
                 "a note of some more\n"
                 "words than fit");
    table_free(&table);
}

static void a_table_that_grows_is_written_once(void **state)
{
    (void)state;
    struct table *table = table_new("epochs");
    struct table_growth growth = {0};
    table_column(table, "epoch", TABLE_RIGHT);
    table_column(table, "", TABLE_LEFT);
    assert_false(table_grows(table, &growth));
    table_row(table);
    table_cell(table, "%d", 1);
    table_cell(table, "best");
    char *text = table_text_more(table, &growth, 0, false);
    assert_string_equal(text, "epochs\nepoch\n─────  ────\n    1  best\n");
    free(text);
    table_row(table);
    table_cell(table, "%d", 2);
    table_note(table, "done");
    assert_true(table_grows(table, &growth));
    text = table_text_more(table, &growth, 0, true);
    assert_string_equal(text, "    2\ndone\n");
    free(text);
    text = table_text_more(table, &growth, 0, false);
    assert_string_equal(text, "");
    free(text);
    table_free(&table);
}

static void later_rows_may_be_wider(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    struct table_growth growth = {0}, narrow = {0};
    table_column(table, "n", TABLE_RIGHT);
    table_column(table, "", TABLE_LEFT);
    table_reserve(table, 6);
    table_column(table, "x", TABLE_LEFT);
    table_row(table);
    table_cell(table, "%d", 1);
    table_cell(table, "a");
    table_cell(table, "b");
    char *text = table_text_more(table, &growth, 0, false);
    assert_string_equal(text, "n          x\n─  ──────  ─\n1  a       b\n");
    free(text);
    text = table_text_more(table, &narrow, 8, false);
    assert_string_equal(text, "n      x\n─  ──  ─\n1  a   b\n");
    free(text);
    table_row(table);
    table_cell(table, "%d", 12345);
    table_cell(table, "best, kept");
    table_cell(table, "b");
    text = table_text_more(table, &growth, 0, true);
    assert_string_equal(text, "12345  best, kept  b\n");
    free(text);
    text = table_text_more(table, &narrow, 8, true);
    assert_string_equal(text, "12345  best,  b\n       kept\n");
    free(text);
    text = table_text(table);
    assert_string_equal(
        text,
        "    n              x\n─────  ──────────  ─\n    1  a           b\n12345  best, kept  b");
    free(text);
    table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_widest_column_is_broken_between_words),
        cmocka_unit_test(titles_break_but_figures_do_not),
        cmocka_unit_test(long_words_and_wide_characters_are_broken_and_kept),
        cmocka_unit_test(a_table_that_grows_is_written_once),
        cmocka_unit_test(later_rows_may_be_wider),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
