/*
 * test_ensemble - `evaluate ensemble`, and the known label errors in `evaluate`.
 *
 * Independent computation: three networks with different preprocessing are loaded one after the
 * other with `model load`, run image by image, and the test adds their probabilities. Laws: an
 * ensemble of a network and its own copy is as accurate as the network; the order of the names has
 * no effect; the session does not change. ensemble_fixture.h provides the networks;
 * test_ensemble_errors.c has the tests of wrong names and files.
 */
#include "mnist/base/count_text.h"
#include "mnist/data/label_errors.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/nn/train/metrics.h"
#include "tests/unit/mnist/commands/ensemble_fixture.h"

#include <math.h>

/* The number at the end of the table's row that begins with `name`. */
static int row_errors(const struct fixture *f, const char *name)
{
    char begin[64];
    int images = 0;
    snprintf(begin, sizeof begin, "\n%s  ", name);
    const char *row = strstr(f->memory.text, begin);
    if (row == NULL)
        fail_msg("no row %s in:\n%s", name, f->memory.text);
    size_t end = 1 + strcspn(row + 1, "\n");
    while (row[end - 1] != ' ')
        end--;
    assert_int_equal(sscanf(row + end, "%d", &images), 1);
    return images;
}

/* ---- independent computation ---- */

/* Adds the current network's probabilities of test image i to sums + 10 i. Returns the number of
   its errors. The images are those that `model load` has prepared. */
static int add_probabilities(struct fixture *f, double *sums)
{
    struct session *s = f->session;
    const struct dataset *data = s->data.prepared;
    size_t size = dataset_image_size(data);
    float *x = malloc(size * sizeof *x), p[DATASET_CLASSES];
    struct error error;
    struct predictor *predictor = predictor_new(s->model.network, s->engine, s->pool, &error);
    int wrong = 0;
    assert_non_null(x);
    assert_non_null(predictor);
    for (int i = 0; i < data->test.count; i++) {
        normalize_bytes(&s->model.preparation.normalization, x, dataset_image(data, &data->test, i),
                        size);
        predictor_one(predictor, x, p);
        for (int c = 0; c < DATASET_CLASSES; c++)
            sums[i * DATASET_CLASSES + c] += (double)p[c];
        wrong += metrics_argmax(p, DATASET_CLASSES) != data->test.labels[i];
    }
    predictor_free(&predictor);
    free(x);
    return wrong;
}

static int errors_of_sums(const struct fixture *f, const double *sums)
{
    int wrong = 0;
    for (int i = 0; i < TEST; i++) {
        int best = 0;
        for (int c = 1; c < DATASET_CLASSES; c++)
            best = sums[i * DATASET_CLASSES + c] > sums[i * DATASET_CLASSES + best] ? c : best;
        wrong += best != f->session->data.loaded->test.labels[i];
    }
    return wrong;
}

static void the_ensemble_averages_the_probabilities(void **state)
{
    struct fixture *f = *state;
    static double sums[TEST * DATASET_CLASSES];
    static const char *const names[] = {"a", "b", "c"};
    int wrong[3];
    double mean = 0, squares = 0;
    char row[64];
    load_small(f);
    for (int i = 0; i < 3; i++) {
        run_format(f, "model load %s", names[i]);
        wrong[i] = add_probabilities(f, sums);
        mean += (1 - wrong[i] / (double)TEST) / 3;
    }
    int together = errors_of_sums(f, sums);
    for (int i = 0; i < 3; i++) {
        assert_true(together != wrong[i]); /* otherwise the test would prove little */
        squares += pow(1 - wrong[i] / (double)TEST - mean, 2);
    }
    load_small(f);
    run_ok(f, "evaluate ensemble a b c");
    said(f, "table:\n3 networks on the test set");
    for (int i = 0; i < 3; i++)
        assert_int_equal(row_errors(f, names[i]), wrong[i]);
    assert_int_equal(row_errors(f, "ensemble of 3"), together);
    snprintf(row, sizeof row, "\nmean of the networks   %.2f %%", 100 * mean);
    said(f, row);
    snprintf(row, sizeof row, " sd %.2f", 100 * sqrt(squares / 2));
    said(f, row);
    said(f, "of 400 images\n");
    assert_int_equal((int)variable(f, "errors"), together);
    assert_true(fabs(variable(f, "accuracy") - (1 - together / (double)TEST)) < 1e-12);
    run_ok(f, "evaluate ensemble c a b");
    assert_int_equal(row_errors(f, "ensemble of 3"), together);
}

