/*
 * gnuplot_fixture - templates for the tests of gnuplot.c, in a temporary folder.
 *
 * The templates: `line` and `other` draw, `wrong` has an error, `slow` does not end, `dies` kills
 * its gnuplot, `talks` prints 20,000 lines.
 */
#ifndef TESTS_GNUPLOT_FIXTURE_H
#define TESTS_GNUPLOT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plots/gnuplot.h"

extern char template_folder[64];

/* cmocka's set-up and tear-down of a group. */
int gnuplot_templates(void **state);
int gnuplot_templates_remove(void **state);

/* A gnuplot with these templates. The test frees it with gnuplot_free(). */
struct gnuplot *gnuplot_start(void);

/* Draws one of the templates. */
bool draw_template(struct gnuplot *gnuplot, const char *template, struct picture *picture,
                   struct plot_error *error);

/* Asserts that `line` is drawn. */
void expect_drawn(struct gnuplot *gnuplot);

#endif
