/*
 * test_session - cells through session.h: their outputs, their effects, and what a failing or
 * interrupted cell keeps.
 *
 * session_fixture.h provides the session and its small data set. Pictures are drawn by the real
 * gnuplot.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <cblas.h>
#include <dirent.h>
#include <math.h>
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

static void nothing_runs_when_a_later_line_is_wrong(void **state)
{
    struct fixture *f = *state;
    run_fails(f, "a = 1\nprint \"hello\"\ntrain epochs=ten", "UsageError",
              "train epochs=ten\n      ^^^^^^^^^^ epochs must be an integer");
    assert_string_equal(f->memory.text, "");
    run_fails(f, "print $a", "UsageError", "a");
    run_fails(f, "evaluate confusoin", "UsageError", "did you mean `confusion`");
}

static void a_failing_line_keeps_what_earlier_lines_did(void **state)
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

static void a_failing_load_keeps_the_data(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_fails(f, "load /nowhere", "DataError", "/nowhere");
    run_fails(f, "load fashoin", "DataError", "did you mean `load fashion`?");
    assert_int_equal(f->session->data.loaded->train.count, TRAIN);
    assert_int_equal(f->session->data.validation, 200);
}

static void every_look_at_the_data(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *cell;
        int tables, pictures;
    } looks[] = {
        {"explore", 1, 0},
        {"explore samples count=12", 0, 1},
        {"explore samples class=7 set=test", 0, 1},
        {"explore image 3", 0, 1},
        {"explore digit 3", 0, 1}, /* as it was called before */
        {"explore classes", 1, 1},
        {"explore pixels", 1, 1},
        {"explore mean", 0, 1},
        {"explore pca count=200", 1, 2},
        {"explore outliers count=5", 1, 1},
        {"explore duplicates near=3", 1, 1},
    };
    load_small(f);
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        run_ok(f, looks[i].cell);
        if (f->memory.tables != looks[i].tables || f->memory.pictures != looks[i].pictures)
            fail_msg("%s: %d tables, %d pictures:\n%s", looks[i].cell, f->memory.tables,
                     f->memory.pictures, f->memory.text);
    }
    run_fails(f, "explore image 99999", "UsageError",
              "the training set has 1,000 images, so the last index is 999");
}

static void preprocessing_adds_up_and_comes_off(void **state)
{
    struct fixture *f = *state;
    const struct data *data = &f->session->data;
    load_small(f);
    run_ok(f, "preprocess deskew crop=24");
    assert_int_equal(data->prepared->rows, 24);
    assert_true(data->preparation.config.normalize && data->preparation.config.deskew);
    assert_int_equal(data->validation, 200);
    run_ok(f, "preprocess show 3");
    assert_int_equal(f->memory.pictures, 1);
    run_fails(f, "preprocess validation=1200", "UsageError", "at most 1,199 of the 1,200");
    run_fails(f, "preprocess crop=33", "UsageError", "the side of the images");
    assert_int_equal(data->validation, 200);
    run_fails(f, "augment show 0", "StateError", "augment rotate=15");
    run_ok(f, "augment rotate=10\naugment show 0");
    assert_int_equal(f->memory.pictures, 1);
    run_ok(f, "preprocess save=kept\npreprocess reset\nload kept");
    assert_int_equal(data->prepared->rows, 24);
    run_ok(f, "augment off\npreprocess reset");
    assert_ptr_equal(data->prepared, data->loaded);
}

static void stops(struct fixture *f, const char *cell, const char *text)
{
    run(f, cell);
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    if (strstr(f->report.detail, text) == NULL)
        fail_msg("%s\nsays:\n%s\nnot: %s", cell, f->report.detail, text);
}

/* The session keeps everything, and so does the disk, for another session: the message says where.
   */
static void a_stopped_training_says_what_is_kept_where(void **state)
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
    stops(f, "train epochs=9 batch=100", text);
    f->calls_until_stop = 25;
    stops(f, "train epochs=9 batch=100", text);
    f->calls_until_stop = -1;
    snprintf(text, sizeof text, "model load %s/data/checkpoints/tiny.safetensors", home);
    run_ok(f, text);
    said(f, "trained on     small, 1 epoch");
}

static void preprocess_shows_what_has_changed(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    said(f, "pixels             x = (pixel - ");
    said(f, "validation images  200 (seed 1)");
    assert_null(strstr(f->memory.text, "deskew"));
    run_ok(f, "preprocess crop=20");
    said(f, "crop             the middle 20 x 20 pixels");
    said(f, "ink cut off      in 1,");
    assert_null(strstr(f->memory.text, "validation images"));
    run_ok(f, "preprocess"); /* alone it says everything */
    said(f, "deskew             no");
    said(f, "crop               the middle 20 x 20 pixels");
    run_ok(f, "preprocess crop=20"); /* and where nothing has changed */
    said(f, "deskew             no");
    run_ok(f, "preprocess reset");
    said(f, "crop               no");
    said(f, "validation images  none");
    assert_null(strstr(f->memory.text, "deskew"));
}

static void counts_and_percents_are_written_alike(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "set threads=1\ntrain epochs=1\ninfo");
    said(f, "1 epoch with `train epochs=1");
    said(f, ", 1 thread\n");
    run_fails(f, "train resume", "StateError", "this training has completed all its epochs (1)");
    run_ok(f, "explore");
    said(f, "pixels with ink            18.79 %  17.78 %");
    run_ok(f, "explore pixels");
    said(f, "exactly 0 (paper)              81.21 %");
    run_ok(f, "explore samples count=1");
    said(f, "1 training image of small, chosen");
    run_ok(f, "explore outliers count=1");
    said(f, "The training image farthest from the others of its class");
}

