/*
 * test_image_plots - pictures of images, filters and activation maps, drawn by the real gnuplot
 * from small, large, unusual and invalid data.
 *
 * plots_fixture.h lists the properties of a picture. Data that cannot be drawn must be rejected
 * with a reason.
 */
#include "tests/unit/plots/plots_fixture.h"

ADAPT(images)
ADAPT(digit)
ADAPT(class_images)
ADAPT(variants)
ADAPT(before_after)
ADAPT(errors)
ADAPT(prediction)
ADAPT(filters)
ADAPT(maps)

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

static void class_images_have_one_caption_each(void **state)
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
    assert_true(plot_class_images(first_gnuplot, &config, &picture, NULL));
    for (int i = 0; i < 3; i++) /* below the mean and below the variance */
        assert_int_equal(occurrences(picture.svg, drawn[i]), 2);
    size_t with_names = picture.png_size;
    picture_release(&picture);
    config.names = (const char *const[]){"", "", ""};
    assert_true(plot_class_images(first_gnuplot, &config, &picture, NULL));
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
    assert_true(plot_errors(first_gnuplot, &config, &picture, NULL));
    if (strstr(picture.svg, caption) == NULL)
        fail_msg("no caption \"%s\"", caption);
    assert_non_null(
        strstr(picture.sentence, "1 of the 1,234 errors among 10,000 images, each with"));
    picture_release(&picture);
}

static void error_captions_contain_the_index(void **state)
{
    (void)state;
    struct plot_errors config = {.images = STACK(2),
                                 .truth = (int[]){5, 4},
                                 .predicted = (int[]){3, 9},
                                 .index = (int[]){2130, 0},
                                 .probability = (float[]){0.5f, 0.4f}};
    struct picture picture = {0};
    assert_true(plot_errors(first_gnuplot, &config, &picture, NULL));
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
    assert_true(plot_prediction(first_gnuplot, &config, &picture, NULL));
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
static void filters_and_maps_are_numbered_from_zero(void **state)
{
    (void)state;
    static float ramp[12 * 9];
    for (int i = 0; i < 12 * 9; i++)
        ramp[i] = (float)i;
    struct plot_filters filters = {.weights = ramp, .count = 12, .rows = 3, .columns = 3};
    struct plot_maps maps = {.maps = ramp, .count = 12, .rows = 3, .columns = 3};
    struct picture picture = {0};
    assert_true(plot_filters(first_gnuplot, &filters, &picture, NULL));
    assert_int_equal(occurrences(picture.svg, ">0<"), 2); /* one of them in the colour box */
    assert_int_equal(occurrences(picture.svg, ">11<"), 1);
    assert_int_equal(occurrences(picture.svg, ">12<"), 0);
    picture_release(&picture);
    filters.channels = 4;
    assert_true(plot_filters(first_gnuplot, &filters, &picture, NULL));
    assert_int_equal(occurrences(picture.svg, ">2,3<"), 1);
    assert_non_null(strstr(picture.sentence, "12 filter channels of 3 x 3 weights"));
    picture_release(&picture);
    maps.image = (struct plot_stack)STACK(1);
    assert_true(plot_maps(first_gnuplot, &maps, &picture, NULL));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images),
        cmocka_unit_test(digit),
        cmocka_unit_test(class_images),
        cmocka_unit_test(class_images_have_one_caption_each),
        cmocka_unit_test(variants),
        cmocka_unit_test(before_after),
        cmocka_unit_test(errors),
        cmocka_unit_test(error_captions),
        cmocka_unit_test(error_captions_contain_the_index),
        cmocka_unit_test(prediction),
        cmocka_unit_test(prediction_sentence),
        cmocka_unit_test(filters),
        cmocka_unit_test(maps),
        cmocka_unit_test(filters_and_maps_are_numbered_from_zero),
    };
    return cmocka_run_group_tests(tests, plots_set_up, plots_tear_down);
}
