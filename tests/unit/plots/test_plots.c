/*
 * test_plots - every picture, drawn by the real gnuplot from small, large, unusual and invalid
 * data.
 *
 * Each picture must have a well-formed SVG without text outside its frame, a PNG of twice the size,
 * and a sentence. A second gnuplot process that has drawn other pictures before must give the same
 * SVG, byte for byte. Data that cannot be drawn must be rejected with a reason. The values come
 * from formulas: the tests prove the drawing, not the data.
 */
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
#include "tests/unit/plots/svg_check.h"

enum { SIDE = 28, SIZE = SIDE * SIDE, MANY = 400, LONG = 5000 };

static struct gnuplot *first, *second;
static unsigned char bytes[MANY * SIZE];
static float floats[MANY * SIZE];
static double values[LONG];
static const char *captions[MANY];
static bool marked[MANY];
static int indices[MANY];
static float parts[MANY];
static unsigned char labels[LONG];
static long long counts[PLOT_CLASSES_MAX * PLOT_CLASSES_MAX + 7];

static const char *const words[PLOT_CLASSES_MAX] = {
    "T-shirt/top",
    "it's `id`",
    "\"quoted\" \\n",
    "_sub ^sup {brace} @at &amp; <b>",
    "fünf 五 😀",
    "\xff\xfe broken",
    "",
    "a name so long that no picture has the room for all of it, ever",
    NULL,
    "Ankle boot"};

static int set_up(void **state)
{
    (void)state;
    first = gnuplot_new(&(struct gnuplot_config){.plots_dir = "plots"});
    second = gnuplot_new(&(struct gnuplot_config){.plots_dir = "plots"});
    for (int i = 0; i < MANY * SIZE; i++) {
        int x = i % SIDE - 14, y = i / SIDE % SIDE - 14, r = x * x + y * y;
        bytes[i] = (unsigned char)(r > 40 + i / SIZE % 30 && r < 110 ? 255 - r : 0);
        floats[i] = (float)sin(i * 0.05) * 0.3f;
    }
    for (int i = 0; i < MANY; i++) {
        captions[i] = words[i % 10];
        marked[i] = i % 3 == 0;
        indices[i] = i % 10;
        parts[i] = (float)(i % 101) / 100;
    }
    for (int i = 0; i < LONG; i++) {
        values[i] = 1 / (1 + i * 0.1);
        labels[i] = (unsigned char)(i % 10);
    }
    for (int i = 0; i < PLOT_CLASSES_MAX * PLOT_CLASSES_MAX; i++)
        counts[i] = i % 7 == 0 ? i * 1000 : 0;
    return first == NULL || second == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    gnuplot_free(&first);
    gnuplot_free(&second);
    return 0;
}

typedef bool draw_function(struct gnuplot *gnuplot, const void *config, struct picture *picture,
                           struct plot_error *error);

/* Earlier pictures with other colours must not affect the result. */
static void draw_something_else(struct gnuplot *gnuplot)
{
    struct picture picture = {0};
    struct plot_filters config = {.weights = floats, .count = 1, .rows = 3, .columns = 3};
    assert_true(plot_filters(gnuplot, &config, &picture, NULL));
    picture_release(&picture);
}

static void expect_picture(draw_function *draw, const void *config)
{
    struct picture picture = {0}, again = {0};
    struct plot_error error = {0};
    char wrong[200];
    if (!draw(first, config, &picture, &error))
        fail_msg("%s", error.text);
    const char *reason = svg_check(&picture, wrong);
    if (reason == NULL)
        reason = png_check(&picture);
    if (reason != NULL) {
        FILE *file = fopen("/tmp/test_plots_failed.svg", "w");
        fputs(picture.svg, file);
        fclose(file);
        fail_msg("%s", reason);
    }
    assert_true(strlen(picture.sentence) > 10);
    assert_null(strpbrk(picture.sentence, "\n\r\t"));
    assert_true(picture.svg_size < 300 * 1024);
    draw_something_else(second);
    if (!draw(second, config, &again, &error))
        fail_msg("%s", error.text);
    assert_string_equal(picture.svg, again.svg);
    assert_string_equal(picture.sentence, again.sentence);
    picture_release(&picture);
    picture_release(&again);
}