static void a_network_and_its_copy_are_as_accurate_as_the_network(void **state)
{
    struct fixture *f = *state;
    char cell[300];
    load_small(f);
    run_ok(f, "model load a\nevaluate");
    int alone = (int)variable(f, "errors");
    run_ok(f, "evaluate ensemble a copy_of_a");
    assert_int_equal(row_errors(f, "a"), alone);
    assert_int_equal(row_errors(f, "ensemble of 2"), alone);
    said(f, "sd 0.00");
    snprintf(cell, sizeof cell,
             "other = \"copy_of_a\"\nevaluate ensemble %s/models/a.safetensors $other", home);
    run_ok(f, cell);
    assert_int_equal((int)variable(f, "errors"), alone);
}

static void each_set_can_be_evaluated(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "evaluate ensemble a b set=validation");
    said(f, "on the validation set");
    said(f, "of 200 images");
    assert_null(strstr(f->memory.text, "err: "));
    run_ok(f, "model load a\nevaluate set=validation");
    int alone = (int)variable(f, "errors");
    run_ok(f, "evaluate ensemble set=validation a copy_of_a");
    assert_int_equal((int)variable(f, "errors"), alone);
    run_ok(f, "evaluate ensemble a b set=train");
    said(f, "of 1,000 images");
    run_ok(f, "preprocess validation=200 seed=2\nevaluate ensemble a b set=validation");
    said(f, "err: 160 of these 200 validation images were training images of the network `b`");
    run_ok(f, "preprocess validation=0");
    run_fails(f, "evaluate ensemble a b set=validation", "UsageError",
              "preprocess validation=5000");
}

/* ---- the session ---- */

struct session_view {
    const void *loaded, *prepared, *network, *items;
    uint64_t version, hash;
    int validation, epochs;
    double accuracy;
    bool deskew;
};

static struct session_view view(const struct session *s)
{
    return (struct session_view){
        .loaded = s->data.loaded,
        .prepared = s->data.prepared,
        .network = s->model.network,
        .items = s->data.split.validation,
        .version = s->data.version,
        .hash = network_hash(s->model.network),
        .validation = s->data.validation,
        .epochs = s->model.history.count,
        .accuracy = s->model.test_accuracy,
        .deskew = s->data.preparation.config.deskew,
    };
}

static void assert_unchanged(const struct session *s, const struct session_view *was)
{
    struct session_view is = view(s);
    assert_ptr_equal(is.loaded, was->loaded);
    assert_ptr_equal(is.prepared, was->prepared);
    assert_ptr_equal(is.network, was->network);
    assert_ptr_equal(is.items, was->items);
    assert_true(is.version == was->version && is.hash == was->hash);
    assert_true(is.validation == was->validation && is.epochs == was->epochs);
    assert_true(is.accuracy == was->accuracy && is.deskew == was->deskew);
}

static void the_session_does_not_change(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "model load a\nevaluate");
    struct session_view was = view(f->session);
    run_ok(f, "evaluate ensemble b c");
    assert_unchanged(f->session, &was);
    run_fails(f, "evaluate ensemble b nosuch", "UsageError", "nosuch");
    assert_unchanged(f->session, &was);
    assert_true(f->session->model.trainer == NULL);
    run_ok(f, "evaluate");
    assert_string_equal(f->session->model.name, "tiny");
}

