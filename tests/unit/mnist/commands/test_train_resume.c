/*
 * test_train_resume - `train resume`.
 *
 * Each parameter of the line has an effect or is rejected at its position. A loaded network
 * continues with the recipe of its file, and running the recipe again gives the same network. Other
 * data, another augmentation or split than those of the training are reported. Messages, variables
 * and learning rates describe the network that is kept (early stop, interrupt).
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <math.h>

static uint64_t hash_of(const struct fixture *f)
{
    return network_hash(f->session->model.network);
}

static const struct epoch_record *record(const struct fixture *f, int epoch)
{
    assert_true(epoch >= 1 && epoch <= f->session->model.history.count);
    return &f->session->model.history.records[epoch - 1];
}

/* The last epoch with the lowest validation loss so far. */
static int best_epoch(const struct fixture *f)
{
    int best = 1;
    for (int i = 2; i <= f->session->model.history.count; i++)
        if (record(f, i)->validation_loss < record(f, best)->validation_loss)
            best = i;
    return best;
}

static double variable(const struct fixture *f, const char *name)
{
    const struct value *value = variables_get(f->session->variables, name);
    if (value == NULL)
        fail_msg("there is no $%s", name);
    return value->number;
}

static void did_not_say(const struct fixture *f, const char *text)
{
    if (strstr(f->memory.text, text) != NULL)
        fail_msg("not wanted: %s\ncame:\n%s", text, f->memory.text);
}

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

static void each_parameter_of_a_resume_counts(void **state)
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

static void a_resume_has_the_rate_and_the_batch_of_its_line(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=2 batch=64 seed=3 schedule=constant rate=0.01\n"
              "train resume epochs=2 rate=0.001 batch=100");
    assert_true(record(f, 2)->rate == 0.01f && record(f, 4)->rate == 0.001f);
    assert_int_equal(f->session->model.history.batches, 10);
    run_ok(f, "train resume epochs=1"); /* with the parameters of the last line */
    assert_true(record(f, 5)->rate == 0.001f);
    assert_int_equal(f->session->model.history.batches, 10);
    /* a new schedule starts at the resume and spans the remaining epochs */
    run_ok(f, "train resume epochs=3 schedule=step rate=0.004");
    assert_true(record(f, 6)->rate == 0.004f && record(f, 7)->rate == 0.002f);
    assert_true(record(f, 8)->rate == 0.001f);
    run_ok(f, "train resume epochs=2 warmup=1 rate=0.01 schedule=constant");
    assert_true(record(f, 9)->rate == 0.01f && record(f, 10)->rate == 0.01f);
    run_fails(f, "train resume epochs=2 warmup=2", "UsageError",
              "train resume epochs=2 warmup=2\n                      ^^^^^^^^ warmup must be less");
}

static void a_resume_stops_early_by_its_own_patience(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1 batch=64 seed=3");
    run_ok(f, "train resume epochs=30 patience=1 rate=5 schedule=constant");
    said(f, "stopped early: the validation loss has not improved for 1 epoch; the weights of ");
    assert_true(hash_of(f) == record(f, best_epoch(f))->hash);
}

static void what_cannot_change_is_refused_at_its_place(void **state)
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

static void a_resume_runs_on_the_engine_of_now(void **state)
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
static void a_checkpoint_of_a_resumed_training_goes_on_to_the_same_end(void **state)
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

static void a_loaded_network_goes_on_with_the_recipe_of_its_file(void **state)
{
    struct fixture *f = *state;
    static const char train[] = "train epochs=2 batch=100 optimizer=sgd rate=0.02 momentum=0.8 "
                                "smoothing=0.1 decay=0.001 schedule=cosine seed=5";
    load_small(f);
    run_ok(f, small_net);
    uint64_t live = resumed(f, train, "optimizer=sgd");
    float loss = record(f, 3)->validation_loss;
    run_ok(f, train);
    run_ok(f, "model save kept\nmodel load kept\ntrain resume epochs=1");
    assert_true(hash_of(f) == live);
    assert_int_equal(f->session->model.history.count, 3);
    assert_true(record(f, 3)->validation_loss == loss);
    const struct trainer_config *config = &f->session->model.history.config;
    assert_true(config->optimizer == OPTIMIZER_SGD && config->smoothing == 0.1f &&
                config->batch == 100 && config->seed == 5);
    run_ok(f, train);
    run_ok(f, "model save kept\nmodel load kept");
    run_fails(f, "train resume", "StateError", "has completed all its epochs (2): use");
}

