/*
 * test_bench - reports of `bench` are consistent, and the session is unchanged.
 *
 * Laws: the figures of a report agree with each other (rate, time, operations, share), and the
 * median is between lowest and highest. By hand: the operations of the `keras` network. Wrong
 * parameters and interrupts give diagnostics and lose nothing. Speed is not tested: rounds take a
 * millisecond.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <jansson.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mnist/bench/bench_rounds.h"

/* The home of the fixture, with the project's data. */
static int make_home_with_data(void **state)
{
    char path[PROJECT_PATHS_SIZE], raw[PROJECT_PATHS_SIZE];
    if (make_home(state) != 0 || realpath("data/raw", raw) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/data", home);
    if (mkdir(path, 0777) != 0)
        return 1;
    snprintf(path, sizeof path, "%s/data/raw", home);
    return symlink(raw, path);
}

/* The report of a cell whose only output is one line of JSON. Caller frees. */
static json_t *json_of(struct fixture *f, const char *cell)
{
    json_error_t error;
    run_ok(f, cell);
    assert_int_equal(strncmp(f->memory.text, "out: ", 5), 0);
    assert_ptr_equal(strchr(f->memory.text, '\n'), strrchr(f->memory.text, '}') + 1);
    json_t *json = json_loads(f->memory.text + 5, JSON_DISABLE_EOF_CHECK, &error);
    if (json == NULL)
        fail_msg("%s\nin: %s", error.text, f->memory.text);
    return json;
}

static double number(const json_t *json, const char *field)
{
    const json_t *value = json_object_get(json, field);
    if (!json_is_number(value))
        fail_msg("there is no number %s", field);
    return json_number_value(value);
}

static const char *word(const json_t *json, const char *field)
{
    const char *text = json_string_value(json_object_get(json, field));
    if (text == NULL)
        fail_msg("there is no word %s", field);
    return text;
}

/* Equal to the seven digits of the JSON. */
static void assert_close(double a, double b)
{
    if (!(fabs(a - b) <= 1e-5 * fabs(b)))
        fail_msg("%.9g is not %.9g", a, b);
}

static void assert_rates(const json_t *json, int threads)
{
    double rate = number(json, "images_per_second");
    assert_true(isfinite(rate) && rate > 0);
    assert_true(number(json, "lowest_images_per_second") <= rate);
    assert_true(number(json, "highest_images_per_second") >= rate);
    assert_true(number(json, "rounds") >= BENCH_ROUNDS_LEAST &&
                number(json, "rounds") <= BENCH_ROUNDS);
    assert_close(number(json, "microseconds_per_image"), 1e6 / rate);
    assert_close(number(json, "threads"), threads);
}

static void assert_operations(const json_t *json)
{
    double rate = number(json, "images_per_second"), gflops = number(json, "gflops_as_dense"),
           peak = number(json, "peak_gflops");
    assert_close(gflops, 1e-3 * number(json, "mflop_per_image_as_dense") * rate);
    assert_true(isfinite(peak) && peak > 0);
    assert_close(number(json, "share_of_peak_as_dense"), gflops / peak);
    assert_true(strlen(word(json, "peak_kernel")) > 2);
    assert_string_equal(word(json, "engine"), engine_default()->name);
}

/* The peak is the highest measurement; relative to the median, a round could reach 103 %. */
static void the_peak_is_the_highest(void **state)
{
    (void)state;
    struct bench_rounds rounds = {.count = 3, .peaks = {70e9, 90e9, 80e9, 99e9}};
    assert_true(bench_peak(&rounds) == 90e9);
}

static void every_job_as_json(void **state)
{
    static const char *const jobs[] = {"train", "infer", "single", "augment", "load"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        char cell[100];
        bool network = i < 3;
        snprintf(cell, sizeof cell, "bench %s seconds=0.02 format=json", jobs[i]);
        json_t *json = json_of(f, cell);
        assert_string_equal(word(json, "what"), jobs[i]);
        assert_string_equal(word(json, "images"), i < 4 ? "synthetic" : "mnist");
        assert_rates(json, thread_pool_threads(f->session->pool));
        assert_int_equal(json_object_get(json, "network") != NULL, network);
        if (network)
            assert_operations(json);
        json_decref(json);
    }
}

static void every_job_as_a_table(void **state)
{
    static const struct {
        const char *cell, *row;
    } jobs[] = {
        {"bench seconds=0.02", "\nmultiple of the peak, as if dense  "},
        {"bench infer seconds=0.02", "  1,024\n"},
        {"bench single seconds=0.02", "\none image, 99th percentile, microseconds  "},
        {"bench augment seconds=0.02", "rotate=15 shift=3 scale=0.15 shear=10 elastic=0"},
        {"bench load seconds=0.02", "\none loading, milliseconds  "},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        run_ok(f, jobs[i].cell);
        said(f, jobs[i].row);
        said(f, "\nimages/s  ");
        /* a table among the results would be compared from run to run */
        assert_int_equal(f->memory.tables, 0);
        assert_int_equal(f->memory.progresses, 0);
        if (i < 4)
            said(f, "synthetic, 10,000 of 28 x 28: nothing is loaded");
    }
    assert_null(f->session->data.loaded);
}

static void operations_as_counted_by_hand(void **state)
{
    /* 26 26 32 9 + 11 11 64 288 + 1600 10 multiply-adds; training without the first 26 26 32 9
       again */
    const double conv1 = 194688, conv2 = 2230272, dense = 16000;
    struct fixture *f = *state;
    json_t *json = json_of(f, "bench infer model=keras batch=8 seconds=0.02 format=json");
    assert_close(number(json, "mflop_per_image_as_dense"), 2e-6 * (conv1 + conv2 + dense));
    assert_close(number(json, "parameters"), 34826);
    assert_close(number(json, "batch"), 8);
    json_decref(json);
    json = json_of(f, "bench model=keras batch=8 seconds=0.02 format=json");
    assert_close(number(json, "mflop_per_image_as_dense"),
                 1e-6 * (4 * conv1 + 6 * (conv2 + dense)));
    json_decref(json);
    json = json_of(f, "bench single seconds=0.02 format=json");
    assert_true(number(json, "median_microseconds") > 0);
    assert_true(number(json, "p99_microseconds") >= number(json, "median_microseconds"));
    json_decref(json);
}

static void a_network_of_the_session(void **state)
{
    struct fixture *f = *state;
    run_ok(f, "model mine:\n    conv 4 5x5 pad=2\n    batchnorm\n    relu\n    globalpool max\n"
              "    dense 10\nmodel lenet");
    json_t *json = json_of(f, "bench model=mine batch=16 seconds=0.02 format=json");
    assert_string_equal(word(json, "network"), "mine");
    assert_int_equal(json_array_size(json_object_get(json, "layers")), 5);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "layers"), 0)),
                        "conv 4 5x5 pad=2");
    json_decref(json);
    assert_string_equal(f->session->model.name, "lenet");
}

