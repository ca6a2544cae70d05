/*
 * Proves for the trainer: the loss falls; the bits do not depend on the number of threads (1, 2, 3
 * and 5), an interrupt after any batch or in the validation, a new source or another pool; early
 * stopping, best weights, averaged weights, extension, a changed config, a continuation from a file
 * and a loss that is not finite behave as trainer.h states. The networks have batch-norm and
 * dropout, and the batch size does not divide the number of images.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/engine/predict.h"
#include "mnist/nn/train/trainer.h"
#include "tests/unit/mnist/nn/network_fixture.h"

static const struct shape shape = {1, 10, 11};
static const char text[] =
    "conv 4 3x3; batchnorm; relu; maxpool 2; conv 5 3x3; relu; dropout 0.2; dense 10";

static const char learner[] =
    "conv 8 3x3 pad=same; batchnorm; relu; maxpool 2; conv 16 3x3; relu; dropout 0.1; dense 10";

enum {
    IMAGES = 205,
    VALIDATION = 77,
    BATCH = 48,
    EPOCHS = 3
}; /* 5 batches an epoch, the last of 13 */

/* Interrupts once, at tick number `at` (from 1). */
struct stopping_watch {
    struct progress watch;
    int ticks, at;
    double done, total;
};

static bool stopping_tick(struct progress *watch, double done, double total)
{
    struct stopping_watch *stopping = (struct stopping_watch *)(void *)watch;
    stopping->done = done;
    stopping->total = total;
    return ++stopping->ticks != stopping->at;
}

struct setup {
    struct network *network;
    struct memory_images images, held_out;
    struct data_source training, validation;
    struct trainer_config config;
    struct trainer *trainer;
};

static struct trainer_config small_config(void)
{
    struct trainer_config config = trainer_config_default();
    config.epochs = EPOCHS;
    config.batch = BATCH;
    config.ema = true;
    config.smoothing = 0.05f;
    config.clip = 5;
    return config;
}

static void setup_make(struct setup *setup, const char *network, struct trainer_config config)
{
    struct error error = {0};
    setup->network = network_from_text(network, shape, 1);
    setup->images = memory_images_make(shape, IMAGES, 1);
    setup->held_out = memory_images_make(shape, VALIDATION, 2);
    setup->training = memory_source(&setup->images);
    setup->validation = memory_source(&setup->held_out);
    setup->config = config;
    setup->trainer = trainer_new(setup->network, engine_default(), &config, &setup->training,
                                 &setup->validation, &error);
    if (setup->trainer == NULL)
        fail_msg("%s", error.text);
}

static void setup_release(struct setup *setup)
{
    trainer_free(&setup->trainer);
    network_free(&setup->network);
    memory_images_release(&setup->images);
    memory_images_release(&setup->held_out);
}

static bool run(struct setup *setup, int threads, struct progress *watch,
                const struct trainer_events *events, struct error *error)
{
    struct thread_pool *pool = thread_pool_new(threads, error);
    assert_non_null(pool);
    bool done = trainer_run(setup->trainer, pool, watch, events, error);
    thread_pool_free(&pool);
    return done;
}

static uint64_t trained_hash(const char *network, struct trainer_config config, int threads)
{
    struct setup setup;
    struct error error = {0};
    setup_make(&setup, network, config);
    assert_true(run(&setup, threads, NULL, NULL, &error));
    uint64_t hash = network_hash(setup.network);
    setup_release(&setup);
    return hash;
}

/* ---- learning -------------------------------------------------------------------------------- */

static void training_learns_and_keeps_a_history(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    config.epochs = 20;
    struct setup setup;
    struct error error = {0};
    struct stopping_watch watch = {.watch = {stopping_tick}};
    setup_make(&setup, learner, config);
    assert_true(run(&setup, 2, &watch.watch, NULL, &error));
    int count;
    const struct epoch_record *history = trainer_history(setup.trainer, &count);
    assert_int_equal(count, 20);
    assert_true(watch.done == 100 && watch.total == 100);
    for (int i = 0; i < count; i++) {
        assert_int_equal(history[i].epoch, i + 1);
        assert_true(isfinite(history[i].validation_loss) && history[i].seconds > 0);
    }
    assert_true(history[19].train_accuracy > 0.9f);
    assert_true(history[19].train_loss < history[0].train_loss);
    assert_true(history[19].validation_accuracy > 0.4f);
    assert_int_equal(history[19].hash, network_hash(setup.network));
    assert_true(trainer_finished(setup.trainer));
    assert_false(trainer_stopped_early(setup.trainer));
    setup_release(&setup);
}