/* The file contains the averaged weights; the best loss so far is kept for comparison. */
static void a_loaded_network_with_averaged_and_best_weights_goes_on(void **state)
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

static void a_file_of_an_interrupted_training_goes_on_within_its_epoch(void **state)
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

static void images_prepared_again_are_the_same_images(void **state)
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
    did_not_say(f, "past gradients");
}

/* ---- the recipe ------------------------------------------------------------------------------ */

/* Runs the commands of the recipe again, one per line. */
static void run_recipe(struct fixture *f)
{
    char cell[RECIPE_SIZE];
    snprintf(cell, sizeof cell, "%s", f->session->model.recipe);
    for (char *at = cell; (at = strstr(at, "; ")) != NULL;)
        memcpy(at, "\n ", 2);
    for (char *at = cell; (at = strstr(at, "\n ")) != NULL;)
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    run_ok(f, cell);
}

static void a_recipe_run_again_gives_the_same_network(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "epochs = 2\ntrain  epochs=$epochs seed=3 batch=128/2 # slowly\n"
              "train resume epochs=1 rate=0.002");
    assert_string_equal(f->session->model.recipe, "train epochs=2 seed=3 batch=64; "
                                                  "train resume epochs=1 rate=0.002");
    run_ok(f, "model save kept\nmodel load kept\ntrain resume epochs=2 schedule=cosine\n"
              "augment rotate=10 clean=1\ntrain resume epochs=2 patience=5\nmodel save kept");
    uint64_t hash = hash_of(f);
    static const char recipe[] =
        "augment off; train epochs=2 seed=3 batch=64; train resume epochs=1 rate=0.002; "
        "train resume epochs=2 schedule=cosine optimizer=adam; "
        "augment rotate=10 shift=0 scale=0 shear=0 elastic=0 clean=1; "
        "train resume epochs=2 patience=5 optimizer=adam";
    run_ok(f, "model lenet\nmodel load kept");
    assert_string_equal(f->session->model.recipe, recipe);
    run_recipe(f);
    assert_true(hash_of(f) == hash);
    assert_string_equal(f->session->model.recipe, recipe);
}

static void a_recipe_has_the_stops_that_it_depends_on(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    f->calls_until_stop = 25;
    run(f, "train epochs=2 batch=64 seed=3");
    f->calls_until_stop = -1;
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    const char *recipe = f->session->model.recipe;
    assert_memory_equal(recipe, "train epochs=2 batch=64 seed=3 (stopped in epoch ", 49);
    run_ok(f, "train resume");
    assert_string_equal(recipe, "train epochs=2 batch=64 seed=3");
}

/* ---- other images ---------------------------------------------------------------------------- */

static void a_resume_on_another_split_says_what_the_network_has_seen(void **state)
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
    did_not_say(f, "were training images");
    run_ok(f, "model load kept\npreprocess validation=200 seed=9\ntrain resume epochs=1");
    said(f, text);
    run_ok(f, "model load kept\npreprocess validation=0\ntrain resume epochs=1");
    did_not_say(f, "were training images");
    run_ok(f, "train epochs=1 batch=64\nmodel save all\nmodel load all\npreprocess validation=50\n"
              "train resume epochs=1");
    said(f, "50 of these 50 validation images were training images");
}

/* The split is that of the training, not that of the time of saving. */
static void a_file_has_the_split_of_the_training(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1 batch=64\npreprocess validation=100 seed=7\nmodel save kept\n"
              "model load kept");
    assert_int_equal(f->session->data.validation, 200);
    assert_int_equal(f->session->data.split_seed, 1);
}

