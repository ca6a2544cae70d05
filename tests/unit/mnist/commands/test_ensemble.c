/*
 * test_ensemble - `evaluate ensemble`, and the known label errors in `evaluate`.
 *
 * Independent computation: three networks with different preprocessing are loaded one after the
 * other with `model load`, run image by image, and the test adds their probabilities. Laws: an
 * ensemble of a network and its own copy is as accurate as the network; the order of the names has
 * no effect; the session does not change. Expected values: every diagnostic.
 *
 * The networks are trained once for the whole group: a (normalised), b (deskewed, cropped,
 * normalised), c (plain).
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/architecture.h"
#include "mnist/data/label_errors.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/nn/model/model_file.h"
#include "mnist/nn/train/metrics.h"
#include "tests/unit/mnist/commands/session_fixture.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static void run_format(struct fixture *f, const char *format, const char *text)
{
    char cell[400];
    snprintf(cell, sizeof cell, format, text);
    run_ok(f, cell);
}

static void train_and_save(struct fixture *f, const char *train, const char *name)
{
    run_ok(f, small_net);
    run_ok(f, train);
    run_format(f, "model save %s", name);
}

static int make_networks(void **state)
{
    if (make_home(state) != 0 || setup(state) != 0)
        return 1;
    struct fixture *f = *state;
    load_small(f);
    train_and_save(f, "train epochs=1 batch=64 seed=1", "a");
    run_ok(f, "preprocess deskew crop=24");
    train_and_save(f, "train epochs=2 batch=64 seed=2", "b");
    run_ok(f, "preprocess reset\npreprocess validation=200 seed=1");
    train_and_save(f, "train epochs=2 batch=64 seed=3", "c");
    run_ok(f, "model load a\nmodel save copy_of_a");
    return teardown(state);
}

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

static double variable(struct fixture *f, const char *name)
{
    struct error error;
    char *text = session_evaluate(f->session, name, &error);
    assert_non_null(text);
    double number = strtod(text, NULL);
    free(text);
    return number;
}

/* ---- independent computation ---- */

/* Adds the current network's probabilities of test image i to sums + 10 i. Returns the number of
   its errors. The images are those that `model load` has prepared. */
static int ask_by_hand(struct fixture *f, double *sums)
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

static int wrong_of_sums(const struct fixture *f, const double *sums)
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

static void it_is_the_mean_of_its_networks(void **state)
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
        wrong[i] = ask_by_hand(f, sums);
        mean += (1 - wrong[i] / (double)TEST) / 3;
    }
    int together = wrong_of_sums(f, sums);
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

static void a_network_beside_its_copy_is_as_good_as_alone(void **state)
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

static void each_set_may_judge(void **state)
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

struct before {
    const void *loaded, *prepared, *network, *items;
    uint64_t version, hash;
    int validation, epochs;
    double accuracy;
    bool deskew;
};

static struct before look(const struct session *s)
{
    return (struct before){
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

static void assert_same(const struct session *s, const struct before *was)
{
    struct before is = look(s);
    assert_ptr_equal(is.loaded, was->loaded);
    assert_ptr_equal(is.prepared, was->prepared);
    assert_ptr_equal(is.network, was->network);
    assert_ptr_equal(is.items, was->items);
    assert_true(is.version == was->version && is.hash == was->hash);
    assert_true(is.validation == was->validation && is.epochs == was->epochs);
    assert_true(is.accuracy == was->accuracy && is.deskew == was->deskew);
}

static void the_session_stays_as_it_is(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "model load a\nevaluate");
    struct before was = look(f->session);
    run_ok(f, "evaluate ensemble b c");
    assert_same(f->session, &was);
    run_fails(f, "evaluate ensemble b nosuch", "UsageError", "nosuch");
    assert_same(f->session, &was);
    assert_true(f->session->model.trainer == NULL);
    run_ok(f, "evaluate");
    assert_string_equal(f->session->model.name, "tiny");
}

static void it_needs_no_network_of_the_session(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "evaluate ensemble a b");
    assert_null(f->session->model.network);
}