static void expect_refusal(draw_function *draw, const void *config)
{
    struct picture picture = {0};
    struct plot_error error = {0};
    assert_false(draw(first, config, &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_DATA);
    assert_true(strlen(error.text) > 10);
    assert_null(picture.svg);
    assert_false(draw(first, config, &picture, NULL));
}

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

ADAPT(images)
ADAPT(digit)
ADAPT(class_images)
ADAPT(variants)
ADAPT(before_after)
ADAPT(errors)
ADAPT(prediction)
ADAPT(filters)
ADAPT(maps)
ADAPT(class_counts)
ADAPT(pixel_histogram)
ADAPT(scatter)
ADAPT(explained)
ADAPT(rate)
ADAPT(confusion)
ADAPT(bars)
ADAPT(lines)

static void images(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 7, 9, 10, 40, 41, 100};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        draws(images, .images = STACK(sizes[i]), .captions = captions, .marked = marked);
    draws(images, .images = STACK(5), .across = 1, .title = captions[3]);
    draws(images, .images = STACK(3), .title = words[7], .sentence = "Said by the caller.");
    draws(images, .images = {.bytes = bytes, .count = 3, .rows = 1, .columns = 1});
    draws(images, .images = {.bytes = bytes, .count = 2, .rows = 256, .columns = 256});
    draws(images, .images = {.bytes = bytes, .count = 3, .rows = 1, .columns = 200});
    draws(
        images,
        .images = {.floats = (float[]){NAN, 1, INFINITY, -2}, .count = 1, .rows = 2, .columns = 2});
    refuses(images, .images = STACK(0));
    refuses(images, .images = STACK(PLOT_IMAGES_MAX + 1));
    refuses(images, .images = {.count = 3, .rows = 28, .columns = 28});
    refuses(images, .images = {.bytes = bytes, .count = 1, .rows = 257, .columns = 1});
    refuses(images, .images = {.floats = (float[]){NAN, NAN}, .count = 1, .rows = 1, .columns = 2});
}

static void digit(void **state)
{
    (void)state;
    draws(digit, .image = STACK(1), .label = "7");
    draws(digit, .image = {.floats = floats, .count = 1, .rows = 24, .columns = 24});
    draws(digit, .image = {.floats = (float[]){0.5f}, .count = 1, .rows = 1, .columns = 1},
          .label = words[3]);
    draws(digit, .image = {.bytes = bytes, .count = 1, .rows = 32, .columns = 32});
    refuses(digit, .image = STACK(2));
    refuses(digit, .image = {.bytes = bytes, .count = 1, .rows = 33, .columns = 32});
}

static void class_images(void **state)
{
    (void)state;
    draws(class_images, .mean = floats, .variance = floats, .classes = 10, .rows = SIDE,
          .columns = SIDE);
    draws(class_images, .mean = floats, .classes = 1, .rows = 5, .columns = 5, .names = words);
    draws(class_images, .variance = floats, .classes = 30, .rows = SIDE, .columns = SIDE,
          .names = words);
    refuses(class_images, .classes = 10, .rows = SIDE, .columns = SIDE);
    refuses(class_images, .mean = floats, .classes = 0, .rows = SIDE, .columns = SIDE);
}

static int occurrences(const char *text, const char *word)
{
    int count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        count++;
    return count;
}

static void class_images_have_each_caption_once(void **state)
{
    (void)state;
    static const char *const names[] = {"Trouser", "Coat", "Bag"};
    static const char *const drawn[] = {">Trouser<", ">Coat<", ">Bag<"};
    struct plot_class_images config = {.mean = floats,
                                       .variance = floats,
                                       .classes = 3,
                                       .rows = SIDE,
                                       .columns = SIDE,
                                       .names = names};
    struct picture picture = {0};
    assert_true(plot_class_images(first, &config, &picture, NULL));
    for (int i = 0; i < 3; i++) /* below the mean and below the variance */
        assert_int_equal(occurrences(picture.svg, drawn[i]), 2);
    size_t with_names = picture.png_size;
    picture_release(&picture);
    config.names = (const char *const[]){"", "", ""};
    assert_true(plot_class_images(first, &config, &picture, NULL));
    assert_true(with_names > picture.png_size); /* the PNG, drawn second, also contains the names */
    picture_release(&picture);
}