static void each_optimizer_and_schedule_learns(void **state)
{
    (void)state;
    for (enum optimizer_kind optimizer = 0; optimizer < OPTIMIZER_PLUGIN; optimizer++)
        for (enum schedule_kind schedule = 0; schedule < SCHEDULE_PLUGIN; schedule++) {
            struct trainer_config config = small_config();
            config.optimizer = optimizer;
            config.schedule = schedule;
            config.rate = optimizer == OPTIMIZER_SGD ? 0.05f : 0.01f;
            config.warmup = 0.5f;
            config.decay = 1e-4f;
            config.epochs = 10;
            struct setup setup;
            struct error error = {0};
            setup_make(&setup, learner, config);
            assert_true(run(&setup, 2, NULL, NULL, &error));
            int count;
            const struct epoch_record *history = trainer_history(setup.trainer, &count);
            if (!(history[9].train_accuracy > 0.45f))
                fail_msg("%s, schedule %d: %g", optimizer_name(config.optimizer),
                         (int)config.schedule, (double)history[9].train_accuracy);
            setup_release(&setup);
        }
}

/* ---- the same bits --------------------------------------------------------------------------- */

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const char *const networks[] = {
        text,
        "conv 6 3x3; relu; maxpool 2; dropout 0.5; dense 10",
        "flatten; dense 20; batchnorm; relu; dense 10",
        "conv 4 5x5 pad=same; avgpool 2; conv 5 3x3; batchnorm; globalpool avg; dense 10",
    };
    static const int threads[] = {2, 3, 5};
    for (int i = 0; i < 4; i++) {
        struct trainer_config config = small_config();
        config.batch = 100; /* six slots of 16, one of 4 */
        uint64_t one = trained_hash(networks[i], config, 1);
        for (int j = 0; j < 3; j++)
            assert_int_equal(trained_hash(networks[i], config, threads[j]), one);
    }
}

static void bits_depend_on_seed_and_data_order(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    uint64_t hash = trained_hash(text, config, 1);
    assert_int_equal(trained_hash(text, config, 1), hash);
    config.seed++;
    assert_true(trained_hash(text, config, 1) != hash);
}

/* A training that is interrupted after every batch and in every validation, with changing pools,
   gives the same bits as an uninterrupted one. */
static void resumed_equals_uninterrupted(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    uint64_t expected = trained_hash(text, config, 2);
    struct setup whole;
    struct error error = {0};
    struct stopping_watch counting = {.watch = {stopping_tick}};
    setup_make(&whole, text, config);
    assert_true(run(&whole, 1, &counting.watch, NULL, &error));
    assert_int_equal(counting.ticks,
                     EPOCHS * 5 + EPOCHS * 2); /* validations of 77 images: rounds of 64 */
    for (int at = 1; at <= counting.ticks; at++) {
        struct setup setup;
        struct stopping_watch watch = {.watch = {stopping_tick}, .at = at};
        setup_make(&setup, text, config);
        assert_false(run(&setup, 1, &watch.watch, NULL, &error));
        assert_int_equal(error.kind, ERROR_INTERRUPTED);
        assert_false(trainer_finished(setup.trainer));
        assert_true(network_finite(setup.network));
        trainer_set_sources(setup.trainer, &setup.training, &setup.validation);
        assert_true(run(&setup, 1 + at % 3, NULL, NULL, &error));
        assert_int_equal(network_hash(setup.network), expected);
        int a, b;
        const struct epoch_record *x = trainer_history(whole.trainer, &a);
        const struct epoch_record *y = trainer_history(setup.trainer, &b);
        assert_int_equal(a, b);
        for (int i = 0; i < a; i++)
            assert_true(x[i].train_loss == y[i].train_loss && x[i].hash == y[i].hash &&
                        x[i].validation_loss == y[i].validation_loss);
        setup_release(&setup);
    }
    setup_release(&whole);
}

static void interrupt_stops_within_one_batch(void **state)
{
    (void)state;
    struct setup setup;
    struct error error = {0};
    struct stopping_watch watch = {.watch = {stopping_tick}, .at = 2};
    setup_make(&setup, text, small_config());
    assert_false(run(&setup, 2, &watch.watch, NULL, &error));
    assert_int_equal(watch.ticks, 2);
    struct trainer_position position = trainer_position(setup.trainer);
    assert_int_equal(position.epoch, 1);
    assert_int_equal(position.batch, 2);
    assert_int_equal(position.step, 2);
    setup_release(&setup);
}

