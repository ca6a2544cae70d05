/*
 * test_session_training - cells that train, evaluate, save and load networks.
 *
 * Proves: the same cell gives the same network; an interrupted training continues to the result of
 * an uninterrupted one, in the same session and in a new one; a saved network is loaded completely;
 * errors show the images that the network needs and the images of the session. session_fixture.h
 * provides the session and its small data set. Pictures are drawn by the real gnuplot.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <unistd.h>

static void run_interrupted(struct fixture *f, const char *cell, const char *text)
{
    run(f, cell);
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    if (strstr(f->report.detail, text) == NULL)
        fail_msg("%s\nsays:\n%s\nnot: %s", cell, f->report.detail, text);
}

/* The session keeps everything, and so does the disk, for another session: the message says where.
   */
static void the_interrupt_message_names_the_checkpoint(void **state)
{
    struct fixture *f = *state;
    char text[512];
    load_small(f);
    run_ok(f, small_net);
    f->calls_until_stop = 3;
    snprintf(text, sizeof text,
             "the current weights are kept, and `train resume` continues from there (in another "
             "session: after `model load %s/data/checkpoints/tiny.safetensors`)",
             home);
    run_interrupted(f, "train epochs=9 batch=100", text);
    f->calls_until_stop = 25;
    run_interrupted(f, "train epochs=9 batch=100", text);
    f->calls_until_stop = -1;
    snprintf(text, sizeof text, "model load %s/data/checkpoints/tiny.safetensors", home);
    run_ok(f, text);
    said(f, "trained on     small, 1 epoch");
}

static void train_evaluate_and_plot(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_fails(f, "evaluate", "StateError", "model load fast");
    run_ok(f, small_net);
    run_fails(f, "evaluate", "StateError", "train");
    run_ok(f, "train epochs=2 batch=64 seed=3");
    assert_int_equal(f->session->model.history.count, 2);
    assert_true(variables_get(f->session->variables, "validation_accuracy") != NULL);
    run_ok(f, "evaluate");
    said(f, "Accuracy on the test set");
    assert_true(f->session->model.test_accuracy > 0.5);
    static const char *const pictures[] = {"evaluate confusion", "evaluate errors count=9",
                                           "predict test 5",     "plot loss",
                                           "plot accuracy",      "plot rate",
                                           "plot filters",       "plot activations 5 layer=relu1"};
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        run_ok(f, pictures[i]);
        assert_int_equal(f->memory.pictures, 1);
    }
    run_fails(f, "plot filters layer=dense1", "UsageError", "dense1 is not a convolution");
    run_ok(f, "preprocess crop=20");
    run_fails(f, "evaluate", "StateError",
              "was trained on images of 28 x 28 pixels with `preprocess normalize`; the images are "
              "now of 20 x 20 pixels with `preprocess crop=20 normalize`: run `preprocess reset`, "
              "then `preprocess normalize validation=200 seed=1` first");
}

static void size_errors_show_both_sizes(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1\npreprocess reset\npreprocess crop=20 save=twenty\npreprocess reset");
    run_ok(f, "evaluate"); /* the network knows its normalisation */
    run_ok(f, "load twenty");
    static const char *const wrong =
        "the network needs images of 28 x 28 pixels, but these images have 20 x 20 pixels: "
        "preprocess the images as for this network, or run `model tiny` to build it for these "
        "images, with new weights";
    run_fails(f, "evaluate", "StateError", wrong);
    run_fails(f, "train", "StateError", wrong);
    run_ok(f, "model tiny\ntrain epochs=1");
    load_small(f);
    run_ok(f, "preprocess deskew crop=24 normalize");
    run_fails(f, "evaluate", "StateError",
              "needs images of 20 x 20 pixels, but these images have 24 x 24");
    run_ok(f, "preprocess crop=20");
    run_fails(
        f, "evaluate", "StateError",
        "the images are now of 20 x 20 pixels with `preprocess deskew crop=20 normalize`: load "
        "images of that size");
    run_fails(f, "explore samples class=3 set=validation count=1\nmodel load nothing", "UsageError",
              "there is no saved network `nothing` in /tmp/");
}

static void the_same_cell_gives_the_same_network(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "augment rotate=10 shift=1\ntrain epochs=2 batch=64 seed=3");
    uint64_t first = hash_of(f);
    run_ok(f, "train epochs=2 batch=64 seed=3");
    assert_true(hash_of(f) == first);
    run_ok(f, "set threads=1\ntrain epochs=2 batch=64 seed=3");
    assert_true(hash_of(f) == first);
    run_ok(f, "train epochs=2 batch=64 seed=4");
    assert_true(hash_of(f) != first);
}

