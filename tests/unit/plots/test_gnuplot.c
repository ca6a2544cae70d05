/*
 * test_gnuplot - runs the real gnuplot with the test's own templates in a temporary folder.
 *
 * Cases: gnuplot is killed, interrupted, missing or slow, a template is wrong, the process forks.
 * Each time the error states the reason, the next picture succeeds, and no descriptor, child
 * process or signal handler is left.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "mnist/base/clock.h"
#include "plots/gnuplot.h"
#include "tests/unit/plots/svg_check.h"

static char folder[64];

static void write_template(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s.gp", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_gnuplot.XXXXXX");
    if (mkdtemp(folder) == NULL)
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

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"line", "other", "wrong", "slow", "dies", "talks"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s.gp", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static struct gnuplot *start(void)
{
    struct gnuplot *gnuplot = gnuplot_new(&(struct gnuplot_config){.plots_dir = folder});
    assert_non_null(gnuplot);
    return gnuplot;
}

static bool draw(struct gnuplot *gnuplot, const char *template, struct picture *picture,
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

static void expect_picture(struct gnuplot *gnuplot)
{
    struct picture picture = {0};
    struct plot_error error = {0};
    char wrong[200];
    if (!draw(gnuplot, "line", &picture, &error))
        fail_msg("%s", error.text);
    const char *reason = svg_check(&picture, wrong);
    if (reason != NULL)
        fail_msg("%s", reason);
    assert_null(png_check(&picture));
    assert_string_equal(picture.sentence, "A sentence.");
    picture_release(&picture);
    assert_null(picture.svg);
}

static int count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void one_child_serves_many_pictures(void **state)
{
    (void)state;
    int descriptors = count_descriptors();
    struct gnuplot *gnuplot = start();
    assert_int_equal(gnuplot_pid(gnuplot), 0);
    expect_picture(gnuplot);
    int pid = gnuplot_pid(gnuplot);
    assert_true(pid > 0);
    assert_int_equal(getpgid(pid), pid); /* Ctrl-C at the terminal does not reach it */
    for (int i = 0; i < 5; i++)
        expect_picture(gnuplot);
    assert_int_equal(gnuplot_pid(gnuplot), pid);
    gnuplot_free(&gnuplot);
    assert_null(gnuplot);
    assert_int_equal(kill(pid, 0), -1); /* reaped */
    assert_int_equal(count_descriptors(), descriptors);
    gnuplot_free(&gnuplot);
}

static void pictures_repeat_to_the_byte(void **state)
{
    (void)state;
    struct gnuplot *first = start(), *second = start();
    struct picture a = {0}, b = {0}, between = {0};
    struct plot_error error = {0};
    assert_true(draw(first, "line", &a, &error));
    assert_true(draw(second, "other", &between, &error));
    assert_true(draw(second, "line", &b, &error));
    assert_string_equal(a.svg, b.svg);
    assert_int_equal(a.png_size, b.png_size);
    assert_memory_equal(a.png, b.png, a.png_size);
    picture_release(&a);
    picture_release(&b);
    picture_release(&between);
    gnuplot_free(&first);
    gnuplot_free(&second);
}

static void words_are_drawn_as_they_are(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = start();
    struct picture picture = {0};
    assert_true(draw(gnuplot, "line", &picture, NULL));
    const char *found = strstr(picture.svg, "it's `id` \"x\" _{a}^2 &amp; &lt;b> @c \\n #");
    assert_non_null(found);
    assert_non_null(strstr(found + 1, "it's `id` \"x\" _{a}^2 &amp; &lt;b> @c \\n #"));
    picture_release(&picture);
    gnuplot_free(&gnuplot);
}

static void a_killed_child_is_replaced(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = start();
    for (int i = 0; i < 10; i++) {
        expect_picture(gnuplot);
        kill(gnuplot_pid(gnuplot), SIGKILL);
        if (i % 2 == 0)
            usleep(20000); /* with and without time for it to end before the next picture */
    }
    expect_picture(gnuplot);
    gnuplot_free(&gnuplot);
}

static void a_child_that_dies_drawing_is_an_error(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = start();
    struct plot_error error = {0};
    struct picture picture = {0};
    assert_false(draw(gnuplot, "dies", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "dies"));
    assert_null(picture.svg);
    expect_picture(gnuplot);
    gnuplot_free(&gnuplot);
}

static void a_wrong_template_says_where(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = start();
    struct plot_error error = {0};
    struct picture picture = {0};
    assert_false(draw(gnuplot, "wrong", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "wrong.gp\" line 1"));
    assert_non_null(strstr(error.text, "nothing_of_the_kind"));
    assert_null(strstr(error.text, "warning"));
    assert_false(draw(gnuplot, "not there", &picture, &error));
    assert_non_null(strstr(error.text, "not there.gp"));
    expect_picture(gnuplot);
    gnuplot_free(&gnuplot);
}

static void a_talkative_template_does_not_block(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = start();
    struct plot_error error = {0};
    struct picture picture = {0};
    if (!draw(gnuplot, "talks", &picture, &error))
        fail_msg("%s", error.text);
    picture_release(&picture);
    gnuplot_free(&gnuplot);
}

static void expect_missing(struct gnuplot *gnuplot)
{
    struct plot_error error = {0};
    struct picture picture = {0};
    int descriptors = count_descriptors();
    assert_false(draw(gnuplot, "line", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "gnuplot was not found"));
    assert_non_null(strstr(error.text, "apt-get install gnuplot"));
    assert_non_null(strstr(error.text, "MNIST_GNUPLOT"));
    assert_int_equal(count_descriptors(), descriptors);
}