static void variants(void **state)
{
    (void)state;
    draws(variants, .originals = STACK(1), .variants = STACK(1));
    draws(variants, .originals = STACK(4), .variants = STACK(32), .captions = captions,
          .what = "rotate=15 shift=3");
    draws(variants, .originals = STACK(2), .variants = STACK(42), .captions = captions,
          .what = words[3]);
    refuses(variants, .originals = STACK(3), .variants = STACK(4));
    refuses(variants, .originals = STACK(0), .variants = STACK(0));
}

static void before_after(void **state)
{
    (void)state;
    struct plot_stack after = {.floats = floats, .count = 10, .rows = 24, .columns = 24};
    draws(before_after, .before = STACK(10), .after = after, .captions = captions,
          .what = "cropped");
    draws(before_after, .before = STACK(1), .after = STACK(1));
    draws(before_after, .before = STACK(33), .after = STACK(33), .captions = captions);
    refuses(before_after, .before = STACK(1), .after = STACK(2));
}

static void errors(void **state)
{
    (void)state;
    draws(errors, .images = STACK(25), .truth = indices, .predicted = indices + 3,
          .probability = parts, .wrong = 83, .total = 10000);
    draws(errors, .images = STACK(16), .truth = indices, .predicted = indices + 3, .names = words,
          .classes = 10);
    draws(errors, .images = STACK(1), .truth = indices, .predicted = indices,
          .probability = (float[]){NAN});
    refuses(errors, .images = STACK(16), .truth = indices, .predicted = indices, .names = words,
            .classes = 9);
    refuses(errors, .images = STACK(0), .truth = indices, .predicted = indices);
}

/* The SVG contains the caption of an error with this probability. */
static void expect_error_caption(float probability, const char *caption)
{
    struct plot_errors config = {.images = STACK(1),
                                 .truth = (int[]){5},
                                 .predicted = (int[]){3},
                                 .probability = &probability,
                                 .wrong = 1234,
                                 .total = 10000};
    struct picture picture = {0};
    assert_true(plot_errors(first, &config, &picture, NULL));
    if (strstr(picture.svg, caption) == NULL)
        fail_msg("no caption \"%s\"", caption);
    assert_non_null(
        strstr(picture.sentence, "1 of the 1,234 errors among 10,000 images, each with"));
    picture_release(&picture);
}

static void error_captions_have_the_index(void **state)
{
    (void)state;
    struct plot_errors config = {.images = STACK(2),
                                 .truth = (int[]){5, 4},
                                 .predicted = (int[]){3, 9},
                                 .index = (int[]){2130, 0},
                                 .probability = (float[]){0.5f, 0.4f}};
    struct picture picture = {0};
    assert_true(plot_errors(first, &config, &picture, NULL));
    assert_non_null(strstr(picture.svg, "#2130<"));
    assert_non_null(strstr(picture.svg, "#0<"));
    assert_non_null(strstr(picture.sentence, "each with its index, true class"));
    assert_non_null(strstr(picture.sentence, "the first, image 2130, is a 5 predicted as a 3."));
    picture_release(&picture);
}

static void error_captions(void **state)
{
    (void)state;
    expect_error_caption(0.5f, "5 \xE2\x86\x92 3, 50\xC2\xA0%<");
    expect_error_caption(0.994f, ", 99\xC2\xA0%<");
    expect_error_caption(0.997f, ", 99.7\xC2\xA0%<");
    expect_error_caption(0.9999f, ", 100\xC2\xA0%<");
}

