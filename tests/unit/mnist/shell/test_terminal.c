/*
 * test_terminal - the progress line of a long command.
 *
 * By hand: the line of a log for given values. The remaining time is rounded up, and is omitted
 * before the first unit is done: "0 s left" never appears before the end.
 */
#include "mnist/shell/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static bool never(void *context)
{
    (void)context;
    return false;
}

/* The progress line in a log. */
static void expect_line(struct progress_display progress, const char *line)
{
    char text[512];
    struct terminal terminal;
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    assert_non_null(file);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    terminal_init(&terminal, never, NULL);
    terminal.output.progress(&terminal.output, &progress);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    fclose(file);
    assert_string_equal(text, line);
}

static void what_is_left(void **state)
{
    (void)state;
    struct progress_display progress = {
        .what = "training", .unit = "images", .done = 300, .total = 1000, .elapsed_s = 30};
    expect_line(progress, "training  30 %  10 images/s  70 s left\n");
    progress.done = 999;
    expect_line(progress, "training 100 %  33 images/s  1 s left\n");
    progress.done = progress.begun = 120; /* a resumed training, before its first batch is done */
    expect_line(progress, "training  12 %\n");
    progress.done = progress.total;
    progress.begun = 0;
    progress.note = "epoch 5 of 5";
    expect_line(progress, "training 100 %  33 images/s  epoch 5 of 5\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
