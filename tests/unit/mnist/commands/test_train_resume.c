/*
 * test_train_resume - `train resume`.
 *
 * Each parameter of the line has an effect or is rejected at its position. A loaded network
 * continues with the recipe of its file. Other data, another augmentation or split than those of
 * the training are reported. test_train_result.c tests the result of a training.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

/* Trains, then resumes for one epoch with these parameters; returns the hash. */
static uint64_t resumed(struct fixture *f, const char *train, const char *parameters)
{
    char cell[400];
    run_ok(f, train);
    snprintf(cell, sizeof cell, "train resume epochs=1 %s", parameters);
    run_ok(f, cell);
    return hash_of(f);
}

/* ---- the parameters -------------------------------------------------------------------------- */

static void each_parameter_of_a_resume_has_an_effect(void **state)
{
    struct fixture *f = *state;
    static const char *const parameters[] = {"rate=0.0001", "batch=100",     "schedule=constant",
                                             "warmup=0.5",  "optimizer=sgd", "momentum=0",
                                             "decay=0.1",   "smoothing=0.2", "clip=0.0001",
                                             "ema=0.9",     "optimizer=adam"};
    static const char train[] = "train epochs=2 batch=64 seed=3 schedule=step";
    load_small(f);
    run_ok(f, "preprocess validation=1000");
    run_ok(f, small_net);
    uint64_t plain = resumed(f, train, "");
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        uint64_t hash = resumed(f, train, parameters[i]);
        if (hash == plain)
            fail_msg("%s is ignored", parameters[i]);
        if (resumed(f, train, parameters[i]) != hash)
            fail_msg("%s gives another network each time", parameters[i]);
    }
    assert_true(resumed(f, train, "seed=3") == plain);
}

static void a_resume_uses_the_rate_and_batch_of_its_line(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=2 batch=64 seed=3 schedule=constant rate=0.01\n"
              "train resume epochs=2 rate=0.001 batch=100");
    assert_true(epoch_record_at(f, 2)->rate == 0.01f && epoch_record_at(f, 4)->rate == 0.001f);
    assert_int_equal(f->session->model.history.batches, 10);
    run_ok(f, "train resume epochs=1"); /* with the parameters of the last line */
    assert_true(epoch_record_at(f, 5)->rate == 0.001f);
    assert_int_equal(f->session->model.history.batches, 10);
    /* a new schedule starts at the resume and spans the remaining epochs */
    run_ok(f, "train resume epochs=3 schedule=step rate=0.004");
    assert_true(epoch_record_at(f, 6)->rate == 0.004f && epoch_record_at(f, 7)->rate == 0.002f);
    assert_true(epoch_record_at(f, 8)->rate == 0.001f);
    run_ok(f, "train resume epochs=2 warmup=1 rate=0.01 schedule=constant");
    assert_true(epoch_record_at(f, 9)->rate == 0.01f && epoch_record_at(f, 10)->rate == 0.01f);
    run_fails(f, "train resume epochs=2 warmup=2", "UsageError",
              "train resume epochs=2 warmup=2\n                      ^^^^^^^^ warmup must be less");
}

static void a_resume_uses_its_own_patience(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1 batch=64 seed=3");
    run_ok(f, "train resume epochs=30 patience=1 rate=5 schedule=constant");
    said(f, "stopped early: the validation loss has not improved for 1 epoch; the weights of ");
    assert_true(hash_of(f) == epoch_record_at(f, best_epoch(f))->hash);
}

static void fixed_parameters_are_rejected_at_their_position(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1 batch=64 seed=3");
    uint64_t hash = hash_of(f);
    run_fails(f, "train resume epochs=1 seed=4", "UsageError",
              "train resume epochs=1 seed=4\n                      ^^^^^^ seed cannot be changed "
              "by `train resume`");
    assert_true(hash_of(f) == hash && f->session->model.history.count == 1);
    f->calls_until_stop = 25;
    run(f, "train epochs=3 batch=64 seed=3");
    f->calls_until_stop = -1;
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    hash = hash_of(f);
    run_fails(f, "train resume batch=100", "UsageError",
              "train resume batch=100\n             ^^^^^^^^^ batch cannot change in the middle of "
              "an epoch");
    assert_true(hash_of(f) == hash);
    run_ok(f, "train resume epochs=1\ntrain resume epochs=1 batch=100");
}