static void prediction(void **state)
{
    (void)state;
    draws(prediction, .image = STACK(1), .probabilities = parts, .classes = 10, .truth = -1);
    draws(prediction, .image = STACK(1), .probabilities = parts, .classes = 30, .names = words,
          .truth = 3);
    draws(prediction, .image = STACK(1), .probabilities = (float[]){1}, .classes = 1, .truth = 0);
    draws(prediction, .image = STACK(1), .probabilities = (float[]){NAN, 0.25f}, .classes = 2,
          .truth = 0);
    refuses(prediction, .image = STACK(1), .probabilities = (float[]){NAN}, .classes = 1,
            .truth = 0);
    refuses(prediction, .image = STACK(1), .probabilities = parts, .classes = 10, .truth = 10);
}

static void prediction_sentence(void **state)
{
    (void)state;
    struct plot_prediction config = {
        .image = STACK(1), .probabilities = (float[]){0.0001f, 0.9999f}, .classes = 2, .truth = 0};
    struct picture picture = {0};
    assert_true(plot_prediction(first, &config, &picture, NULL));
    assert_string_equal(picture.sentence,
                        "The network predicts 1 with a probability of 99.99 %; the true class is "
                        "0 with 0.01 %.");
    assert_non_null(strstr(picture.svg, ">99.99<"));
    assert_null(strstr(picture.svg, "100.0"));
    picture_release(&picture);
}

static void filters(void **state)
{
    (void)state;
    draws(filters, .weights = floats, .count = 8, .rows = 3, .columns = 3, .layer = "conv1");
    draws(filters, .weights = floats, .count = 64, .rows = 5, .columns = 5, .layer = words[3]);
    draws(filters, .weights = floats, .count = 1, .rows = 1, .columns = 1);
    draws(filters, .weights = (float[9]){0}, .count = 1, .rows = 3, .columns = 3);
    refuses(filters, .weights = floats, .count = 0, .rows = 3, .columns = 3);
}

/* Filters and maps are numbered from 0, like the channels in the tensors and in the sentence. */
static void filters_and_maps_are_numbered(void **state)
{
    (void)state;
    static float ramp[12 * 9];
    for (int i = 0; i < 12 * 9; i++)
        ramp[i] = (float)i;
    struct plot_filters filters = {.weights = ramp, .count = 12, .rows = 3, .columns = 3};
    struct plot_maps maps = {.maps = ramp, .count = 12, .rows = 3, .columns = 3};
    struct picture picture = {0};
    assert_true(plot_filters(first, &filters, &picture, NULL));
    assert_int_equal(occurrences(picture.svg, ">0<"), 2); /* one of them in the colour box */
    assert_int_equal(occurrences(picture.svg, ">11<"), 1);
    assert_int_equal(occurrences(picture.svg, ">12<"), 0);
    picture_release(&picture);
    filters.channels = 4;
    assert_true(plot_filters(first, &filters, &picture, NULL));
    assert_int_equal(occurrences(picture.svg, ">2,3<"), 1);
    assert_non_null(strstr(picture.sentence, "12 filter channels of 3 x 3 weights"));
    picture_release(&picture);
    maps.image = (struct plot_stack)STACK(1);
    assert_true(plot_maps(first, &maps, &picture, NULL));
    assert_int_equal(occurrences(picture.svg, ">10<"), 1);
    assert_int_equal(occurrences(picture.svg, ">11<"), 1);
    assert_int_equal(occurrences(picture.svg, ">input<"), 1);
    assert_non_null(strstr(picture.sentence, "map 11 has the highest mean"));
    picture_release(&picture);
}

static void maps(void **state)
{
    (void)state;
    draws(maps, .maps = floats, .count = 32, .rows = 14, .columns = 14, .layer = "conv2",
          .image = STACK(1));
    draws(maps, .maps = floats, .count = 64, .rows = 7, .columns = 7);
    draws(maps, .maps = (float[]){2}, .count = 1, .rows = 1, .columns = 1, .image = STACK(1));
    draws(maps, .maps = (float[]){1e30f, -1e-30f, NAN, 0}, .count = 1, .rows = 2, .columns = 2);
    refuses(maps, .maps = floats, .count = 401, .rows = 2, .columns = 2);
}