static void an_ensemble_needs_no_current_network(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "evaluate ensemble a b");
    assert_null(f->session->model.network);
}

static void an_interrupt_at_any_point_changes_nothing(void **state)
{
    struct fixture *f = *state;
    int stops = 0;
    load_small(f);
    run_ok(f, "model load a\naccuracy = 7\nevaluate");
    double accuracy = variable(f, "accuracy");
    struct session_view was = view(f->session);
    for (int calls = 1;; calls++) {
        f->calls_until_stop = calls;
        run(f, "evaluate ensemble b c");
        f->calls_until_stop = -1;
        if (f->report.status == SESSION_OK)
            break;
        assert_int_equal(f->report.status, SESSION_INTERRUPTED);
        assert_int_equal(f->memory.tables, 0);
        assert_unchanged(f->session, &was);
        assert_true(variable(f, "accuracy") == accuracy);
        stops++;
    }
    assert_true(stops >= 5); /* before the line, at each file, while each network runs */
    assert_true(f->memory.progresses > 0);
}

/* ---- label errors ---- */

/* The number of the fifteen label errors for which the current network does not predict the
   label. */
static int label_errors_wrong(struct fixture *f)
{
    struct session *s = f->session;
    const struct dataset *data = s->data.prepared;
    size_t size = dataset_image_size(data);
    float x[28 * 28], p[DATASET_CLASSES];
    struct error error;
    struct predictor *predictor = predictor_new(s->model.network, s->engine, s->pool, &error);
    int wrong = 0;
    assert_non_null(predictor);
    for (int i = 0; i < LABEL_ERROR_COUNT; i++) {
        int index = label_errors_labels[i].index;
        normalize_bytes(&s->model.preparation.normalization, x,
                        dataset_image(data, &data->test, index), size);
        predictor_one(predictor, x, p);
        wrong += metrics_argmax(p, DATASET_CLASSES) != data->test.labels[index];
    }
    predictor_free(&predictor);
    return wrong;
}

static void only_mnist_has_known_label_errors(void **state)
{
    struct fixture *f = *state;
    char text[128], count[COUNT_TEXT_SIZE];
    load_small(f);
    run_ok(f, "model load a\nevaluate");
    assert_null(strstr(f->memory.text, "label errors"));
    run_ok(f, "evaluate ensemble a b");
    assert_null(strstr(f->memory.text, "label errors"));
    run_ok(f, "load data/raw\nmodel load a\nevaluate");
    int wrong = (int)variable(f, "errors"), left = wrong - label_errors_wrong(f);
    assert_true(left < wrong);
    snprintf(text, sizeof text, "(Northcutt et al. 2021): %.2f %%, %s errors in 9,985 images\n",
             100 * (1 - left / 9985.0), count_text(count, left));
    said(f, "in 10,000 images\nwithout the 15 label errors ");
    said(f, text);
    run_ok(f, "preprocess deskew crop=26\nevaluate ensemble a copy_of_a");
    said(f, "\nwithout 15 label errors");
    snprintf(text, sizeof text, "  %s\nof 10,000 images; label errors", count);
    said(f, text);
    run_ok(f,
           "preprocess reset\npreprocess validation=10000\nevaluate ensemble a b set=validation");
    assert_null(strstr(f->memory.text, "label errors"));
}

int main(void)
{
#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(the_ensemble_averages_the_probabilities),
        SESSION_TEST(a_network_and_its_copy_are_as_accurate_as_the_network),
        SESSION_TEST(each_set_can_be_evaluated),
        SESSION_TEST(the_session_does_not_change),
        SESSION_TEST(an_ensemble_needs_no_current_network),
        SESSION_TEST(an_interrupt_at_any_point_changes_nothing),
        SESSION_TEST(only_mnist_has_known_label_errors),
    };
    return cmocka_run_group_tests(tests, ensemble_networks, remove_home);
}