static void a_resume_uses_the_current_engine(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    uint64_t native = resumed(f, "train epochs=1 batch=64 seed=3", "");
    run_ok(f, "train epochs=1 batch=64 seed=3\nset engine=openblas\ntrain resume epochs=1");
    assert_true(hash_of(f) != native);
    run_ok(f, "set engine=native");
}

/* A second resume continues the schedule that the first one has started. */
static void a_checkpoint_of_a_resumed_training_gives_the_same_weights(void **state)
{
    struct fixture *f = *state;
    char cell[300];
    static const char train[] = "train epochs=1 batch=64 seed=3 schedule=constant",
                      resume[] = "train resume epochs=4 batch=100 rate=0.02 schedule=onecycle";
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, train);
    run_ok(f, resume);
    uint64_t whole = hash_of(f);
    run_ok(f, train);
    f->calls_until_stop = 35;
    run(f, resume);
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    assert_true(f->session->model.history.count >= 2 && f->session->model.history.count < 5);
    teardown(state);
    setup(state);
    f = *state;
    snprintf(cell, sizeof cell, "load %s/small\nmodel load tiny\ntrain resume\nplot rate", home);
    run_ok(f, cell);
    assert_true(hash_of(f) == whole);
    said(f, "Learning rate over 56 steps (onecycle): it starts at 0.001,");
    said(f, "peaks at 0.02 in step 28 and ends at 8e-08.");
}

/* ---- without the trainer --------------------------------------------------------------------- */

static void a_loaded_network_resumes_with_the_recipe_of_its_file(void **state)
{
    struct fixture *f = *state;
    static const char train[] = "train epochs=2 batch=100 optimizer=sgd rate=0.02 momentum=0.8 "
                                "smoothing=0.1 decay=0.001 schedule=cosine seed=5";
    load_small(f);
    run_ok(f, small_net);
    uint64_t live = resumed(f, train, "optimizer=sgd");
    float loss = epoch_record_at(f, 3)->validation_loss;
    run_ok(f, train);
    run_ok(f, "model save kept\nmodel load kept\ntrain resume epochs=1");
    assert_true(hash_of(f) == live);
    assert_int_equal(f->session->model.history.count, 3);
    assert_true(epoch_record_at(f, 3)->validation_loss == loss);
    const struct trainer_config *config = &f->session->model.history.config;
    assert_true(config->optimizer == OPTIMIZER_SGD && config->smoothing == 0.1f &&
                config->batch == 100 && config->seed == 5);
    run_ok(f, train);
    run_ok(f, "model save kept\nmodel load kept");
    run_fails(f, "train resume", "StateError", "has completed all its epochs (2): use");
}

/* The file contains the averaged weights; the best loss so far is kept for comparison. */
static void a_loaded_network_resumes_with_averaged_and_best_weights(void **state)
{
    struct fixture *f = *state;
    static const char train[] = "train epochs=3 batch=64 ema=0.9 patience=2 seed=3";
    load_small(f);
    run_ok(f, small_net);
    uint64_t live = resumed(f, train, "optimizer=adam rate=0.003");
    run_ok(f, train);
    run_ok(f, "model save kept\nmodel load kept\ntrain resume epochs=1 rate=0.003");
    assert_true(hash_of(f) == live);
}

static void a_file_of_an_interrupted_training_resumes_within_its_epoch(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    f->calls_until_stop = 25;
    run(f, "train epochs=3 batch=64 seed=3");
    f->calls_until_stop = -1;
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    run_ok(f, "model save half\ntrain resume optimizer=adam");
    uint64_t live = hash_of(f);
    run_ok(f, "model load half");
    said(f, "not finished: `train resume` continues it");
    run_ok(f, "train resume");
    assert_true(hash_of(f) == live);
    assert_int_equal(f->session->model.history.count, 3);
}