static void class_counts(void **state)
{
    (void)state;
    static const long long huge[] = {4000000000000000000, 1, 0};
    for (int classes = 1; classes <= PLOT_CLASSES_MAX; classes += classes < 3 ? 1 : 9)
        draws(class_counts, .train = counts, .validation = counts, .test = counts,
              .classes = classes, .names = words);
    draws(class_counts, .train = counts, .test = counts, .classes = 10);
    draws(class_counts, .test = huge, .classes = 3);
    draws(class_counts, .test = (long long[]){0, 0}, .classes = 2);
    refuses(class_counts, .classes = 10);
    refuses(class_counts, .train = (long long[]){-1}, .classes = 1);
    refuses(class_counts, .train = counts, .classes = PLOT_CLASSES_MAX + 1);
}

static void pixel_histogram(void **state)
{
    (void)state;
    unsigned long long pixels[256] = {0};
    refuses(pixel_histogram, .counts = pixels);
    pixels[7] = 1;
    draws(pixel_histogram, .counts = pixels);
    for (int i = 0; i < 256; i++)
        pixels[i] = i == 0 ? 18000000000000000000u : (unsigned long long)i;
    draws(pixel_histogram, .counts = pixels);
}

static void scatter(void **state)
{
    (void)state;
    draws(scatter, .x = floats, .y = floats + 31, .labels = labels, .count = LONG, .classes = 10,
          .share_x = 0.097, .share_y = 0.071);
    draws(scatter, .x = floats, .y = floats, .labels = labels, .count = 30, .classes = 30,
          .names = words);
    draws(scatter, .x = floats, .y = floats, .labels = labels, .count = 1, .classes = 1,
          .x_name = words[7]);
    draws(scatter, .x = (float[]){NAN, 1}, .y = (float[]){1, 1}, .labels = labels, .count = 2,
          .classes = 10);
    refuses(scatter, .x = (float[]){NAN}, .y = (float[]){1}, .labels = labels, .count = 1,
            .classes = 10);
    refuses(scatter, .x = floats, .y = floats, .labels = labels, .count = 10, .classes = 9);
    refuses(scatter, .x = floats, .y = floats, .labels = labels, .count = 0, .classes = 9);
}

static void explained(void **state)
{
    (void)state;
    double shares[784];
    for (int i = 0; i < 784; i++)
        shares[i] = 0.1 * exp(-i * 0.1);
    draws(explained, .shares = shares, .count = 784);
    draws(explained, .shares = shares, .count = 3);
    draws(explained, .shares = (double[]){1}, .count = 1);
    draws(explained, .shares = (double[]){0.9, NAN, 0.1}, .count = 3);
    refuses(explained, .shares = shares, .count = 0);
}

static bool draw_loss(struct gnuplot *gnuplot, const void *config, struct picture *picture,
                      struct plot_error *error)
{
    return plot_loss(gnuplot, config, picture, error);
}

static bool draw_accuracy(struct gnuplot *gnuplot, const void *config, struct picture *picture,
                          struct plot_error *error)
{
    return plot_accuracy(gnuplot, config, picture, error);
}

static void curves(void **state)
{
    (void)state;
    double none[] = {NAN, INFINITY}, some[] = {NAN, 0.5, 0.4, NAN, 0.45}, same[] = {0.3, 0.3, 0.3};
    double odd[] = {1, 2, 3, 4, 4.37}, huge[] = {1e300, -1e300, 0};
    static draw_function *const draw[] = {draw_loss, draw_accuracy};
    for (int i = 0; i < 2; i++) {
        expect_picture(draw[i],
                       &(struct plot_curve){.train = values, .validation = values + 3, .count = 5});
        expect_picture(
            draw[i],
            &(struct plot_curve){
                .train = values, .validation = some, .epochs = odd, .count = 5, .whole = 4});
        expect_picture(draw[i],
                       &(struct plot_curve){.validation = some, .count = 5, .best = 2, .whole = 1});
        expect_picture(draw[i], &(struct plot_curve){
                                    .train = values, .count = 1, .best = -1, .title = words[3]});
        expect_picture(draw[i],
                       &(struct plot_curve){.train = same, .validation = same, .count = 3});
        expect_picture(draw[i],
                       &(struct plot_curve){.train = values, .validation = values, .count = LONG});
        expect_picture(draw[i], &(struct plot_curve){.train = huge, .count = 3});
        expect_refusal(draw[i], &(struct plot_curve){.train = none, .count = 2});
        expect_refusal(draw[i], &(struct plot_curve){.count = 2});
        expect_refusal(draw[i], &(struct plot_curve){.train = values});
    }
}

