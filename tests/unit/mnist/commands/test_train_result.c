/*
 * test_train_result - the result of `train`: recipe, kept weights, variables, learning rates.
 *
 * Running a recipe again gives the same network. Messages, variables and learning rates describe
 * the network that is kept (early stop, interrupt). Batches that batchnorm cannot use are rejected,
 * and a training that does not reduce the loss is reported.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <math.h>

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

static void running_a_recipe_again_gives_the_same_network(void **state)
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

static void a_recipe_records_interrupts(void **state)
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

/* ---- the network that is kept ---------------------------------------------------------------- */

static const char overshoot[] = "train epochs=30 batch=64 rate=5 schedule=constant patience=3";

static void variables_describe_the_kept_network(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, overshoot);
    said(f, "stopped early");
    const struct epoch_record *best = epoch_record_at(f, best_epoch(f));
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
    assert_true(hash_of(f) == epoch_record_at(f, best)->hash);
    snprintf(text, sizeof text, "the weights of epoch %d, the best, are kept", best);
    assert_non_null(strstr(f->report.detail, text));
    assert_true(variable(f, "validation_loss") ==
                (double)epoch_record_at(f, best)->validation_loss);
    run_ok(f, "train resume");
    said(f, "stopped early");
    assert_true(hash_of(f) == whole);
    assert_int_equal(f->session->model.history.count, epochs);
}

/* ---- the learning rates ---------------------------------------------------------------------- */

static void plot_rate_shows_the_rates_of_all_steps(void **state)
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

static void batches_of_one_image_are_rejected_with_batchnorm(void **state)
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

static void a_training_without_progress_is_reported(void **state)
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
        not_said(f, "not learnt anything");
    }
}

int main(void)
{
#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(running_a_recipe_again_gives_the_same_network),
        SESSION_TEST(a_recipe_records_interrupts),
        SESSION_TEST(variables_describe_the_kept_network),
        SESSION_TEST(the_kept_epoch_is_marked),
        SESSION_TEST(an_interrupt_keeps_the_best_weights),
        SESSION_TEST(plot_rate_shows_the_rates_of_all_steps),
        SESSION_TEST(batches_of_one_image_are_rejected_with_batchnorm),
        SESSION_TEST(a_training_without_progress_is_reported),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