static void extension_continues(void **state)
{
    (void)state;
    struct setup setup;
    struct error error = {0};
    struct trainer_config config = small_config();
    config.schedule = SCHEDULE_CONSTANT; /* then a stretched schedule is the same */
    setup_make(&setup, text, config);
    assert_true(run(&setup, 2, NULL, NULL, &error));
    assert_true(run(&setup, 1, NULL, NULL, &error)); /* nothing left to do */
    assert_true(trainer_extend(setup.trainer, 2, &error));
    assert_false(trainer_finished(setup.trainer));
    assert_true(run(&setup, 2, NULL, NULL, &error));
    int count;
    trainer_history(setup.trainer, &count);
    assert_int_equal(count, EPOCHS + 2);
    config.epochs = EPOCHS + 2;
    assert_int_equal(network_hash(setup.network), trained_hash(text, config, 1));
    assert_false(trainer_extend(setup.trainer, TRAINER_EPOCHS_MAX, &error));
    setup_release(&setup);
}

/* One more epoch of a training that was stopped in its first epoch finishes that epoch. */
static void extension_counts_from_the_current_epoch(void **state)
{
    (void)state;
    struct setup setup;
    struct error error = {0};
    setup_make(&setup, text, small_config());
    struct stopping_watch watch = {.watch = {stopping_tick}, .at = 2};
    assert_false(run(&setup, 2, &watch.watch, NULL, &error));
    assert_true(trainer_extend(setup.trainer, 1, &error));
    assert_true(run(&setup, 2, NULL, NULL, &error));
    int count;
    trainer_history(setup.trainer, &count);
    assert_int_equal(count, 1);
    assert_true(trainer_finished(setup.trainer));
    setup_release(&setup);
}

/* ---- a changed config ------------------------------------------------------------------------ */

static void change(struct setup *setup, const struct trainer_config *config,
                   struct trainer_restart restart)
{
    struct error error = {0};
    if (!trainer_change(setup->trainer, config, restart, &error))
        fail_msg("%s", error.text);
}

static void go_to_the_end(struct setup *setup)
{
    struct error error = {0};
    if (!run(setup, 2, NULL, NULL, &error))
        fail_msg("%s", error.text);
}

/* Two epochs of plain SGD at one rate, then one at another rate, equal the same steps with a
   separate optimizer; plain SGD has no state. */
static void a_changed_rate_applies_from_the_current_step(void **state)
{
    (void)state;
    struct trainer_config config = small_config(), next;
    config.epochs = 2;
    config.schedule = SCHEDULE_CONSTANT;
    config.optimizer = OPTIMIZER_SGD;
    config.momentum = 0;
    config.ema = false;
    config.rate = 0.05f;
    struct setup changed, stepped;
    setup_make(&changed, text, config);
    go_to_the_end(&changed);
    next = config;
    next.epochs = 3;
    next.rate = 0.025f;
    change(&changed, &next, (struct trainer_restart){.schedule = true});
    go_to_the_end(&changed);

    config.epochs = 3; /* half the rate after two epochs */
    config.schedule = SCHEDULE_STEP;
    config.step_epochs = 2;
    setup_make(&stepped, text, config);
    go_to_the_end(&stepped);
    assert_int_equal(network_hash(changed.network), network_hash(stepped.network));
    const struct rate_curve *curve = trainer_rates(changed.trainer);
    assert_int_equal(curve->steps, 15);
    for (int i = 0; i < 15; i++)
        assert_true(curve->rates[i] == (i < 10 ? 0.05f : 0.025f));
    setup_release(&changed);
    setup_release(&stepped);
}

/* After each number of epochs, with averaged and best weights: another trainer with the kept
   weights and the same position continues with the same bits as the trainer itself with a restarted
   optimizer. */