static void curve_sentence(void **state)
{
    (void)state;
    double train[] = {0.31, 0.09, 0.05, 0.03, 0.02},
           validation[] = {0.12, 0.07, 0.05, 0.041, 0.045};
    struct plot_curve config = {.train = train, .validation = validation, .count = 5};
    struct picture picture = {0};
    assert_true(plot_loss(first, &config, &picture, NULL));
    assert_string_equal(
        picture.sentence,
        "Loss over 5 epochs: training falls from 0.31 to 0.02, validation is best at epoch 4 "
        "(0.041).");
    picture_release(&picture);
}

/* Large counts have separators, shares a space before their sign. */
static void numbers_in_sentences(void **state)
{
    (void)state;
    struct plot_rate steps = {.rates = (double[LONG]){0.5}, .count = LONG};
    double accuracy[1200] = {0.5};
    accuracy[1199] = 0.9814;
    struct plot_curve epochs = {.validation = accuracy, .count = 1200, .best = 1200};
    struct plot_confusion cells = {.counts = (long long[]){5000, 1000, 0, 4000}, .classes = 2};
    struct picture picture = {0};
    assert_true(plot_rate(first, &steps, &picture, NULL));
    assert_non_null(strstr(picture.sentence, "over 5,000 steps: "));
    picture_release(&picture);
    assert_true(plot_accuracy(first, &epochs, &picture, NULL));
    assert_string_equal(picture.sentence, "Accuracy over 1,200 epochs: validation is best at "
                                          "epoch 1,200 (98.14 %).");
    assert_non_null(strstr(picture.svg, "best: 98.14 % at epoch 1,200"));
    picture_release(&picture);
    assert_true(plot_confusion(first, &cells, &picture, NULL));
    assert_non_null(
        strstr(picture.sentence, "9,000 of 10,000 images (90.00 %) are classified correctly"));
    picture_release(&picture);
}

/* A class without images has no recall, and one that is never predicted no precision: "-". */
static void an_absent_class_has_dashes(void **state)
{
    (void)state;
    struct plot_confusion cells = {.counts = (long long[]){5, 0, 0, 0}, .classes = 2};
    struct plot_class_counts of_classes = {.train = (long long[]){0, 3, 2, 0}, .classes = 4};
    struct plot_class_counts of_one = {.train = (long long[]){0, 1}, .classes = 2};
    struct picture picture = {0};
    assert_true(plot_confusion(first, &cells, &picture, NULL));
    assert_int_equal(occurrences(picture.svg, ">-<"), 2);
    picture_release(&picture);
    assert_true(plot_class_counts(first, &of_classes, &picture, NULL));
    assert_string_equal(picture.sentence,
                        "5 images in 2 classes: class 1 is the most frequent, class 2 the least "
                        "frequent.");
    picture_release(&picture);
    assert_true(plot_class_counts(first, &of_one, &picture, NULL));
    assert_string_equal(picture.sentence, "1 image in 1 class.");
    picture_release(&picture);
}

static void rate(void **state)
{
    (void)state;
    draws(rate, .rates = values, .count = LONG, .epoch_ends = (double[]){469, 938}, .epochs = 2,
          .schedule = "one-cycle");
    draws(rate, .rates = values, .count = 1);
    draws(rate, .rates = (double[]){0, 0, 0}, .count = 3, .epoch_ends = (double[]){1, 2, 3},
          .epochs = 3);
    draws(rate, .rates = (double[]){NAN, 0.1, INFINITY}, .count = 3, .schedule = words[3]);
    refuses(rate, .rates = (double[]){NAN}, .count = 1);
    refuses(rate, .rates = values, .count = 0);
}