static void it_can_be_interrupted_anywhere(void **state)
{
    struct fixture *f = *state;
    int stops = 0;
    load_small(f);
    run_ok(f, "model load a\naccuracy = 7\nevaluate");
    double accuracy = variable(f, "accuracy");
    struct before was = look(f->session);
    for (int calls = 1;; calls++) {
        f->calls_until_stop = calls;
        run(f, "evaluate ensemble b c");
        f->calls_until_stop = -1;
        if (f->report.status == SESSION_OK)
            break;
        assert_int_equal(f->report.status, SESSION_INTERRUPTED);
        assert_int_equal(f->memory.tables, 0);
        assert_same(f->session, &was);
        assert_true(variable(f, "accuracy") == accuracy);
        stops++;
    }
    assert_true(stops >= 5); /* before the line, at each file, while each network runs */
    assert_true(f->memory.progresses > 0);
}

/* ---- errors ---- */

static void names_are_checked_before_the_work(void **state)
{
    struct fixture *f = *state;
    char many[400] = "evaluate ensemble";
    load_small(f);
    run_fails(f, "evaluate ensemble", "UsageError", "evaluate ensemble mine fast");
    run_fails(f, "evaluate ensemble a", "UsageError",
              "evaluate ensemble a\n                  ^ an ensemble needs at least two networks");
    run_fails(f, "evaluate ensemble a b a", "UsageError",
              "evaluate ensemble a b a\n                      ^ the network `a` is listed twice");
    run_fails(f, "evaluate ensemble a b nosuch", "UsageError",
              "                      ^^^^^^ there is no saved network `nosuch`");
    snprintf(many + strlen(many), sizeof many - strlen(many), " %s/models/a.safetensors a", home);
    run_fails(f, many, "UsageError", "the network `a` is the same file as `/tmp/");
    run_fails(f, "evaluate ensemble a b /nowhere/x.safetensors", "SystemError",
              "network `/nowhere/x.safetensors`: ");
    assert_int_equal(f->memory.progresses, 0);
    snprintf(many, sizeof many, "evaluate ensemble");
    for (int i = 0; i < 65; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), " n%d", i);
    run_fails(f, many, "UsageError", "an ensemble has at most 64 networks, not 65");
}

static void models_path(char path[300], const char *name)
{
    snprintf(path, 300, "%s/models/%s.safetensors", home, name);
}

static void write_bytes(const char *name, const char *bytes, size_t size)
{
    char path[300];
    models_path(path, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Copies the file of network a to models/NAME, with the byte at `from_end` from its end changed. */
static void write_damaged(const char *name, size_t from_end)
{
    char path[300], bytes[65536];
    models_path(path, "a");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size > 1000 && size < sizeof bytes);
    bytes[size - from_end] ^= 1;
    write_bytes(name, bytes, size);
}

static void a_broken_file_is_named(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    write_bytes("garbage", "this is no network at all", 25);
    write_damaged("flipped", 1);
    run_fails(f, "evaluate ensemble a garbage", "DataError", "^^^^^^^ network `garbage`: ");
    run_fails(f, "evaluate ensemble flipped a", "DataError", "^^^^^^^ network `flipped`: ");
    assert_int_equal(f->memory.progresses, 0);
}

/* Saves a trained network with this number of classes as models/eleven.safetensors. */
static void write_classes(int classes)
{
    char path[300], text[64];
    struct layer_spec specs[4];
    int count;
    struct error error;
    models_path(path, "eleven");
    snprintf(text, sizeof text, "dense %d", classes);
    assert_true(architecture_parse(text, specs, &count, &error));
    struct network *network = network_new(specs, count, (struct shape){1, 28, 28}, 1, &error);
    assert_non_null(network);
    const struct model_pair pairs[] = {{"crop", "0"}, {"deskew", "0"}, {"normalize", "0"}};
    assert_true(model_file_save(path, network, pairs, 3, NULL, 0, &error));
    network_free(&network);
}

static void a_network_that_cannot_answer_is_named(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "model save young");
    run_fails(f, "evaluate ensemble a young", "StateError",
              "the network `young` was saved untrained");
    write_classes(11);
    run_fails(f, "evaluate ensemble a eleven", "UsageError", "network `eleven`: dense 11");
    run_fails(f, "model load eleven", "UsageError", "10 classes");
    write_classes(10);
    run_ok(f, "evaluate ensemble a eleven");
    run_ok(f, "preprocess reset\npreprocess crop=20 save=small20\nload small20");
    run_fails(f, "evaluate ensemble a c", "StateError",
              "the network `a` expects images of 28 x 28 pixels, "
              "but its preprocessing (normalize) produces 20 x 20 from the images of small20");
    run_fails(f, "evaluate ensemble b c", "StateError",
              "the network `b` does not fit these images of 20 x 20 pixels: crop must be");
}

