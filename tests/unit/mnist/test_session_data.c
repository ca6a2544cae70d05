/*
 * test_session_data - cells that load, explore, preprocess and augment images.
 *
 * Proves: tables and pictures of each command; preprocessing accumulates and can be reset; errors
 * name the limits of the data; a failing command leaves the data unchanged; `clean` excludes the
 * last epochs from augmentation. session_fixture.h provides the session and its small data set.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

static void a_failing_load_keeps_the_data(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_fails(f, "load /nowhere", "DataError", "/nowhere");
    run_fails(f, "load fashoin", "DataError", "did you mean `load fashion`?");
    assert_int_equal(f->session->data.loaded->train.count, TRAIN);
    assert_int_equal(f->session->data.validation, 200);
}

static void tables_and_pictures_of_explore(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *cell;
        int tables, pictures;
    } cases[] = {
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
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run_ok(f, cases[i].cell);
        if (f->memory.tables != cases[i].tables || f->memory.pictures != cases[i].pictures)
            fail_msg("%s: %d tables, %d pictures:\n%s", cases[i].cell, f->memory.tables,
                     f->memory.pictures, f->memory.text);
    }
    run_fails(f, "explore image 99999", "UsageError",
              "the training set has 1,000 images, so the last index is 999");
}

static void preprocessing_accumulates_and_is_reset(void **state)
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

static void preprocess_lists_its_changes(void **state)
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

static void counts_and_percentages_have_one_format(void **state)
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

static void missing_files_have_an_error_with_advice(void **state)
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

static void clean_excludes_the_last_epochs_from_augmentation(void **state)
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

int main(void)
{
#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_failing_load_keeps_the_data),
        SESSION_TEST(tables_and_pictures_of_explore),
        SESSION_TEST(preprocessing_accumulates_and_is_reset),
        SESSION_TEST(preprocess_lists_its_changes),
        SESSION_TEST(counts_and_percentages_have_one_format),
        SESSION_TEST(missing_files_have_an_error_with_advice),
        SESSION_TEST(clean_excludes_the_last_epochs_from_augmentation),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
