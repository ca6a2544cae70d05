/*
 * plots_fixture - data, gnuplot processes and checks for the tests of pictures.
 *
 * A picture must have a well-formed SVG without text outside its frame, a PNG of twice the size,
 * and a sentence. A second gnuplot process that has drawn other pictures before must give the same
 * SVG, byte for byte. The values come from formulas: the tests prove the drawing, not the data.
 */
#ifndef TESTS_PLOTS_FIXTURE_H
#define TESTS_PLOTS_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plots/plots.h"

enum { SIDE = 28, SIZE = SIDE * SIDE, MANY = 400, LONG = 5000 };

extern struct gnuplot *first_gnuplot, *second_gnuplot;
extern unsigned char bytes[MANY * SIZE]; /* MANY images of rings */
extern float floats[MANY * SIZE];
extern double values[LONG];
extern const char *captions[MANY];
extern bool marked[MANY];
extern int indices[MANY];
extern float parts[MANY];
extern unsigned char labels[LONG];
extern long long counts[PLOT_CLASSES_MAX * PLOT_CLASSES_MAX + 7];

/* Class names with every kind of special character. */
extern const char *const words[PLOT_CLASSES_MAX];

/* cmocka's set-up and tear-down of a group. */
int plots_set_up(void **state);
int plots_tear_down(void **state);

typedef bool draw_function(struct gnuplot *gnuplot, const void *config, struct picture *picture,
                           struct plot_error *error);

/* Asserts that the picture is drawn, as stated above. */
void expect_picture(draw_function *draw, const void *config);

/* Asserts that the data cannot be drawn, and that the error gives a reason. */
void expect_refusal(draw_function *draw, const void *config);

/* The number of times that the text contains the word. */
int occurrences(const char *text, const char *word);

/* Calls a plot function with a config that is written in place: draws(images, .images = ...),
   refuses(images, ...). */
#define ADAPT(name)                                                                               \
    static bool draw_##name(struct gnuplot *gnuplot, const void *config, struct picture *picture, \
                            struct plot_error *error)                                             \
    {                                                                                             \
        return plot_##name(gnuplot, config, picture, error);                                      \
    }
#define draws(name, ...)   expect_picture(draw_##name, &(struct plot_##name){__VA_ARGS__})
#define refuses(name, ...) expect_refusal(draw_##name, &(struct plot_##name){__VA_ARGS__})
#define STACK(n)                                                    \
    {                                                               \
        .bytes = bytes, .count = (n), .rows = SIDE, .columns = SIDE \
    }

#endif
