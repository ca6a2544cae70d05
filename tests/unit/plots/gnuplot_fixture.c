/*
 * gnuplot_fixture - templates in a temporary folder, and checks of the picture (see
 * gnuplot_fixture.h).
 */
#include "tests/unit/plots/gnuplot_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/plots/svg_check.h"

char template_folder[64];

static void write_template(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s.gp", template_folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

int gnuplot_templates(void **state)
{
    (void)state;
    snprintf(template_folder, sizeof template_folder, "/tmp/test_gnuplot.XXXXXX");
    if (mkdtemp(template_folder) == NULL)
        return -1;
    write_template(
        "line",
        "set label 1 words at screen 0.1, 0.5\nplot $d using 1:2 with linespoints title words\n");
    write_template("other", "set palette gray\nplot $d matrix with image\n");
    write_template("wrong", "plot nothing_of_the_kind\n");
    write_template("slow", "do for [i = 1:1000000] { k = i; pause 0.01 }\nplot 0\n");
    write_template("dies", "system(sprintf('kill -9 %d', GPVAL_PID))\npause 5\n");
    write_template(
        "talks",
        "do for [i = 1:20000] { print 'a line of idle talk, to fill every buffer' }\nplot 0\n");
    return 0;
}

int gnuplot_templates_remove(void **state)
{
    (void)state;
    static const char *const names[] = {"line", "other", "wrong", "slow", "dies", "talks"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s.gp", template_folder, names[i]);
        unlink(path);
    }
    return rmdir(template_folder);
}

struct gnuplot *gnuplot_start(void)
{
    struct gnuplot *gnuplot = gnuplot_new(&(struct gnuplot_config){.plots_dir = template_folder});
    assert_non_null(gnuplot);
    return gnuplot;
}

bool draw_template(struct gnuplot *gnuplot, const char *template, struct picture *picture,
                   struct plot_error *error)
{
    static const char definitions[] =
        "words = 'it''s `id` \"x\" _{a}^2 & <b> @c \\n #'\n$d << EOD\n1 2\n2 1\n3 5\nEOD\n";
    struct gnuplot_job job = {.template = template,
                              .definitions = definitions,
                              .definitions_size = sizeof definitions - 1,
                              .width = 640,
                              .height = 300,
                              .title = "a title",
                              .sentence = "A sentence."};
    return gnuplot_draw(gnuplot, &job, picture, error);
}

void expect_drawn(struct gnuplot *gnuplot)
{
    struct picture picture = {0};
    struct plot_error error = {0};
    char wrong[200];
    if (!draw_template(gnuplot, "line", &picture, &error))
        fail_msg("%s", error.text);
    const char *reason = svg_check(&picture, wrong);
    if (reason != NULL)
        fail_msg("%s", reason);
    assert_null(png_check(&picture));
    assert_string_equal(picture.sentence, "A sentence.");
    picture_release(&picture);
    assert_null(picture.svg);
}