static void a_continuation_equals_a_restarted_optimizer(void **state)
{
    (void)state;
    for (int ticks = 1; ticks <= 12; ticks += 3) {
        struct trainer_config config = small_config();
        config.patience = 10;
        struct setup live, loaded;
        struct error error = {0};
        struct stopping_watch watch = {.watch = {stopping_tick}, .at = ticks};
        int count;
        setup_make(&live, text, config);
        assert_false(run(&live, 2, &watch.watch, NULL, &error));
        setup_make(&loaded, text, config);
        trainer_free(&loaded.trainer);
        memcpy(network_values(loaded.network), network_values_const(live.network),
               network_value_count(live.network) * sizeof(float));
        loaded.trainer = trainer_new(loaded.network, engine_default(), &config, &loaded.training,
                                     &loaded.validation, &error);
        const struct epoch_record *records = trainer_history(live.trainer, &count);
        assert_true(trainer_continue(loaded.trainer, trainer_progress(live.trainer), records,
                                     trainer_rates(live.trainer), &error));
        change(&live, &config, (struct trainer_restart){.optimizer = true});
        go_to_the_end(&live);
        go_to_the_end(&loaded);
        assert_int_equal(network_hash(live.network), network_hash(loaded.network));
        setup_release(&live);
        setup_release(&loaded);
    }
}

static void a_change_that_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    struct trainer_config config = small_config(), next = config;
    struct setup setup, whole;
    struct error error = {0};
    struct stopping_watch watch = {.watch = {stopping_tick}, .at = 2};
    setup_make(&setup, text, config);
    setup_make(&whole, text, config);
    go_to_the_end(&whole);
    assert_false(run(&setup, 2, &watch.watch, NULL, &error));
    next.batch = 20;
    assert_false(trainer_change(setup.trainer, &next, (struct trainer_restart){0}, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "stopped after 2 of 5 batches of epoch 1"));
    next = config;
    next.warmup = 3;
    assert_false(
        trainer_change(setup.trainer, &next, (struct trainer_restart){.schedule = true}, &error));
    assert_non_null(strstr(error.text, "warmup"));
    struct trainer_progress progress = *trainer_progress(setup.trainer);
    progress.position.batch = 6;
    int count;
    const struct epoch_record *records = trainer_history(setup.trainer, &count);
    assert_false(
        trainer_continue(setup.trainer, &progress, records, trainer_rates(setup.trainer), &error));
    assert_int_equal(error.kind, ERROR_DATA);
    go_to_the_end(&setup);
    assert_int_equal(network_hash(setup.network), network_hash(whole.network));
    setup_release(&setup);
    setup_release(&whole);
}

/* One value per channel and image cannot be normalised over one image. */
static void batches_of_one_image_are_refused(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *dense = network_from_text("dense 20; batchnorm; relu; dense 10", shape, 1);
    struct network *planes = network_from_text(text, shape, 1);
    assert_false(trainer_check_batches(dense, 205, 1, &error));
    assert_non_null(strstr(error.text, "batchnorm1"));
    assert_false(trainer_check_batches(dense, 205, 51, &error)); /* 4 * 51 + 1 */
    assert_non_null(strstr(error.text, "batch=52"));
    assert_false(trainer_check_batches(dense, 1, 48, &error));
    assert_true(trainer_check_batches(dense, 205, 52, &error));
    assert_true(trainer_check_batches(dense, 205, 205, &error));
    assert_true(trainer_check_batches(planes, 205, 1, &error));
    network_free(&dense);
    network_free(&planes);
}

/* ---- weights to show ------------------------------------------------------------------------- */

static void averaged_weights_are_shown(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    uint64_t averaged = trained_hash(text, config, 1);
    config.ema = false;
    assert_true(trained_hash(text, config, 1) != averaged);
}

/* A dense network learns 205 noisy images by heart: the validation loss falls, then rises. */
static void stops_early_with_the_best_weights(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    config.epochs = 60;
    config.patience = 2;
    config.ema = false;
    config.smoothing = 0;
    config.schedule = SCHEDULE_CONSTANT;
    config.rate = 0.03f;
    struct setup setup;
    struct error error = {0};
    setup_make(&setup, "dense 200; relu; dense 10", config);
    assert_true(run(&setup, 2, NULL, NULL, &error));
    int count;
    const struct epoch_record *history = trainer_history(setup.trainer, &count);
    const struct epoch_record *best = trainer_best(setup.trainer);
    assert_true(trainer_stopped_early(setup.trainer) && trainer_finished(setup.trainer));
    assert_true(count < 60 && best->epoch == count - 2);
    for (int i = 0; i < count; i++)
        assert_true(history[i].validation_loss >= best->validation_loss);
    assert_int_equal(network_hash(setup.network), best->hash);
    assert_true(trainer_extend(setup.trainer, 1, &error));
    assert_false(trainer_stopped_early(setup.trainer));
    setup_release(&setup);
}

/* After an interrupt, the network contains the weights of the best epoch, and the training can be
   continued to the same end. */
