/*
 * test_gnuplot_process - the gnuplot process when it is killed, interrupted or slow, and when its
 * host forks or ends.
 *
 * Each time the error states the reason, the next picture succeeds, and no process is left.
 */
#include "tests/unit/plots/gnuplot_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/base/clock.h"

static void a_killed_process_is_replaced(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = gnuplot_start();
    for (int i = 0; i < 10; i++) {
        expect_drawn(gnuplot);
        kill(gnuplot_pid(gnuplot), SIGKILL);
        if (i % 2 == 0)
            usleep(20000); /* with and without time for it to end before the next picture */
    }
    expect_drawn(gnuplot);
    gnuplot_free(&gnuplot);
}

static void a_process_that_dies_while_drawing_is_an_error(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = gnuplot_start();
    struct plot_error error = {0};
    struct picture picture = {0};
    assert_false(draw_template(gnuplot, "dies", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "dies"));
    assert_null(picture.svg);
    expect_drawn(gnuplot);
    gnuplot_free(&gnuplot);
}

/* True once, at the call that brings the number to 0. */
static bool stop_at_zero(void *context)
{
    int *calls = context;
    return --*calls == 0;
}

static void stop_ends_a_slow_picture(void **state)
{
    (void)state;
    int calls = 10;
    struct gnuplot *gnuplot = gnuplot_new(&(struct gnuplot_config){
        .plots_dir = template_folder, .stop = stop_at_zero, .stop_context = &calls});
    struct plot_error error = {0};
    struct picture picture = {0};
    assert_non_null(gnuplot);
    int64_t begin = clock_ms();
    assert_false(draw_template(gnuplot, "slow", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_INTERRUPTED);
    assert_true(clock_ms() - begin < 3000);
    assert_int_equal(gnuplot_pid(gnuplot), 0);
    expect_drawn(gnuplot);
    gnuplot_free(&gnuplot);
}

static void a_picture_has_a_time_limit(void **state)
{
    (void)state;
    struct gnuplot *gnuplot =
        gnuplot_new(&(struct gnuplot_config){.plots_dir = template_folder, .timeout_ms = 300});
    struct plot_error error = {0};
    struct picture picture = {0};
    assert_false(draw_template(gnuplot, "slow", &picture, &error));
    assert_int_equal(error.kind, PLOT_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "0.3 s"));
    gnuplot_free(&gnuplot);
}

/* The forked child draws with a new gnuplot; the parent's gnuplot keeps running. */
static void a_forked_process_starts_its_own_gnuplot(void **state)
{
    (void)state;
    struct gnuplot *gnuplot = gnuplot_start();
    expect_drawn(gnuplot);
    int pid = gnuplot_pid(gnuplot);
    pid_t copy = fork();
    if (copy == 0) {
        gnuplot_after_fork(gnuplot);
        struct picture picture = {0};
        bool fine = gnuplot_pid(gnuplot) == 0 && draw_template(gnuplot, "line", &picture, NULL) &&
                    gnuplot_pid(gnuplot) != pid;
        gnuplot_free(&gnuplot);
        _exit(fine ? 0 : 1);
    }
    expect_drawn(gnuplot);
    int status = -1;
    assert_int_equal(waitpid(copy, &status, 0), copy);
    assert_int_equal(status, 0);
    expect_drawn(gnuplot);
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
        struct gnuplot *gnuplot = gnuplot_start();
        struct picture picture = {0};
        int pid = draw_template(gnuplot, "line", &picture, NULL) ? gnuplot_pid(gnuplot) : 0;
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
static void signals_do_not_affect_pictures(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = count_interrupt}, before;
    assert_int_equal(sigaction(SIGINT, &action, &before), 0);
    struct gnuplot *gnuplot = gnuplot_start();
    pid_t parent = getpid(), sender = fork();
    if (sender == 0) {
        for (int i = 0; i < 500; i++) {
            kill(parent, SIGINT);
            usleep(1000);
        }
        _exit(0);
    }
    for (int i = 0; i < 3; i++)
        expect_drawn(gnuplot);
    while (waitpid(sender, NULL, 0) < 0)
        continue;
    assert_true(interrupts > 0);
    gnuplot_free(&gnuplot);
    sigaction(SIGINT, &before, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_process_is_replaced),
        cmocka_unit_test(a_process_that_dies_while_drawing_is_an_error),
        cmocka_unit_test(stop_ends_a_slow_picture),
        cmocka_unit_test(a_picture_has_a_time_limit),
        cmocka_unit_test(a_forked_process_starts_its_own_gnuplot),
        cmocka_unit_test(gnuplot_ends_with_its_host),
        cmocka_unit_test(signals_do_not_affect_pictures),
    };
    return cmocka_run_group_tests(tests, gnuplot_templates, gnuplot_templates_remove);
}
