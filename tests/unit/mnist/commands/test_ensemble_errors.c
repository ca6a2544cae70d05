/*
 * test_ensemble_errors - `evaluate ensemble` with wrong names, damaged files, networks that do not
 * fit and other data.
 *
 * Expected values: every diagnostic. ensemble_fixture.h provides the networks.
 */
#include "mnist/commands/architecture.h"
#include "mnist/nn/model/model_file.h"
#include "tests/unit/mnist/commands/ensemble_fixture.h"

static void names_are_checked_before_networks_run(void **state)
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

static void write_bytes(const char *name, const char *bytes, size_t size)
{
    char path[300];
    model_path(path, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Copies the file of network a to models/NAME, with the byte at `from_end` from its end changed. */
static void write_damaged(const char *name, size_t from_end)
{
    char path[300], bytes[65536];
    model_path(path, "a");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size > 1000 && size < sizeof bytes);
    bytes[size - from_end] ^= 1;
    write_bytes(name, bytes, size);
}

static void the_error_names_the_damaged_file(void **state)
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
    model_path(path, "eleven");
    snprintf(text, sizeof text, "dense %d", classes);
    assert_true(architecture_parse(text, specs, &count, &error));
    struct network *network = network_new(specs, count, (struct shape){1, 28, 28}, 1, &error);
    assert_non_null(network);
    const struct model_pair pairs[] = {{"crop", "0"}, {"deskew", "0"}, {"normalize", "0"}};
    assert_true(model_file_save(path, network, pairs, 3, NULL, 0, &error));
    network_free(&network);
}

static void the_error_names_the_network_that_does_not_fit(void **state)
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
static void invalid_numbers_in_a_file_are_ignored(void **state)
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
    model_path(path, "wild");
    assert_true(model_file_save(path, network, pairs, 11, NULL, 0, &error));
    network_free(&network);
    load_small(f);
    run_ok(f, "evaluate ensemble a wild\nmodel load wild\nevaluate");
    assert_int_equal(f->session->model.preparation.config.crop, 0);
    assert_int_equal(f->session->data.validation, 0);
    assert_int_equal(f->session->model.history.config.seed, 42);
    assert_int_equal(f->session->model.history.batches, 0);
}

static void networks_of_another_data_set_are_reported(void **state)
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

static void a_checkpoint_can_be_a_member(void **state)
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

int main(void)
{
#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        SESSION_TEST(names_are_checked_before_networks_run),
        SESSION_TEST(the_error_names_the_damaged_file),
        SESSION_TEST(the_error_names_the_network_that_does_not_fit),
        SESSION_TEST(invalid_numbers_in_a_file_are_ignored),
        SESSION_TEST(networks_of_another_data_set_are_reported),
        SESSION_TEST(a_checkpoint_can_be_a_member),
    };
    return cmocka_run_group_tests(tests, ensemble_networks, remove_home);
}