static void the_early_stop_message_names_the_loss(void **state)
{
    struct fixture *f = *state;
    static const char train[] = "train epochs=30 batch=64 rate=5 schedule=constant patience=1";
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "preprocess normalize validation=0");
    run_ok(f, train);
    said(f, "stopped early: the training loss has not improved for 1 epoch; the weights of ");
    run_ok(f, "preprocess normalize validation=50 seed=1");
    run_ok(f, train);
    said(f, "stopped early: the validation loss has not improved for 1 epoch; the weights of ");
}

static void an_interrupted_training_resumes_to_the_same_weights(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=3 batch=64 seed=3");
    uint64_t whole = hash_of(f);
    f->calls_until_stop = 25;
    run(f, "train epochs=3 batch=64 seed=3");
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    assert_string_equal(f->report.name, "KeyboardInterrupt");
    assert_non_null(strstr(f->report.text, "train resume"));
    f->calls_until_stop = -1;
    assert_true(hash_of(f) != whole);
    run_ok(f, "evaluate\ntrain resume");
    assert_true(hash_of(f) == whole);
    run_fails(f, "train resume", "StateError", "train resume epochs=5");
    run_ok(f, "train resume epochs=1");
    assert_int_equal(f->session->model.history.count, 4);
}

static void a_saved_network_is_loaded_completely(void **state)
{
    struct fixture *f = *state;
    char path[300];
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "augment shift=1\ntrain epochs=2 batch=64 seed=3\nevaluate\nmodel save kept");
    uint64_t hash = hash_of(f);
    double accuracy = f->session->model.test_accuracy;
    run_ok(f, "augment off\nmodel lenet\npreprocess reset\nmodel load kept");
    said(f, "augmentation   rotate=0 shift=1 scale=0 shear=0 elastic=0");
    run_ok(f, "plot loss\nevaluate");
    assert_true(hash_of(f) == hash);
    assert_true(f->session->model.test_accuracy == accuracy);
    run_ok(f, "model list");
    said(f, "kept");
    snprintf(path, sizeof path, "%s/models/kept.safetensors", home);
    assert_int_equal(truncate(path, 1000), 0);
    run_fails(f, "model load kept", "DataError", "kept.safetensors");
    assert_true(hash_of(f) == hash);
    run_fails(f, "model load nothing", "UsageError", "no saved network `nothing`");
}

static void the_name_of_a_saved_network_may_have_its_suffix(void **state)
{
    struct fixture *f = *state;
    char path[300];
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "model save kept.safetensors");
    snprintf(path, sizeof path, "saved as %s/models/kept.safetensors\n", home);
    said(f, path); /* home is no project: the whole path */
    snprintf(path, sizeof path, "%s/models/kept.safetensors", home);
    assert_int_equal(access(path, R_OK), 0);
    run_ok(f, "model load kept");
}

static void a_checkpoint_on_disk_resumes_in_a_new_session(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=3 batch=64 seed=3");
    uint64_t whole = hash_of(f);
    f->calls_until_stop = 35;
    run(f, "train epochs=3 batch=64 seed=3");
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    assert_true(f->session->model.history.count >= 1);
    teardown(state);
    setup(state);
    f = *state;
    char cell[300];
    snprintf(cell, sizeof cell, "load %s/small\nmodel load tiny\ntrain resume", home);
    run_ok(f, cell);
    said(f, "read from the checkpoint in data/checkpoints");
    assert_true(hash_of(f) == whole);
}

static void a_diverging_training_keeps_the_previous_network(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1 batch=64 seed=3");
    uint64_t hash = hash_of(f);
    run_ok(f, "model deep:\n    dense 100\n    dense 100\n    dense 100\n    dense 10");
    run_ok(f, "model tiny\ntrain epochs=1 batch=64 seed=3");
    assert_true(hash_of(f) == hash);
    run_ok(f, "model deep");
    run_fails(f, "train epochs=1 batch=64 optimizer=sgd rate=10 momentum=0.99 schedule=constant",
              "ArithmeticError", "loss");
    assert_false(f->session->model.trained);
}

int main(void)
{
#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(train_evaluate_and_plot),
        SESSION_TEST(the_interrupt_message_names_the_checkpoint),
        SESSION_TEST(size_errors_show_both_sizes),
        SESSION_TEST(the_same_cell_gives_the_same_network),
        SESSION_TEST(the_early_stop_message_names_the_loss),
        SESSION_TEST(an_interrupted_training_resumes_to_the_same_weights),
        SESSION_TEST(a_saved_network_is_loaded_completely),
        SESSION_TEST(the_name_of_a_saved_network_may_have_its_suffix),
        SESSION_TEST(a_checkpoint_on_disk_resumes_in_a_new_session),
        SESSION_TEST(a_diverging_training_keeps_the_previous_network),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