static void confusion(void **state)
{
    (void)state;
    for (int classes = 1; classes <= PLOT_CLASSES_MAX; classes += classes < 3 ? 1 : 9)
        draws(confusion, .counts = counts + 7, .classes = classes,
              .names = classes % 2 == 0 ? words : NULL);
    draws(confusion, .counts = (long long[]){5, 0, 0, 5}, .classes = 2);
    draws(confusion, .counts = (long long[]){1234567890123456, 1, 9, 0}, .classes = 2,
          .names = words);
    refuses(confusion, .counts = (long long[]){0, 0, 0, 0}, .classes = 2);
    refuses(confusion, .counts = (long long[]){1, -1, 0, 0}, .classes = 2);
    refuses(confusion, .counts = counts, .classes = 0);
}

static void bars(void **state)
{
    (void)state;
    double low[60], high[60];
    for (int i = 0; i < 60; i++) {
        low[i] = values[i] * 0.9;
        high[i] = values[i] * 1.1;
    }
    draws(bars, .labels = captions, .values = values, .low = low, .high = high, .count = 60,
          .axis = "recall");
    draws(bars, .labels = captions, .values = values, .count = 1, .title = words[3],
          .format = "%.1f%%");
    draws(bars, .labels = captions, .values = (double[]){-1, NAN, 1e9, -3e-9}, .count = 4);
    draws(bars, .labels = captions, .values = (double[]){0, 0}, .count = 2, .from = 0.96, .to = 1);
    refuses(bars, .labels = captions, .values = (double[]){NAN}, .count = 1);
    refuses(bars, .labels = captions, .values = values, .count = 61);
    static const char *const formats[] = {"%s", "%n", "none", "%d", "%f %f", "%", "%*f", "%.3"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        refuses(bars, .labels = captions, .values = values, .count = 1, .format = formats[i]);
}

static void lines(void **state)
{
    (void)state;
    struct plot_series series[PLOT_SERIES_MAX];
    for (int s = 0; s < PLOT_SERIES_MAX; s++)
        series[s] = (struct plot_series){.name = words[s],
                                         .y = values + s,
                                         .count = s == 3 ? LONG - 8 : 12,
                                         .points = s % 2 == 0};
    draws(lines, .series = series, .count = 8, .x_axis = "epoch", .y_axis = "loss",
          .title = "Eight");
    draws(lines, .series = series, .count = 2, .log_x = true, .log_y = true, .x_axis = words[3],
          .y_axis = words[7]);
    struct plot_series odd = {
        .y = (double[]){NAN, 0, -1, INFINITY, 5}, .x = (double[]){1, 2, 3, 4, NAN}, .count = 5};
    draws(lines, .series = &odd, .count = 1);
    refuses(lines, .series = &odd, .count = 1, .log_y = true);
    refuses(lines, .series = series, .count = 0);
    refuses(lines, .series = series, .count = 9);
    struct plot_series one = {.y = values, .count = 1}, empty = {.y = values};
    draws(lines, .series = &one, .count = 1, .log_y = true);
    refuses(lines, .series = &empty, .count = 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images),
        cmocka_unit_test(digit),
        cmocka_unit_test(class_images),
        cmocka_unit_test(class_images_have_each_caption_once),
        cmocka_unit_test(variants),
        cmocka_unit_test(before_after),
        cmocka_unit_test(errors),
        cmocka_unit_test(error_captions),
        cmocka_unit_test(error_captions_have_the_index),
        cmocka_unit_test(prediction),
        cmocka_unit_test(prediction_sentence),
        cmocka_unit_test(filters),
        cmocka_unit_test(maps),
        cmocka_unit_test(filters_and_maps_are_numbered),
        cmocka_unit_test(class_counts),
        cmocka_unit_test(pixel_histogram),
        cmocka_unit_test(scatter),
        cmocka_unit_test(explained),
        cmocka_unit_test(curves),
        cmocka_unit_test(curve_sentence),
        cmocka_unit_test(numbers_in_sentences),
        cmocka_unit_test(an_absent_class_has_dashes),
        cmocka_unit_test(rate),
        cmocka_unit_test(confusion),
        cmocka_unit_test(bars),
        cmocka_unit_test(lines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
