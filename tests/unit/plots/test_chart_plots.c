/*
 * test_chart_plots - pictures of counts, curves, scatter and confusion, drawn by the real gnuplot
 * from small, large, unusual and invalid data.
 *
 * plots_fixture.h lists the properties of a picture. Data that cannot be drawn must be rejected
 * with a reason.
 */
#include "tests/unit/plots/plots_fixture.h"

ADAPT(class_counts)
ADAPT(pixel_histogram)
ADAPT(scatter)
ADAPT(explained)
ADAPT(rate)
ADAPT(confusion)
ADAPT(bars)
ADAPT(lines)

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
    assert_true(plot_loss(first_gnuplot, &config, &picture, NULL));
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
    assert_true(plot_rate(first_gnuplot, &steps, &picture, NULL));
    assert_non_null(strstr(picture.sentence, "over 5,000 steps: "));
    picture_release(&picture);
    assert_true(plot_accuracy(first_gnuplot, &epochs, &picture, NULL));
    assert_string_equal(picture.sentence, "Accuracy over 1,200 epochs: validation is best at "
                                          "epoch 1,200 (98.14 %).");
    assert_non_null(strstr(picture.svg, "best: 98.14 % at epoch 1,200"));
    picture_release(&picture);
    assert_true(plot_confusion(first_gnuplot, &cells, &picture, NULL));
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
    assert_true(plot_confusion(first_gnuplot, &cells, &picture, NULL));
    assert_int_equal(occurrences(picture.svg, ">-<"), 2);
    picture_release(&picture);
    assert_true(plot_class_counts(first_gnuplot, &of_classes, &picture, NULL));
    assert_string_equal(picture.sentence,
                        "5 images in 2 classes: class 1 is the most frequent, class 2 the least "
                        "frequent.");
    picture_release(&picture);
    assert_true(plot_class_counts(first_gnuplot, &of_one, &picture, NULL));
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
    return cmocka_run_group_tests(tests, plots_set_up, plots_tear_down);
}