static void a_layer_that_does_not_fit_is_told_at_its_line(void **state)
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

static void train_evaluate_and_look(void **state)
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

static void what_does_not_fit_is_shown_with_both_sides(void **state)
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

static void missing_files_are_told_what_works_here(void **state)
{
    struct fixture *f = *state;
    char text[400];
    snprintf(
        text, sizeof text,
        "%s/data/raw: files of mnist are missing and could not be downloaded (127.0.0.1:9: ", home);
    run_fails(f, "load mnist", "SystemError", text);
    assert_null(strstr(f->report.detail, "did you mean"));
    run_fails(f, "explore", "SystemError", "check the network connection and use `load mnist`");
    run_fails(f, "load mnits", "DataError", "did you mean `load mnist`?");
    assert_null(strstr(f->report.detail, "fetch"));
}

static uint64_t hash_of(const struct fixture *f)
{
    return network_hash(f->session->model.network);
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

static void the_last_epochs_see_the_images_as_they_are(void **state)
{
    struct fixture *f = *state;
    uint64_t plain[3], changed;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=3 batch=64 schedule=constant seed=3");
    for (int i = 0; i < 3; i++)
        plain[i] = f->session->model.history.records[i].hash;
    run_ok(f, "augment rotate=30 shift=3\ntrain epochs=1 batch=64 schedule=constant seed=3");
    changed = hash_of(f);
    run_ok(f, "augment stretch=0.1 clean=1");
    said(f, "shear=0 elastic=0 stretch=0.1 clean=1");
    run_ok(f, "train epochs=1 batch=64 schedule=constant seed=3");
    assert_true(hash_of(f) == plain[0]);
    run_ok(f, "augment stretch=0.1\ntrain epochs=1 batch=64 schedule=constant seed=3");
    assert_true(hash_of(f) != plain[0] && hash_of(f) != changed);
    run_ok(f, "augment rotate=30 shift=3 clean=1");
    said(f, "shear=0 elastic=0 clean=1");
    run_ok(f, "train epochs=1 batch=64 schedule=constant seed=3");
    assert_true(hash_of(f) == plain[0] && changed != plain[0]);
    run_ok(f, "train resume epochs=2"); /* the last one is the third now, not the second */
    assert_true(hash_of(f) != plain[2]);
    assert_true(f->session->model.history.records[1].hash != plain[1]);
    run_ok(f, "train epochs=2 batch=64 schedule=constant seed=3");
    assert_true(f->session->model.history.records[0].hash == changed);
    run_ok(f, "augment rotate=30 shift=3 clean=5\n"
              "train epochs=2 batch=64 schedule=constant seed=3");
    assert_true(hash_of(f) == plain[1]);
    said(f, "no image is augmented: clean=5 excludes the last 5 epochs");
    run_ok(f, "augment off");
    said(f, "augmentation: none");
    run_fails(f, "augment rotate=30 clean=1.5", "UsageError", "an integer");
    run_fails(f, "augment clean=3", "UsageError", "augment rotate=15 shift=3 clean=3");
}

static void an_early_stop_says_which_loss(void **state)
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

static void an_interrupted_training_goes_on_to_the_same_end(void **state)
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

static void a_saved_network_comes_back_whole(void **state)
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

static void a_saved_network_s_name_may_have_its_ending(void **state)
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

static void a_loss_that_blows_up_keeps_the_old_network(void **state)
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

static void pictures_go_to_files_when_asked(void **state)
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

static void a_set_that_fails_sets_nothing(void **state)
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

static int own_threads(void)
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
static void the_only_threads_are_the_pools(void **state)
{
    struct fixture *f = *state;
    enum { SIDE = 512 };
    static float ones[SIDE * SIDE], product[SIDE * SIDE];
    assert_int_equal(own_threads(), thread_pool_threads(f->session->pool));
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
        SESSION_TEST(the_only_threads_are_the_pools),
        SESSION_TEST(nothing_runs_when_a_later_line_is_wrong),
        SESSION_TEST(a_failing_line_keeps_what_earlier_lines_did),
        SESSION_TEST(a_failing_load_keeps_the_data),
        SESSION_TEST(every_look_at_the_data),
        SESSION_TEST(preprocessing_adds_up_and_comes_off),
        SESSION_TEST(a_layer_that_does_not_fit_is_told_at_its_line),
        SESSION_TEST(train_evaluate_and_look),
        SESSION_TEST(a_stopped_training_says_what_is_kept_where),
        SESSION_TEST(preprocess_shows_what_has_changed),
        SESSION_TEST(counts_and_percents_are_written_alike),
        SESSION_TEST(what_does_not_fit_is_shown_with_both_sides),
        SESSION_TEST(missing_files_are_told_what_works_here),
        SESSION_TEST(the_same_cell_gives_the_same_network),
        SESSION_TEST(the_last_epochs_see_the_images_as_they_are),
        SESSION_TEST(an_early_stop_says_which_loss),
        SESSION_TEST(an_interrupted_training_goes_on_to_the_same_end),
        SESSION_TEST(a_saved_network_comes_back_whole),
        SESSION_TEST(a_saved_network_s_name_may_have_its_ending),
        SESSION_TEST(a_checkpoint_on_disk_resumes_in_a_new_session),
        SESSION_TEST(a_loss_that_blows_up_keeps_the_old_network),
        SESSION_TEST(names_for_completion),
        SESSION_TEST(pictures_go_to_files_when_asked),
        SESSION_TEST(a_set_that_fails_sets_nothing),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