/* keras: two convolutions with what follows them, dropout, dense; the first has no gradient of its
   input, dropout none of weights, and the work is that of the whole training. */
static void layers_one_by_one(void **state)
{
    static const char *const ways[] = {"forward",
                                       "gradient of the weights",
                                       "forward",
                                       "gradient of the weights",
                                       "gradient of the input",
                                       "forward",
                                       "gradient of the input",
                                       "forward",
                                       "gradient of the weights",
                                       "gradient of the input"};
    struct fixture *f = *state;
    json_t *json = json_of(f, "bench layers model=keras batch=8 seconds=0.02 format=json");
    const json_t *stages = json_object_get(json, "stages");
    double mflop = 0;
    assert_close(number(json, "threads"), 1);
    assert_null(json_object_get(json, "images_per_second"));
    assert_int_equal(json_array_size(stages), 10);
    for (size_t i = 0; i < 10; i++) {
        json_t *row = json_array_get(stages, i);
        assert_string_equal(word(row, "way"), ways[i]);
        assert_true(number(row, "microseconds_per_image") > 0);
        if (json_object_get(row, "mflop_per_image_executed") != NULL) {
            mflop += number(row, "mflop_per_image_executed");
            assert_true(number(row, "share_of_peak_executed") > 0);
        }
    }
    assert_string_equal(word(json_array_get(stages, 2), "layers"), "conv 64 3x3, relu, maxpool 2");
    json_decref(json);
    json = json_of(f, "bench train model=keras batch=8 seconds=0.02 format=json");
    double whole = number(json, "mflop_per_image_executed"); /* trained a little: fewer lives */
    assert_true(fabs(mflop / whole - 1) < 0.2);
    json_decref(json);
    run_ok(f, "bench layers model=keras batch=8 seconds=0.02");
    said(f, "conv 32 3x3, relu, maxpool 2  forward ");
}

static void the_images_of_the_session(void **state)
{
    struct fixture *f = *state;
    run_ok(f, "load mnist\npreprocess crop=20 normalize validation=5000\naugment rotate=5");
    json_t *json = json_of(f, "bench train model=lenet seconds=0.02 format=json");
    assert_string_equal(word(json, "images"), "mnist");
    assert_string_equal(word(json, "augmentation"), "rotate=5 shift=0 scale=0 shear=0 elastic=0");
    json_decref(json);
    run_ok(f, "bench augment seconds=0.02");
    said(f, "rotate=5 shift=0");
    said(f, "mnist, 60,000 of 20 x 20\n");
    run_ok(f, "preprocess crop=8");
    run_fails(f, "bench model=keras", "UsageError", "maxpool 2: ");
}