static void a_resume_on_other_images_says_so(void **state)
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

/* ---- the network that is kept ---------------------------------------------------------------- */

static const char overshoot[] = "train epochs=30 batch=64 rate=5 schedule=constant patience=3";

static void the_variables_are_those_of_the_kept_network(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, overshoot);
    said(f, "stopped early");
    const struct epoch_record *best = record(f, best_epoch(f));
    assert_true(best->epoch == f->session->model.history.count - 3);
    assert_true(hash_of(f) == best->hash);
    assert_true(variable(f, "validation_accuracy") == (double)best->validation_accuracy);
    assert_true(variable(f, "validation_loss") == (double)best->validation_loss);
    assert_true(variable(f, "loss") == (double)best->train_loss);
    run_ok(f, "evaluate set=validation");
    assert_true(fabs(variable(f, "accuracy") - (double)best->validation_accuracy) < 1e-6);
    run_ok(f, "preprocess validation=0\ntrain epochs=1 batch=64");
    assert_null(variables_get(f->session->variables, "validation_loss"));
    assert_null(variables_get(f->session->variables, "validation_accuracy"));
    f->calls_until_stop = 3;
    run(f, "train epochs=1 batch=64");
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    assert_null(variables_get(f->session->variables, "loss"));
}

static void the_kept_epoch_is_marked(void **state)
{
    struct fixture *f = *state;
    char text[100];
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=3 batch=64 patience=30 seed=3");
    snprintf(text, sizeof text, "the weights of epoch %d, the best, are kept", best_epoch(f));
    said(f, text);
    said(f, "best, kept");
    run_ok(f, "train epochs=3 batch=64 rate=5 schedule=constant");
    said(f, best_epoch(f) == 3 ? "best, kept" : "kept");
}

/* An interrupt after epochs that were worse than an earlier one. */
static void an_interrupt_keeps_the_best_weights(void **state)
{
    struct fixture *f = *state;
    char text[100];
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, overshoot);
    uint64_t whole = hash_of(f);
    int best = best_epoch(f), stop = 0, epochs = f->session->model.history.count;
    do { /* in the middle of the last epoch but one */
        f->calls_until_stop = ++stop * 8;
        run(f, overshoot);
        assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    } while (f->session->model.history.count < best + 1);
    f->calls_until_stop = -1;
    assert_int_equal(best_epoch(f), best);
    assert_true(hash_of(f) == record(f, best)->hash);
    snprintf(text, sizeof text, "the weights of epoch %d, the best, are kept", best);
    assert_non_null(strstr(f->report.detail, text));
    assert_true(variable(f, "validation_loss") == (double)record(f, best)->validation_loss);
    run_ok(f, "train resume");
    said(f, "stopped early");
    assert_true(hash_of(f) == whole);
    assert_int_equal(f->session->model.history.count, epochs);
}

/* ---- the learning rates ---------------------------------------------------------------------- */

static void the_rates_are_those_that_were_used(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=4 batch=100 schedule=cosine rate=0.02 seed=3\nmodel save kept\n"
              "model lenet\nmodel load kept\nplot rate");
    said(f, "Learning rate over 40 steps (cosine): it starts at 0.02, peaks at 0.02 in step 1 "
            "and ends at 3.08e-05");
    run_ok(f, "train resume epochs=1 schedule=constant rate=0.001\nplot rate");
    said(f, "Learning rate over 50 steps (constant): it starts at 0.02, peaks at 0.02 in step "
            "1 and ends at 0.001.");
    run_ok(f, "train epochs=2 batch=100 schedule=constant rate=0.001 seed=3\n"
              "train resume epochs=1 rate=0.004\nplot rate");
    said(f, "it starts at 0.001, peaks at 0.004 in step 21 and ends at 0.004.");
    run_ok(f, overshoot);
    int epochs = f->session->model.history.count;
    char text[100];
    assert_true(epochs < 30);
    snprintf(text, sizeof text, "Learning rate over %d steps (constant)", 16 * epochs);
    run_ok(f, "plot rate");
    said(f, text);
}