static void images_loaded_again_count_as_the_same_images(void **state)
{
    struct fixture *f = *state;
    static const char train[] = "train epochs=2 batch=64 seed=3";
    load_small(f);
    run_ok(f, small_net);
    uint64_t hash = resumed(f, train, "");
    run_ok(f, train);
    load_small(f);
    run_ok(f, "train resume epochs=1");
    assert_true(hash_of(f) == hash);
    not_said(f, "past gradients");
}

/* ---- other images ---------------------------------------------------------------------------- */

static void a_resume_on_another_split_reports_validation_images_seen_in_training(void **state)
{
    struct fixture *f = *state;
    uint32_t before[200];
    char text[100];
    int seen = 200;
    load_small(f);
    run_ok(f, small_net);
    const struct split *split = &f->session->data.split;
    memcpy(before, split->validation, sizeof before);
    run_ok(f, "train epochs=1 batch=64 seed=3\nmodel save kept\npreprocess validation=200 seed=9");
    for (int i = 0; i < 200; i++)
        for (int j = 0; j < 200; j++)
            seen -= before[i] == split->validation[j];
    assert_true(seen > 100 && seen < 200);
    snprintf(text, sizeof text, "%d of these 200 validation images were training images", seen);
    run_ok(f, "train resume epochs=1");
    said(f, text);
    said(f, "`preprocess validation=200 seed=1` holds out the same images as its training");
    run_ok(f, "model load kept\ntrain resume epochs=1");
    not_said(f, "were training images");
    run_ok(f, "model load kept\npreprocess validation=200 seed=9\ntrain resume epochs=1");
    said(f, text);
    run_ok(f, "model load kept\npreprocess validation=0\ntrain resume epochs=1");
    not_said(f, "were training images");
    run_ok(f, "train epochs=1 batch=64\nmodel save all\nmodel load all\npreprocess validation=50\n"
              "train resume epochs=1");
    said(f, "50 of these 50 validation images were training images");
}

/* The split is that of the training, not that of the time of saving. */
static void a_file_stores_the_split_of_the_training(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1 batch=64\npreprocess validation=100 seed=7\nmodel save kept\n"
              "model load kept");
    assert_int_equal(f->session->data.validation, 200);
    assert_int_equal(f->session->data.split_seed, 1);
}

static void a_resume_on_other_images_is_reported(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1 batch=64 seed=3\naugment rotate=10\ntrain resume epochs=1");
    said(f, "err: the training so far used the augmentation `none` and continues with `rotate=10 ");
    run_ok(f, "augment off\ntrain epochs=1 batch=64 seed=3\npreprocess normalize=no\n"
              "train resume epochs=1");
    said(f, "err: the network `tiny` was trained on normalized pixels, so its training continues ");
    assert_true(f->session->model.preparation.config.normalize);
    run_ok(f,
           "preprocess deskew save=other\nload other\npreprocess normalize validation=200 seed=1\n"
           "train resume epochs=1");
    said(f,
         "err: the network `tiny` was trained on the data set `small`, but these images are from "
         "`other`");
    run_ok(f, "preprocess crop=20");
    run_fails(f, "train resume epochs=1", "StateError", "was trained on images of 28 x 28 pixels");
}

int main(void)
{
#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(each_parameter_of_a_resume_has_an_effect),
        SESSION_TEST(a_resume_uses_the_rate_and_batch_of_its_line),
        SESSION_TEST(a_resume_uses_its_own_patience),
        SESSION_TEST(fixed_parameters_are_rejected_at_their_position),
        SESSION_TEST(a_resume_uses_the_current_engine),
        SESSION_TEST(a_checkpoint_of_a_resumed_training_gives_the_same_weights),
        SESSION_TEST(a_loaded_network_resumes_with_the_recipe_of_its_file),
        SESSION_TEST(a_loaded_network_resumes_with_averaged_and_best_weights),
        SESSION_TEST(a_file_of_an_interrupted_training_resumes_within_its_epoch),
        SESSION_TEST(images_loaded_again_count_as_the_same_images),
        SESSION_TEST(a_resume_on_another_split_reports_validation_images_seen_in_training),
        SESSION_TEST(a_file_stores_the_split_of_the_training),
        SESSION_TEST(a_resume_on_other_images_is_reported),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
