/*
 * plots_fixture - test data from formulas, two gnuplot processes and checks (see plots_fixture.h).
 */
#include "tests/unit/plots/plots_fixture.h"

#include "tests/unit/plots/svg_check.h"

struct gnuplot *first_gnuplot, *second_gnuplot;
unsigned char bytes[MANY * SIZE];
float floats[MANY * SIZE];
double values[LONG];
const char *captions[MANY];
bool marked[MANY];
int indices[MANY];
float parts[MANY];
unsigned char labels[LONG];
long long counts[PLOT_CLASSES_MAX * PLOT_CLASSES_MAX + 7];

const char *const words[PLOT_CLASSES_MAX] = {
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

int plots_set_up(void **state)
{
    (void)state;
    first_gnuplot = gnuplot_new(&(struct gnuplot_config){.plots_dir = "plots"});
    second_gnuplot = gnuplot_new(&(struct gnuplot_config){.plots_dir = "plots"});
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
    return first_gnuplot == NULL || second_gnuplot == NULL ? -1 : 0;
}

int plots_tear_down(void **state)
{
    (void)state;
    gnuplot_free(&first_gnuplot);
    gnuplot_free(&second_gnuplot);
    return 0;
}

/* Earlier pictures with other colours must not affect the result. */
static void draw_something_else(struct gnuplot *gnuplot)
{
    struct picture picture = {0};
    struct plot_filters config = {.weights = floats, .count = 1, .rows = 3, .columns = 3};
    assert_true(plot_filters(gnuplot, &config, &picture, NULL));
    picture_release(&picture);
}

void expect_picture(draw_function *draw, const void *config)
{
    struct picture picture = {0}, again = {0};
    struct plot_error error = {0};
    char wrong[200];
    if (!draw(first_gnuplot, config, &picture, &error))
        fail_msg("%s", error.text);
    const char *reason = svg_check(&picture, wrong);
    if (reason == NULL)
        reason = png_check(&picture);
    if (reason != NULL) {
        FILE *file = fopen("/tmp/mnist-test-picture.svg", "w");
        fputs(picture.svg, file);
        fclose(file);
        fail_msg("%s", reason);
    }
    assert_true(strlen(picture.sentence) > 10);
    assert_null(strpbrk(picture.sentence, "\n\r\t"));
    assert_true(picture.svg_size < 300 * 1024);
    draw_something_else(second_gnuplot);
    if (!draw(second_gnuplot, config, &again, &error))
        fail_msg("%s", error.text);
    assert_string_equal(picture.svg, again.svg);
    assert_string_equal(picture.sentence, again.sentence);
    picture_release(&picture);
    picture_release(&again);
}

void expect_refusal(draw_function *draw, const void *config)
{
    struct picture picture = {0};
    struct plot_error error = {0};
    assert_false(draw(first_gnuplot, config, &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_DATA);
    assert_true(strlen(error.text) > 10);
    assert_null(picture.svg);
    assert_false(draw(first_gnuplot, config, &picture, NULL));
}

int occurrences(const char *text, const char *word)
{
    int count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        count++;
    return count;
}