/* ---- batches of one image, and nothing learnt ------------------------------------------------ */

static void single_images_are_refused_where_they_teach_nothing(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "model normed:\n    dense 20\n    batchnorm\n    relu\n    dense 10");
    run_fails(f, "train epochs=1 batch=1", "UsageError",
              "train epochs=1 batch=1\n               ^^^^^^^ batchnorm1 normalizes each value "
              "over the images of a batch, so a batch needs at least 2 images");
    run_fails(f, "train epochs=1 batch=333", "UsageError",
              "the last batch of an epoch would have 1 (1000 images in batches of 333). Choose "
              "another size, such as batch=334");
    run_ok(f, "train epochs=1 batch=334");
    run_fails(f, "train resume epochs=1 batch=1", "UsageError", "^^^^^^^ batchnorm1 normalizes");
    run_ok(f, "preprocess normalize validation=1100\nmodel tiny:\n    conv 4 5x5\n    batchnorm\n"
              "    relu\n    maxpool 4\n    dense 10\ntrain epochs=1 batch=1");
}

static void a_training_that_learns_nothing_says_so(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "model dead:\n    dense 20\n    relu\n    dense 20\n    relu\n    dense 10");
    run_ok(f, "train epochs=6 batch=20 rate=0.3 schedule=constant optimizer=sgd");
    said(f, "err: the network has not learnt anything: its loss is 2.3");
    said(f, "the loss of guessing among 10 classes is ln(10) = 2.3026. Try a lower rate, such as "
            "rate=0.03, or a batchnorm");
    run_ok(f, "train epochs=1 batch=5 rate=0.00000001");
    said(f, "Try a higher rate, such as rate=0.001");
    run_ok(f, small_net);
    static const char *const normal[] = {
        "train epochs=1 batch=64", "train epochs=1 batch=4 schedule=constant rate=0.0001",
        "train epochs=1 batch=500", "train epochs=5 batch=16 optimizer=sgd rate=0.0001"};
    for (size_t i = 0; i < sizeof normal / sizeof normal[0]; i++) {
        run_ok(f, normal[i]);
        did_not_say(f, "not learnt anything");
    }
}

int main(void)
{
#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(each_parameter_of_a_resume_counts),
        SESSION_TEST(a_resume_has_the_rate_and_the_batch_of_its_line),
        SESSION_TEST(a_resume_stops_early_by_its_own_patience),
        SESSION_TEST(what_cannot_change_is_refused_at_its_place),
        SESSION_TEST(a_resume_runs_on_the_engine_of_now),
        SESSION_TEST(a_checkpoint_of_a_resumed_training_goes_on_to_the_same_end),
        SESSION_TEST(a_loaded_network_goes_on_with_the_recipe_of_its_file),
        SESSION_TEST(a_loaded_network_with_averaged_and_best_weights_goes_on),
        SESSION_TEST(a_file_of_an_interrupted_training_goes_on_within_its_epoch),
        SESSION_TEST(images_prepared_again_are_the_same_images),
        SESSION_TEST(a_recipe_run_again_gives_the_same_network),
        SESSION_TEST(a_recipe_has_the_stops_that_it_depends_on),
        SESSION_TEST(a_resume_on_another_split_says_what_the_network_has_seen),
        SESSION_TEST(a_file_has_the_split_of_the_training),
        SESSION_TEST(a_resume_on_other_images_says_so),
        SESSION_TEST(the_variables_are_those_of_the_kept_network),
        SESSION_TEST(the_kept_epoch_is_marked),
        SESSION_TEST(an_interrupt_keeps_the_best_weights),
        SESSION_TEST(the_rates_are_those_that_were_used),
        SESSION_TEST(single_images_are_refused_where_they_teach_nothing),
        SESSION_TEST(a_training_that_learns_nothing_says_so),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
