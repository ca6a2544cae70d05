/*
 * test_session - cells through session.h: values, texts, variables, settings and errors, and the
 * state that a failing cell leaves.
 *
 * session_fixture.h provides the session and its small data set. test_session_data.c tests the
 * commands for data, test_session_training.c those for networks and training.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <cblas.h>
#include <dirent.h>
#include <unistd.h>

static void values_and_texts(void **state)
{
    struct fixture *f = *state;
    run_ok(f, "6 * 7");
    assert_string_equal(f->memory.text, "value: 42\n");
    run_ok(f, "a = 2\nb = \"x\"\nprint $a $b \"and $a\"\nwarn \"careful\"");
    assert_non_null(strstr(f->memory.text, "out: 2"));
    assert_non_null(strstr(f->memory.text, "err: careful"));
    assert_true(f->report.changed);
    run_ok(f, "1 + 1\n2 + 2");
    assert_string_equal(f->memory.text, "value: 4\n");
    run_ok(f, "None");
    assert_string_equal(f->memory.text, "");
    run_ok(f, "# nothing\n\n");
    assert_false(f->report.changed);
    f->memory.answer = "17";
    run_ok(f, "ask n \"How many? \"\n$n + 1");
    said(f, "value: 18");
    run_ok(f, "clear wait");
    said(f, "clear wait");
    run_ok(f, "train?");
    said(f, "page: ");
    run_ok(f, "help train");
    said(f, "epochs");
    run_ok(f, "time version");
    said(f, "version took");
}

static void an_error_in_a_later_line_prevents_the_whole_cell(void **state)
{
    struct fixture *f = *state;
    run_fails(f, "a = 1\nprint \"hello\"\ntrain epochs=ten", "UsageError",
              "train epochs=ten\n      ^^^^^^^^^^ epochs must be an integer");
    assert_string_equal(f->memory.text, "");
    run_fails(f, "print $a", "UsageError", "a");
    run_fails(f, "evaluate confusoin", "UsageError", "did you mean `confusion`");
}

static void a_failing_line_keeps_the_effects_of_earlier_lines(void **state)
{
    struct fixture *f = *state;
    run_fails(f, "a = 5\n$a / 0\na = 6", "ArithmeticError", "$a / 0");
    run_ok(f, "$a");
    said(f, "value: 5");
    struct error error;
    char *plain = session_evaluate(f->session, "$a * 2", &error);
    assert_string_equal(plain, "10");
    free(plain);
    plain = session_evaluate(f->session, "a", &error);
    assert_string_equal(plain, "5");
    free(plain);
    assert_null(session_evaluate(f->session, "$nope", &error));
}

static void the_error_of_a_layer_marks_its_line(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "model lenet");
    run_fails(f, "model mine:\n    conv 8 5x5\n    maxpool 2\n    conv 8 15x15\n    dense 10",
              "UsageError", "    conv 8 15x15\n    ^");
    assert_string_equal(f->session->model.name, "lenet");
    run_fails(f, "model mine:\n    dense 11", "UsageError", "end the network with `dense 10`");
    run_fails(f, "model nosuch", "UsageError", "there is no network `nosuch`");
    run_ok(f, "model mine:\n    conv 4 5x5\n    relu\n    globalpool max\n    dense 10\n"
              "model fast\nmodel mine");
    assert_int_equal(network_layer_count(f->session->model.network), 4);
    run_ok(f, "model summary");
    said(f, "conv 4 5x5");
}

static void names_for_completion(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "speed = 3");
    run_ok(f, small_net);
    const struct live_names *names = session_names(f->session);
    assert_non_null(live_names_find(names, NAME_VARIABLE, "speed"));
    assert_non_null(live_names_find(names, NAME_LAYER, "conv1"));
    assert_non_null(live_names_find(names, NAME_MODEL, "tiny"));
    run_ok(f, "reset");
    assert_null(live_names_find(session_names(f->session), NAME_VARIABLE, "speed"));
    run_ok(f, "info\nset");
    assert_int_equal(f->memory.tables, 2);
}

static void plot_folder_writes_pictures_to_files(void **state)
{
    struct fixture *f = *state;
    char cell[400], path[300];
    load_small(f);
    snprintf(cell, sizeof cell,
             "set plot.folder=\"%s/pictures\" plot.format=svg\nexplore image 3\nexplore image 4",
             home);
    run_ok(f, cell);
    snprintf(path, sizeof path, "%s/pictures/explore-image.svg", home);
    assert_int_equal(access(path, R_OK), 0);
    snprintf(path, sizeof path, "%s/pictures/explore-image-2.svg", home);
    assert_int_equal(access(path, R_OK), 0);
    snprintf(path, sizeof path, "%s/pictures/explore-image.png", home);
    assert_int_not_equal(access(path, R_OK), 0);
    run_fails(f, "set plot.folder=/proc/nowhere\nexplore image 5", "SystemError", "/proc/nowhere");
}

static void a_failing_set_changes_no_setting(void **state)
{
    struct fixture *f = *state;
    run_ok(f, "set threads=64"); /* THREAD_POOL_THREADS_MAX */
    run_fails(f, "set threads=65", "UsageError", "from 1 to 64");
    run_ok(f, "set threads=2 plot.format=svg");
    run_fails(f, "set threads=1 plot.format=png engine=openblas isa=avx2", "UsageError", "isa");
    run_ok(f, "set");
    said(f, "threads      2");
    said(f, "plot.format  svg");
}

static int process_threads(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    if (folder == NULL)
        skip();
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

/* Those of OpenBLAS, which it starts when it is loaded, would take turns with ours. It can have
   them back. */
static void the_process_has_no_threads_besides_the_pool(void **state)
{
    struct fixture *f = *state;
    enum { SIDE = 512 };
    static float ones[SIDE * SIDE], product[SIDE * SIDE];
    assert_int_equal(process_threads(), thread_pool_threads(f->session->pool));
    for (int i = 0; i < SIDE * SIDE; i++)
        ones[i] = 1;
    int before = openblas_get_num_threads();
    openblas_set_num_threads(2);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, ones, SIDE, ones,
                SIDE, 0, product, SIDE);
    for (int i = 0; i < SIDE * SIDE; i++)
        assert_true(product[i] == SIDE);
    openblas_set_num_threads(before);
}

int main(void)
{
#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(values_and_texts),
        SESSION_TEST(the_process_has_no_threads_besides_the_pool),
        SESSION_TEST(an_error_in_a_later_line_prevents_the_whole_cell),
        SESSION_TEST(a_failing_line_keeps_the_effects_of_earlier_lines),
        SESSION_TEST(the_error_of_a_layer_marks_its_line),
        SESSION_TEST(names_for_completion),
        SESSION_TEST(plot_folder_writes_pictures_to_files),
        SESSION_TEST(a_failing_set_changes_no_setting),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