static void the_session_stays_as_it_was(void **state)
{
    struct fixture *f = *state;
    const struct session *s = f->session;
    run_ok(f, "load mnist\npreprocess normalize validation=59000 seed=1\n"
              "model tiny:\n    conv 4 5x5\n    relu\n    maxpool 2\n    dense 10\n"
              "augment shift=1\n"
              "train epochs=3 batch=100 seed=3");
    uint64_t whole = network_hash(s->model.network), version = s->data.version;
    f->calls_until_stop = 15;
    run(f, "train epochs=3 batch=100 seed=3");
    f->calls_until_stop = -1;
    assert_int_equal(f->report.status, SESSION_INTERRUPTED);
    uint64_t half = network_hash(s->model.network);
    const struct trainer *trainer = s->model.trainer;
    int records = s->model.history.count;
    run_ok(f, "bench train model=tiny seconds=0.02\nbench infer seconds=0.02\n"
              "bench single seconds=0.02\nbench augment seconds=0.02\nbench load seconds=0.02");
    assert_false(f->report.changed);
    assert_true(network_hash(s->model.network) == half);
    assert_ptr_equal(s->model.trainer, trainer);
    assert_int_equal(s->model.history.count, records);
    assert_string_equal(s->model.name, "tiny");
    assert_true(s->data.version == version);
    run_ok(f, "train resume");
    assert_true(network_hash(s->model.network) == whole);
}

static void wrong_words_are_pointed_at(void **state)
{
    struct fixture *f = *state;
    run_fails(
        f, "bench trian", "UsageError",
        "bench trian\n      ^^^^^ what must be train, infer, single, augment, load or layers, not");
    run_fails(f, "bench trian", "UsageError", "did you mean `train`?");
    run_fails(f, "bench model=nosuch", "UsageError",
              "bench model=nosuch\n      ^^^^^^^^^^^^ there is no network `nosuch`: use lenet");
    run_fails(f, "bench single batch=8", "UsageError",
              "^^^^^^^ batch goes with train, infer and layers: `bench single` has none");
    run_fails(
        f, "bench load model=fast", "UsageError",
        "^^^^^^^^^^ model goes with train, infer, single and layers: `bench load` runs no network");
    run_fails(f, "bench batch=0", "UsageError", "batch must be an integer from 1 to 8192");
    run_fails(f, "bench seconds=0", "UsageError", "seconds must be a number from 0.01 to 600");
    run_fails(f, "bench format=xml", "UsageError", "^^^^^^^^^^ format must be table or json");
    run_fails(f, "bench threads=2", "UsageError", "threads");
}

static void an_interrupt_ends_every_job(void **state)
{
    static const char *const cells[] = {
        "bench train seconds=600",  "bench infer seconds=600 batch=8",
        "bench single seconds=600", "bench augment seconds=600",
        "bench load seconds=600",   "bench layers seconds=600 batch=8"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        f->calls_until_stop = 5;
        run(f, cells[i]);
        assert_int_equal(f->report.status, SESSION_INTERRUPTED);
        assert_string_equal(f->report.name, "KeyboardInterrupt");
        assert_string_equal(f->memory.text, "");
        f->calls_until_stop = -1;
    }
    run_ok(f, "bench seconds=0.02");
}

static void medians(void **state)
{
    (void)state;
    double one[] = {3}, odd[] = {5, 1, 9}, even[] = {8, 2, 4, 6};
    assert_true(bench_median(one, 1) == 3);
    assert_true(bench_median(odd, 3) == 5 && odd[0] == 1 && odd[2] == 9);
    assert_true(bench_median(even, 4) == 5);
}

int main(void)
{
#define BENCH_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians),
        BENCH_TEST(the_peak_is_the_highest),
        BENCH_TEST(every_job_as_json),
        BENCH_TEST(every_job_as_a_table),
        BENCH_TEST(operations_as_counted_by_hand),
        BENCH_TEST(a_network_of_the_session),
        BENCH_TEST(layers_one_by_one),
        BENCH_TEST(the_images_of_the_session),
        BENCH_TEST(the_session_stays_as_it_was),
        BENCH_TEST(wrong_words_are_pointed_at),
        BENCH_TEST(an_interrupt_ends_every_job),
    };
    return cmocka_run_group_tests(tests, make_home_with_data, remove_home);
}