static void an_interrupt_shows_the_best_weights(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    config.epochs = 60;
    config.patience = 2;
    config.ema = false;
    config.smoothing = 0;
    config.schedule = SCHEDULE_CONSTANT;
    config.rate = 0.03f;
    struct setup whole, setup;
    struct error error = {0};
    int count;
    setup_make(&whole, "dense 200; relu; dense 10", config);
    go_to_the_end(&whole);
    trainer_history(whole.trainer, &count);
    /* in the middle of the last epoch but one, which is worse than the one before */
    struct stopping_watch watch = {.watch = {stopping_tick}, .at = 7 * (count - 1) + 3};
    setup_make(&setup, "dense 200; relu; dense 10", config);
    assert_false(run(&setup, 2, &watch.watch, NULL, &error));
    assert_int_equal(trainer_position(setup.trainer).epoch, count);
    assert_int_equal(trainer_kept(setup.trainer)->epoch, count - 2);
    assert_int_equal(network_hash(setup.network), trainer_best(whole.trainer)->hash);
    go_to_the_end(&setup);
    assert_int_equal(network_hash(setup.network), network_hash(whole.network));
    assert_int_equal(trainer_kept(setup.trainer)->epoch, count - 2);
    setup_release(&whole);
    setup_release(&setup);
}

/* ---- failures -------------------------------------------------------------------------------- */

struct poison {
    struct memory_images *images;
    int from_epoch;
};

static void fill_poisoned(void *context, float *x, uint8_t *labels, const uint32_t *indices,
                          int count, int epoch)
{
    struct poison *poison = context;
    struct data_source source = memory_source(poison->images);
    source.fill(source.context, x, labels, indices, count, epoch);
    for (int i = 0; i < count; i++)
        if (epoch >= poison->from_epoch && indices[i] == 7)
            x[(size_t)i * shape_size(shape)] = NAN;
}

static void check_poisoned(int from_epoch, const char *words)
{
    struct setup setup, good;
    struct error error = {0};
    struct trainer_config config = small_config();
    setup_make(&setup, text, config);
    uint64_t start = network_hash(setup.network);
    struct poison poison = {&setup.images, from_epoch};
    struct data_source poisoned = {&poison, IMAGES, fill_poisoned};
    trainer_set_sources(setup.trainer, &poisoned, &setup.validation);
    assert_false(run(&setup, 2, NULL, NULL, &error));
    assert_int_equal(error.kind, ERROR_NUMBER);
    if (strstr(error.text, words) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", error.text, words);
    /* The error comes at once, not at the end of the epoch. */
    assert_non_null(strstr(error.text, "The loss is no longer a finite number"));
    assert_true(network_finite(setup.network));
    int count;
    const struct epoch_record *history = trainer_history(setup.trainer, &count);
    assert_int_equal(count, from_epoch - 1);
    assert_int_equal(network_hash(setup.network), count == 0 ? start : history[count - 1].hash);

    trainer_set_sources(setup.trainer, &setup.training, &setup.validation);
    assert_true(run(&setup, 2, NULL, NULL, &error)); /* continues from there */
    setup_make(&good, text, config);
    assert_true(run(&good, 1, NULL, NULL, &error));
    assert_int_equal(network_hash(setup.network), network_hash(good.network));
    setup_release(&setup);
    setup_release(&good);
}

static void nan_restores_the_last_good_weights(void **state)
{
    (void)state;
    check_poisoned(1, "from before the training");
    check_poisoned(3, "of the end of epoch 2");
}

static void divergence_is_an_error(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    config.optimizer = OPTIMIZER_SGD;
    config.rate = 1e6f;
    config.clip = 0;
    config.ema = false;
    struct setup setup;
    struct error error = {0};
    setup_make(&setup, "conv 8 3x3; conv 8 3x3; dense 30; dense 10", config);
    assert_false(run(&setup, 2, NULL, NULL, &error));
    assert_int_equal(error.kind, ERROR_NUMBER);
    assert_non_null(strstr(error.text, "rate=1e+05"));
    assert_true(network_finite(setup.network));
    setup_release(&setup);
}

/* The images that each epoch reads, in order; one thread makes the order unique. */
struct visits {
    struct memory_images *images;
    int count[EPOCHS + 1];
    uint32_t order[EPOCHS + 1][IMAGES];
};

static void fill_and_note(void *context, float *x, uint8_t *labels, const uint32_t *indices,
                          int count, int epoch)
{
    struct visits *visits = context;
    struct data_source source = memory_source(visits->images);
    source.fill(source.context, x, labels, indices, count, epoch);
    for (int i = 0; i < count; i++) {
        assert_in_range(visits->count[epoch], 0, IMAGES - 1);
        visits->order[epoch][visits->count[epoch]++] = indices[i];
    }
}

static void each_epoch_visits_every_image_once_in_an_order_of_its_own(void **state)
{
    (void)state;
    static struct visits visits;
    struct setup setup;
    struct error error = {0};
    setup_make(&setup, text, small_config());
    visits = (struct visits){.images = &setup.images};
    struct data_source noting = {&visits, IMAGES, fill_and_note};
    trainer_set_sources(setup.trainer, &noting, &setup.validation);
    assert_true(run(&setup, 1, NULL, NULL, &error));
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        bool seen[IMAGES] = {false};
        assert_int_equal(visits.count[epoch], IMAGES);
        for (int i = 0; i < IMAGES; i++) {
            assert_false(seen[visits.order[epoch][i]]);
            seen[visits.order[epoch][i]] = true;
        }
        assert_memory_not_equal(visits.order[epoch], visits.order[epoch % EPOCHS + 1],
                                sizeof visits.order[epoch]);
    }
    setup_release(&setup);
}

