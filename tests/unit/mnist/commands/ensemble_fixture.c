/*
 * ensemble_fixture - trains and saves the networks (see ensemble_fixture.h).
 */
#include "tests/unit/mnist/commands/ensemble_fixture.h"

void run_format(struct fixture *f, const char *format, const char *text)
{
    char cell[400];
    snprintf(cell, sizeof cell, format, text);
    run_ok(f, cell);
}

void model_path(char path[300], const char *name)
{
    snprintf(path, 300, "%s/models/%s.safetensors", home, name);
}

static void train_and_save(struct fixture *f, const char *train, const char *name)
{
    run_ok(f, small_net);
    run_ok(f, train);
    run_format(f, "model save %s", name);
}

int ensemble_networks(void **state)
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
