/*
 * Proves for the trainer: the loss falls; the bits do not depend on the number of threads (1, 2, 3
 * and 5), an interrupt after any batch or in the validation, a new source or another pool; early
 * stopping, best weights, averaged weights and a loss that is not finite behave as trainer.h
 * states. The networks have batch-norm and dropout, and the batch size does not divide the number
 * of images. test_trainer_resume.c has the tests of extensions, changed configs and continuations.
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
#include "tests/unit/mnist/nn/train/trainer_fixture.h"

static const char learner[] =
    "conv 8 3x3 pad=same; batchnorm; relu; maxpool 2; conv 16 3x3; relu; dropout 0.1; dense 10";

/* ---- learning -------------------------------------------------------------------------------- */

static void training_learns_and_keeps_a_history(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    config.epochs = 20;
    struct setup setup;
    struct error error = {0};
    struct interrupting_watch watch = {.watch = {interrupting_tick}};
    setup_make(&setup, learner, config);
    assert_true(setup_run(&setup, 2, &watch.watch, NULL, &error));
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
            assert_true(setup_run(&setup, 2, NULL, NULL, &error));
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
        trained_text,
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
    uint64_t hash = trained_hash(trained_text, config, 1);
    assert_int_equal(trained_hash(trained_text, config, 1), hash);
    config.seed++;
    assert_true(trained_hash(trained_text, config, 1) != hash);
}

/* A training that is interrupted after every batch and in every validation, with changing pools,
   gives the same bits as an uninterrupted one. */
static void resumed_equals_uninterrupted(void **state)
{
    (void)state;
    struct trainer_config config = small_config();
    uint64_t expected = trained_hash(trained_text, config, 2);
    struct setup whole;
    struct error error = {0};
    struct interrupting_watch counting = {.watch = {interrupting_tick}};
    setup_make(&whole, trained_text, config);
    assert_true(setup_run(&whole, 1, &counting.watch, NULL, &error));
    assert_int_equal(counting.ticks,
                     EPOCHS * 5 + EPOCHS * 2); /* validations of 77 images: rounds of 64 */
    for (int at = 1; at <= counting.ticks; at++) {
        struct setup setup;
        struct interrupting_watch watch = {.watch = {interrupting_tick}, .at = at};
        setup_make(&setup, trained_text, config);
        assert_false(setup_run(&setup, 1, &watch.watch, NULL, &error));
        assert_int_equal(error.kind, ERROR_INTERRUPTED);
        assert_false(trainer_finished(setup.trainer));
        assert_true(network_finite(setup.network));
        trainer_set_sources(setup.trainer, &setup.training, &setup.validation);
        assert_true(setup_run(&setup, 1 + at % 3, NULL, NULL, &error));
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
    struct interrupting_watch watch = {.watch = {interrupting_tick}, .at = 2};
    setup_make(&setup, trained_text, small_config());
    assert_false(setup_run(&setup, 2, &watch.watch, NULL, &error));
    assert_int_equal(watch.ticks, 2);
    struct trainer_position position = trainer_position(setup.trainer);
    assert_int_equal(position.epoch, 1);
    assert_int_equal(position.batch, 2);
    assert_int_equal(position.step, 2);
    setup_release(&setup);
}

/* One value per channel and image cannot be normalised over one image. */
static void batches_of_one_image_are_refused(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *dense =
        network_from_text("dense 20; batchnorm; relu; dense 10", trained_shape, 1);
    struct network *planes = network_from_text(trained_text, trained_shape, 1);
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
    uint64_t averaged = trained_hash(trained_text, config, 1);
    config.ema = false;
    assert_true(trained_hash(trained_text, config, 1) != averaged);
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
    assert_true(setup_run(&setup, 2, NULL, NULL, &error));
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
    setup_finish(&whole);
    trainer_history(whole.trainer, &count);
    /* in the middle of the last epoch but one, which is worse than the one before */
    struct interrupting_watch watch = {.watch = {interrupting_tick}, .at = 7 * (count - 1) + 3};
    setup_make(&setup, "dense 200; relu; dense 10", config);
    assert_false(setup_run(&setup, 2, &watch.watch, NULL, &error));
    assert_int_equal(trainer_position(setup.trainer).epoch, count);
    assert_int_equal(trainer_kept(setup.trainer)->epoch, count - 2);
    assert_int_equal(network_hash(setup.network), trainer_best(whole.trainer)->hash);
    setup_finish(&setup);
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
            x[(size_t)i * shape_size(trained_shape)] = NAN;
}

static void check_poisoned(int from_epoch, const char *words)
{
    struct setup setup, good;
    struct error error = {0};
    struct trainer_config config = small_config();
    setup_make(&setup, trained_text, config);
    uint64_t start = network_hash(setup.network);
    struct poison poison = {&setup.images, from_epoch};
    struct data_source poisoned = {&poison, IMAGES, fill_poisoned};
    trainer_set_sources(setup.trainer, &poisoned, &setup.validation);
    assert_false(setup_run(&setup, 2, NULL, NULL, &error));
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
    assert_true(setup_run(&setup, 2, NULL, NULL, &error)); /* continues from there */
    setup_make(&good, trained_text, config);
    assert_true(setup_run(&good, 1, NULL, NULL, &error));
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
    assert_false(setup_run(&setup, 2, NULL, NULL, &error));
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
    setup_make(&setup, trained_text, small_config());
    visits = (struct visits){.images = &setup.images};
    struct data_source noting = {&visits, IMAGES, fill_and_note};
    trainer_set_sources(setup.trainer, &noting, &setup.validation);
    assert_true(setup_run(&setup, 1, NULL, NULL, &error));
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
    struct network *network = network_from_text(network_text_, trained_shape, 1);
    struct memory_images images = memory_images_make(trained_shape, 3, 1);
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
    setup_make(&setup, trained_text, small_config());
    assert_true(setup_run(&setup, 2, NULL, &events, &error));
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