static void refuse(struct trainer_config config, const char *network_text_, const char *words)
{
    struct error error = {0};
    struct network *network = network_from_text(network_text_, shape, 1);
    struct memory_images images = memory_images_make(shape, 3, 1);
    struct data_source source = memory_source(&images);
    assert_null(trainer_new(network, engine_default(), &config, &source, NULL, &error));
    if (strstr(error.text, words) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", error.text, words);
    memory_images_release(&images);
    network_free(&network);
}

static void invalid_configs_are_refused(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    config.epochs = 0;
    refuse(config, "dense 10", "epochs must be from 1 to 10000, not 0");
    config = small_config();
    config.rate = NAN;
    refuse(config, "dense 10", "rate");
    config = small_config();
    config.smoothing = 1;
    refuse(config, "dense 10", "smoothing must be from 0 to below 1");
    config = small_config();
    config.warmup = 3;
    refuse(config, "dense 10", "warmup must be less than the 3 epochs");
    refuse(small_config(), "relu; flatten", "no trainable parameters");
    refuse(small_config(), "conv 4 3x3; relu", "dense 10");
}

struct seen {
    int epochs;
    uint64_t hash;
};

static void note_epoch(void *context, struct trainer *trainer, const struct epoch_record *record)
{
    struct seen *seen = context;
    seen->epochs++;
    seen->hash = record->hash;
    assert_int_equal(record->epoch, seen->epochs);
    assert_int_equal(network_hash(trainer_network(trainer)), record->hash);
}

static void events_see_each_epoch(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct trainer_events events = {&seen, note_epoch};
    struct setup setup;
    struct error error = {0};
    setup_make(&setup, text, small_config());
    assert_true(run(&setup, 2, NULL, &events, &error));
    assert_int_equal(seen.epochs, EPOCHS);
    assert_int_equal(seen.hash, network_hash(setup.network));
    setup_release(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_learns_and_keeps_a_history),
        cmocka_unit_test(each_optimizer_and_schedule_learns),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(bits_depend_on_seed_and_data_order),
        cmocka_unit_test(resumed_equals_uninterrupted),
        cmocka_unit_test(interrupt_stops_within_one_batch),
        cmocka_unit_test(extension_continues),
        cmocka_unit_test(extension_counts_from_the_current_epoch),
        cmocka_unit_test(a_changed_rate_applies_from_the_current_step),
        cmocka_unit_test(a_continuation_equals_a_restarted_optimizer),
        cmocka_unit_test(a_change_that_does_not_fit_changes_nothing),
        cmocka_unit_test(batches_of_one_image_are_refused),
        cmocka_unit_test(an_interrupt_shows_the_best_weights),
        cmocka_unit_test(averaged_weights_are_shown),
        cmocka_unit_test(stops_early_with_the_best_weights),
        cmocka_unit_test(nan_restores_the_last_good_weights),
        cmocka_unit_test(divergence_is_an_error),
        cmocka_unit_test(invalid_configs_are_refused),
        cmocka_unit_test(each_epoch_visits_every_image_once_in_an_order_of_its_own),
        cmocka_unit_test(events_see_each_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
