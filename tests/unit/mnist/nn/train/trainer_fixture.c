/*
 * trainer_fixture - a trainer with two sources of images in memory.
 */
#include "tests/unit/mnist/nn/train/trainer_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

const struct shape trained_shape = {1, 10, 11};
const char trained_text[] =
    "conv 4 3x3; batchnorm; relu; maxpool 2; conv 5 3x3; relu; dropout 0.2; dense 10";

bool interrupting_tick(struct progress *watch, double done, double total)
{
    struct interrupting_watch *stopping = (struct interrupting_watch *)(void *)watch;
    stopping->done = done;
    stopping->total = total;
    return ++stopping->ticks != stopping->at;
}

struct trainer_config small_config(void)
{
    struct trainer_config config = trainer_config_default();
    config.epochs = EPOCHS;
    config.batch = BATCH;
    config.ema = true;
    config.smoothing = 0.05f;
    config.clip = 5;
    return config;
}

void setup_make(struct setup *setup, const char *network, struct trainer_config config)
{
    struct error error = {0};
    setup->network = network_from_text(network, trained_shape, 1);
    setup->images = memory_images_make(trained_shape, IMAGES, 1);
    setup->held_out = memory_images_make(trained_shape, VALIDATION, 2);
    setup->training = memory_source(&setup->images);
    setup->validation = memory_source(&setup->held_out);
    setup->config = config;
    setup->trainer = trainer_new(setup->network, engine_default(), &config, &setup->training,
                                 &setup->validation, &error);
    if (setup->trainer == NULL)
        fail_msg("%s", error.text);
}

void setup_release(struct setup *setup)
{
    trainer_free(&setup->trainer);
    network_free(&setup->network);
    memory_images_release(&setup->images);
    memory_images_release(&setup->held_out);
}

bool setup_run(struct setup *setup, int threads, struct progress *watch,
               const struct trainer_events *events, struct error *error)
{
    struct thread_pool *pool = thread_pool_new(threads, error);
    assert_non_null(pool);
    bool done = trainer_run(setup->trainer, pool, watch, events, error);
    thread_pool_free(&pool);
    return done;
}

void setup_finish(struct setup *setup)
{
    struct error error = {0};
    if (!setup_run(setup, 2, NULL, NULL, &error))
        fail_msg("%s", error.text);
}

uint64_t trained_hash(const char *network, struct trainer_config config, int threads)
{
    struct setup setup;
    struct error error = {0};
    setup_make(&setup, network, config);
    assert_true(setup_run(&setup, threads, NULL, NULL, &error));
    uint64_t hash = network_hash(setup.network);
    setup_release(&setup);
    return hash;
}