/* Numbers that no file of ours has count as not there; how images are prepared is never guessed
   (test_model_files.py). */
static void wild_numbers_do_no_harm(void **state)
{
    struct fixture *f = *state;
    char path[300];
    struct error error;
    struct layer_spec spec = {.type = &layer_dense, .out = 10};
    const struct model_pair pairs[] = {{"trained", "yes"},
                                       {"crop", "0"},
                                       {"deskew", "0"},
                                       {"normalize", "0"},
                                       {"sd", "nan"},
                                       {"data", "small"},
                                       {"validation", "1e20"},
                                       {"split_seed", "-1"},
                                       {"seed", "-1"},
                                       {"batches", "2147483648"},
                                       {"epochs", "99999999999999999999"}};
    struct network *network = network_new(&spec, 1, (struct shape){1, 28, 28}, 1, &error);
    models_path(path, "wild");
    assert_true(model_file_save(path, network, pairs, 11, NULL, 0, &error));
    network_free(&network);
    load_small(f);
    run_ok(f, "evaluate ensemble a wild\nmodel load wild\nevaluate");
    assert_int_equal(f->session->model.preparation.config.crop, 0);
    assert_int_equal(f->session->data.validation, 0);
    assert_int_equal(f->session->model.history.config.seed, 42);
    assert_int_equal(f->session->model.history.batches, 0);
}

static void other_data_are_warned_about(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, "preprocess save=renamed\nload renamed\nevaluate ensemble a b");
    assert_null(strstr(f->memory.text, "err: ")); /* the same content */
    run_ok(f, "preprocess deskew save=straight\nload straight\nevaluate ensemble a b");
    said(f, "err: the network `a` was trained on the data set `small`, but these images are from "
            "`straight`");
    said(f, "err: the network `b` was trained on the data set `small`");
    said(f, "ensemble of 2");
}

static void a_checkpoint_may_take_part(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_fails(f, "evaluate ensemble a sketch", "UsageError", "no saved network `sketch`");
    run_ok(f, "model sketch:\n    dense 10\ntrain epochs=2 batch=64 seed=5");
    f->calls_until_stop = 25;
    run(f, "train epochs=40 batch=64 seed=5");
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    f->calls_until_stop = -1;
    assert_true(f->session->model.history.count > 0);
    run_ok(f, "evaluate ensemble a sketch");
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

static void only_mnist_has_label_errors_labels(void **state)
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
        SESSION_TEST(it_is_the_mean_of_its_networks),
        SESSION_TEST(a_network_beside_its_copy_is_as_good_as_alone),
        SESSION_TEST(each_set_may_judge),
        SESSION_TEST(the_session_stays_as_it_is),
        SESSION_TEST(it_needs_no_network_of_the_session),
        SESSION_TEST(it_can_be_interrupted_anywhere),
        SESSION_TEST(names_are_checked_before_the_work),
        SESSION_TEST(a_broken_file_is_named),
        SESSION_TEST(a_network_that_cannot_answer_is_named),
        SESSION_TEST(wild_numbers_do_no_harm),
        SESSION_TEST(other_data_are_warned_about),
        SESSION_TEST(a_checkpoint_may_take_part),
        SESSION_TEST(only_mnist_has_label_errors_labels),
    };
    return cmocka_run_group_tests(tests, make_networks, remove_home);
}