static void a_missing_gnuplot_says_what_to_do(void **state)
{
    (void)state;
    char *path = strdup(getenv("PATH"));
    assert_non_null(path);
    struct gnuplot *gnuplot = start();
    setenv("PATH", folder, 1);
    expect_missing(gnuplot);
    setenv("PATH", path, 1);
    expect_picture(gnuplot); /* gnuplot was installed in between */
    gnuplot_free(&gnuplot);
    setenv("MNIST_GNUPLOT", "/no/such/gnuplot", 1);
    gnuplot = start();
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
        struct gnuplot *gnuplot =
            gnuplot_new(&(struct gnuplot_config){.plots_dir = folder, .program = programs[i]});
        struct plot_error error = {0};
        struct picture picture = {0};
        assert_false(draw(gnuplot, "line", &picture, &error));
        assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
        gnuplot_free(&gnuplot);
    }
}

/* True once, at the call that brings the number to 0. */
static bool stop_soon(void *context)
{
    int *calls = context;
    return --*calls == 0;
}

static void stop_ends_a_slow_picture(void **state)
{
    (void)state;
    int calls = 10;
    struct gnuplot *gnuplot = gnuplot_new(
        &(struct gnuplot_config){.plots_dir = folder, .stop = stop_soon, .stop_context = &calls});
    struct plot_error error = {0};
    struct picture picture = {0};
    assert_non_null(gnuplot);
    int64_t begin = clock_ms();
    assert_false(draw(gnuplot, "slow", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_INTERRUPTED);
    assert_true(clock_ms() - begin < 3000);
    assert_int_equal(gnuplot_pid(gnuplot), 0);
    expect_picture(gnuplot);
    gnuplot_free(&gnuplot);
}

static void a_picture_has_its_time(void **state)
{
    (void)state;
    struct gnuplot *gnuplot =
        gnuplot_new(&(struct gnuplot_config){.plots_dir = folder, .timeout_ms = 300});
    struct plot_error error = {0};
    struct picture picture = {0};
    assert_false(draw(gnuplot, "slow", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "0.3 s"));
    gnuplot_free(&gnuplot);
}

/* The forked child draws with a new gnuplot; the parent's gnuplot keeps running. */
static void a_fork_gets_a_gnuplot_of_its_own(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = start();
    expect_picture(gnuplot);
    int pid = gnuplot_pid(gnuplot);
    pid_t copy = fork();
    if (copy == 0) {
        gnuplot_after_fork(gnuplot);
        struct picture picture = {0};
        bool fine = gnuplot_pid(gnuplot) == 0 && draw(gnuplot, "line", &picture, NULL) &&
                    gnuplot_pid(gnuplot) != pid;
        gnuplot_free(&gnuplot);
        _exit(fine ? 0 : 1);
    }
    expect_picture(gnuplot);
    int status = -1;
    assert_int_equal(waitpid(copy, &status, 0), copy);
    assert_int_equal(status, 0);
    expect_picture(gnuplot);
    assert_int_equal(gnuplot_pid(gnuplot), pid);
    gnuplot_free(&gnuplot);
}

/* The standby of a killed session must not keep its gnuplot alive. */
static void gnuplot_ends_with_its_host(void **state)
{
    (void)state;
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t host = fork();
    if (host == 0) {
        struct gnuplot *gnuplot = start();
        struct picture picture = {0};
        int pid = draw(gnuplot, "line", &picture, NULL) ? gnuplot_pid(gnuplot) : 0;
        if (write(pipe_ends[1], &pid, sizeof pid) != sizeof pid)
            _exit(1);
        raise(SIGKILL);
    }
    int pid = 0;
    assert_int_equal(read(pipe_ends[0], &pid, sizeof pid), sizeof pid);
    waitpid(host, NULL, 0);
    assert_true(pid > 0);
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    bool gone = false;
    for (int i = 0; i < 200 && !gone; i++) {
        usleep(10000);
        FILE *file = fopen(path, "r");
        gone =
            file == NULL || fgets(text, sizeof text, file) == NULL || strstr(text, ") Z") != NULL;
        if (file != NULL)
            fclose(file);
    }
    assert_true(gone);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static volatile sig_atomic_t interrupts;

static void count_interrupt(int number)
{
    (void)number;
    interrupts = interrupts + 1;
}

/* Continuous signals neither end the process nor break a picture. */
static void signals_do_not_disturb(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = count_interrupt}, before;
    assert_int_equal(sigaction(SIGINT, &action, &before), 0);
    struct gnuplot *gnuplot = start();
    pid_t parent = getpid(), pest = fork();
    if (pest == 0) {
        for (int i = 0; i < 500; i++) {
            kill(parent, SIGINT);
            usleep(1000);
        }
        _exit(0);
    }
    for (int i = 0; i < 3; i++)
        expect_picture(gnuplot);
    while (waitpid(pest, NULL, 0) < 0)
        continue;
    assert_true(interrupts > 0);
    gnuplot_free(&gnuplot);
    sigaction(SIGINT, &before, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_child_serves_many_pictures),
        cmocka_unit_test(pictures_repeat_to_the_byte),
        cmocka_unit_test(words_are_drawn_as_they_are),
        cmocka_unit_test(a_killed_child_is_replaced),
        cmocka_unit_test(a_child_that_dies_drawing_is_an_error),
        cmocka_unit_test(a_wrong_template_says_where),
        cmocka_unit_test(a_talkative_template_does_not_block),
        cmocka_unit_test(a_missing_gnuplot_says_what_to_do),
        cmocka_unit_test(another_program_is_an_error),
        cmocka_unit_test(stop_ends_a_slow_picture),
        cmocka_unit_test(a_picture_has_its_time),
        cmocka_unit_test(a_fork_gets_a_gnuplot_of_its_own),
        cmocka_unit_test(gnuplot_ends_with_its_host),
        cmocka_unit_test(signals_do_not_disturb),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
