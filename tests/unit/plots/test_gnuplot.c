/*
 * test_gnuplot - pictures of the test's own templates, drawn by the real gnuplot.
 *
 * Proves: one process draws many pictures; pictures are reproducible to the byte; text is drawn
 * verbatim; a template with an error, a missing gnuplot and a wrong program are errors that state
 * the reason. test_gnuplot_process.c tests the life of the process.
 */
#include "tests/unit/plots/gnuplot_fixture.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

static int count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void one_process_draws_many_pictures(void **state)
{
    (void)state;
    int descriptors = count_descriptors();
    struct gnuplot *gnuplot = gnuplot_start();
    assert_int_equal(gnuplot_pid(gnuplot), 0);
    expect_drawn(gnuplot);
    int pid = gnuplot_pid(gnuplot);
    assert_true(pid > 0);
    assert_int_equal(getpgid(pid), pid); /* Ctrl-C at the terminal does not reach it */
    for (int i = 0; i < 5; i++)
        expect_drawn(gnuplot);
    assert_int_equal(gnuplot_pid(gnuplot), pid);
    gnuplot_free(&gnuplot);
    assert_null(gnuplot);
    assert_int_equal(kill(pid, 0), -1); /* reaped */
    assert_int_equal(count_descriptors(), descriptors);
    gnuplot_free(&gnuplot);
}

static void pictures_are_reproducible_to_the_byte(void **state)
{
    (void)state;
    struct gnuplot *first = gnuplot_start(), *second = gnuplot_start();
    struct picture a = {0}, b = {0}, between = {0};
    struct plot_error error = {0};
    assert_true(draw_template(first, "line", &a, &error));
    assert_true(draw_template(second, "other", &between, &error));
    assert_true(draw_template(second, "line", &b, &error));
    assert_string_equal(a.svg, b.svg);
    assert_int_equal(a.png_size, b.png_size);
    assert_memory_equal(a.png, b.png, a.png_size);
    picture_release(&a);
    picture_release(&b);
    picture_release(&between);
    gnuplot_free(&first);
    gnuplot_free(&second);
}

static void text_is_drawn_verbatim(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = gnuplot_start();
    struct picture picture = {0};
    assert_true(draw_template(gnuplot, "line", &picture, NULL));
    const char *found = strstr(picture.svg, "it's `id` \"x\" _{a}^2 &amp; &lt;b> @c \\n #");
    assert_non_null(found);
    assert_non_null(strstr(found + 1, "it's `id` \"x\" _{a}^2 &amp; &lt;b> @c \\n #"));
    picture_release(&picture);
    gnuplot_free(&gnuplot);
}

static void the_error_of_a_template_names_its_line(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = gnuplot_start();
    struct plot_error error = {0};
    struct picture picture = {0};
    assert_false(draw_template(gnuplot, "wrong", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "wrong.gp\" line 1"));
    assert_non_null(strstr(error.text, "nothing_of_the_kind"));
    assert_null(strstr(error.text, "warning"));
    assert_false(draw_template(gnuplot, "not there", &picture, &error));
    assert_non_null(strstr(error.text, "not there.gp"));
    expect_drawn(gnuplot);
    gnuplot_free(&gnuplot);
}

static void a_template_with_much_output_does_not_block(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = gnuplot_start();
    struct plot_error error = {0};
    struct picture picture = {0};
    if (!draw_template(gnuplot, "talks", &picture, &error))
        fail_msg("%s", error.text);
    picture_release(&picture);
    gnuplot_free(&gnuplot);
}

static void expect_missing(struct gnuplot *gnuplot)
{
    struct plot_error error = {0};
    struct picture picture = {0};
    int descriptors = count_descriptors();
    assert_false(draw_template(gnuplot, "line", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "gnuplot was not found"));
    assert_non_null(strstr(error.text, "apt-get install gnuplot"));
    assert_non_null(strstr(error.text, "MNIST_GNUPLOT"));
    assert_int_equal(count_descriptors(), descriptors);
}

static void the_error_of_a_missing_gnuplot_gives_advice(void **state)
{
    (void)state;
    char *path = strdup(getenv("PATH"));
    assert_non_null(path);
    struct gnuplot *gnuplot = gnuplot_start();
    setenv("PATH", template_folder, 1);
    expect_missing(gnuplot);
    setenv("PATH", path, 1);
    expect_drawn(gnuplot); /* gnuplot was installed in between */
    gnuplot_free(&gnuplot);
    setenv("MNIST_GNUPLOT", "/no/such/gnuplot", 1);
    gnuplot = gnuplot_start();
    expect_missing(gnuplot);
    unsetenv("MNIST_GNUPLOT");
    gnuplot_free(&gnuplot);
    free(path);
}

static void another_program_is_an_error(void **state)
{
    (void)state;
    static const char *const programs[] = {"/bin/false", "/bin/true"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        struct gnuplot *gnuplot = gnuplot_new(
            &(struct gnuplot_config){.plots_dir = template_folder, .program = programs[i]});
        struct plot_error error = {0};
        struct picture picture = {0};
        assert_false(draw_template(gnuplot, "line", &picture, &error));
        assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
        gnuplot_free(&gnuplot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_process_draws_many_pictures),
        cmocka_unit_test(pictures_are_reproducible_to_the_byte),
        cmocka_unit_test(text_is_drawn_verbatim),
        cmocka_unit_test(the_error_of_a_template_names_its_line),
        cmocka_unit_test(a_template_with_much_output_does_not_block),
        cmocka_unit_test(the_error_of_a_missing_gnuplot_gives_advice),
        cmocka_unit_test(another_program_is_an_error),
    };
    return cmocka_run_group_tests(tests, gnuplot_templates, gnuplot_templates_remove);
}
