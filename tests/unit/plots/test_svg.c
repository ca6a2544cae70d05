/*
 * test_svg - the conversion of gnuplot's SVG: version removed, title added, font stated once, hard
 * pixels, text unchanged. One document with the expected result, and every prefix of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plots/svg.h"

static const char raw[] =
    "<?xml version=\"1.0\"?>\n<svg \n width=\"2\" height=\"1\"\n viewBox=\"0 0 2 1\"\n>\n"
    "<title>Gnuplot</title>\n<desc>Produced by GNUPLOT 5.4</desc>\n"
    "<g font-family=\"sans\" font-size=\"12\"><text>&lt;image font-family=\"sans\"</text></g>"
    "<g font-family=\"sans:Bold\" font-size=\"17\"><title>line 1</title></g>"
    "<image x='0' xlink:href='data:'/></svg>\n";

static void tidies(void **state)
{
    (void)state;
    size_t size = 0;
    char *tidy = svg_tidy(raw, strlen(raw), &(struct svg_page){"A & B", "x < y", 20, 10}, &size);
    assert_non_null(tidy);
    assert_string_equal(
        tidy, "<?xml version=\"1.0\"?>\n<svg font-family=\"DejaVu Sans,Verdana,Arial,sans-serif\" "
              "role=\"img\" width=\"20\" "
              "height=\"10\" style=\"max-width:100%;height:auto\" "
              "preserveAspectRatio=\"none\" viewBox=\"0 0 2 1\"\n>\n"
              "<title>A &amp; B</title>\n<desc>x &lt; y</desc>\n"
              "<g font-size=\"12\"><text>&lt;image font-family=\"sans\"</text></g>"
              "<g font-weight=\"bold\" font-size=\"17\"><title>line 1</title></g>"
              "<image style=\"image-rendering:pixelated\" x='0' xlink:href='data:'/></svg>\n");
    assert_int_equal(size, strlen(tidy));
    free(tidy);
}

static void prefixes_do_no_harm(void **state)
{
    (void)state;
    for (size_t size = 0; size < strlen(raw); size++) {
        char *cut = strndup(raw, size);
        size_t tidy_size = 0;
        char *tidy = svg_tidy(cut, size, &(struct svg_page){"t", "s", 2, 1}, &tidy_size);
        assert_non_null(tidy);
        assert_int_equal(strlen(tidy), tidy_size);
        free(tidy);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tidies),
        cmocka_unit_test(prefixes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
