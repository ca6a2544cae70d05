/*
 * Proves for plugin losses, optimizers, schedules and metrics, by reference: a plugin that computes
 * cross-entropy and a plugin that computes plain SGD train like the built-in ones, up to rounding.
 * By law: a training that is interrupted, saved and resumed equals an uninterrupted one, to the
 * bit, with 0 to 4 moments; moments are initially 0, and steps count from 1. By hand: the rate of a
 * schedule; a metric is called once per epoch with all validation images; a checkpoint names its
 * plugins, and a missing one is refused. The plugins count their failures.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mnist/nn/engine/loss.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/nn/model/plugin.h"
#include "mnist/nn/train/checkpoint.h"
#include "mnist/nn/train/trainer.h"
#include "tests/unit/mnist/nn/network_fixture.h"

enum { IMAGES = 101, VALIDATION = 205, EPOCHS = 3, BATCH = 40 }; /* 3 batches an epoch */

static const struct shape shape = {1, 8, 8};
/* Without relu and maximum: trainings that round differently (exp of libm, exact_exp) are
   compared, and there a value near 0 or near another could turn rounding into something larger. */
static const char text[] = "conv 4 3x3; avgpool 2; dropout 0.2; dense 10";
/* Weights of more than one chunk of the optimizer. */
static const char wide[] = "dense 150; dense 10";

static atomic_int wrong; /* failures found by the plugins */

/* ---- plugins --------------------------------------------------------------------------------- */

static double entropy_value(const void *context, const float *logits, int classes, int label,
                            float *gradient)
{
    (void)context;
    double largest = (double)logits[0], sum = 0;
    for (int c = 1; c < classes; c++)
        largest = fmax(largest, (double)logits[c]);
    for (int c = 0; c < classes; c++)
        sum += exp((double)logits[c] - largest);
    for (int c = 0; c < classes; c++) {
        atomic_fetch_add(&wrong, gradient[c] != 0);
        gradient[c] = (float)(exp((double)logits[c] - largest) / sum - (c == label));
    }
    return largest + log(sum) - (double)logits[label];
}

static const struct plugin_loss entropy = {.name = "entropy", .value = entropy_value};

static void sgd_step(const void *context, const struct plugin_step *step, float *weights,
                     const float *gradients, float *const *moments, int count)
{
    (void)context, (void)moments;
    for (int i = 0; i < count; i++)
        weights[i] -= (float)step->rate * (gradients[i] + (float)step->decay * weights[i]);
}

static const struct plugin_optimizer plain = {.name = "plain", .moments = 0, .step = sgd_step};

/* Each moment follows the gradient with its own decay. The context is the number of moments. */
static void moments_step(const void *context, const struct plugin_step *step, float *weights,
                         const float *gradients, float *const *moments, int count)
{
    int moment_count = *(const int *)context;
    atomic_fetch_add(&wrong, step->step < 1 || count < 1);
    for (int i = 0; i < count; i++) {
        float move = gradients[i];
        for (int m = 0; m < moment_count; m++) {
            atomic_fetch_add(&wrong, step->step == 1 && moments[m][i] != 0);
            moments[m][i] = 0.5f * moments[m][i] + (float)(m + 1) * gradients[i];
            move += moments[m][i];
        }
        weights[i] -= (float)step->rate * move / (1 + (float)step->step);
    }
}

static double falling_rate(const void *context, double rate, uint64_t step, uint64_t steps)
{
    (void)context;
    atomic_fetch_add(&wrong, steps != EPOCHS * 3 || step >= steps);
    return rate * (1 - (double)step / (double)steps);
}

static const struct plugin_schedule falling = {.name = "falling", .rate = falling_rate};

static int metric_calls;

/* The mean probability of the right class. */
static double sure_value(const void *context, const float *probabilities, const uint8_t *labels,
                         int count, int classes)
{
    double sum = 0;
    (void)context;
    metric_calls++;
    for (int i = 0; i < count; i++)
        sum += (double)probabilities[i * classes + labels[i]];
    return sum / count + 100 * (count != VALIDATION) + 1000 * (classes != 10);
}

static const struct plugin_metric sure = {.name = "sure", .value = sure_value};

/* ---- trainings ------------------------------------------------------------------------------- */

struct setup {
    struct network *network;
    struct memory_images images, held_out;
    struct trainer *trainer;
};

static struct trainer_config usual_config(void)
{
    struct trainer_config config = trainer_config_default();
    config.epochs = EPOCHS;
    config.batch = BATCH;
    config.optimizer = OPTIMIZER_SGD;
    config.momentum = 0;
    config.schedule = SCHEDULE_CONSTANT;
    config.rate = 0.05f;
    return config;
}

static void setup_make(struct setup *setup, const char *network,
                       const struct trainer_config *config, bool validated)
{
    struct error error = {0};
    setup->network = network_from_text(network, shape, 3);
    setup->images = memory_images_make(shape, IMAGES, 1);
    setup->held_out = memory_images_make(shape, VALIDATION, 2);
    struct data_source training = memory_source(&setup->images);
    struct data_source held_out = memory_source(&setup->held_out);
    setup->trainer = trainer_new(setup->network, engine_default(), config, &training,
                                 validated ? &held_out : NULL, &error);
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
                const struct trainer_events *events)
{
    struct error error = {0};
    struct thread_pool *pool = thread_pool_new(threads, &error);
    assert_non_null(pool);
    bool done = trainer_run(setup->trainer, pool, watch, events, &error);
    thread_pool_free(&pool);
    return done;
}

/* Trains both, and compares weights and histories. */
static void assert_same_training(const char *network, const struct trainer_config *plugin,
                                 const struct trainer_config *reference)
{
    struct setup a, b;
    int count_a, count_b;
    setup_make(&a, network, plugin, true);
    setup_make(&b, network, reference, true);
    atomic_store(&wrong, 0);
    assert_true(run(&a, 2, NULL, NULL));
    assert_true(run(&b, 1, NULL, NULL));
    assert_int_equal(wrong, 0);
    assert_close("weights", network_values(a.network), network_values(b.network),
                 network_value_count(a.network), 1e-5, 1e-4);
    const struct epoch_record *x = trainer_history(a.trainer, &count_a);
    const struct epoch_record *y = trainer_history(b.trainer, &count_b);
    assert_int_equal(count_a, EPOCHS);
    assert_int_equal(count_b, EPOCHS);
    for (int i = 0; i < EPOCHS; i++) {
        assert_close("train loss", &x[i].train_loss, &y[i].train_loss, 1, 1e-5, 1e-5);
        assert_close("validation loss", &x[i].validation_loss, &y[i].validation_loss, 1, 1e-5,
                     1e-5);
        assert_true(x[i].train_accuracy == y[i].train_accuracy);
        assert_true(x[i].validation_accuracy == y[i].validation_accuracy);
        assert_true(x[i].rate == y[i].rate);
    }
    setup_release(&a);
    setup_release(&b);
}

/* ---- losses ---------------------------------------------------------------------------------- */

/* Logits in the layouts of the engines, with padded classes. */
static void plugin_entropy_is_entropy(void **state)
{
    (void)state;
    enum { N = 13, CLASSES = 10, FILLED = 16 };
    static const struct logits_layout layouts[] = {{CLASSES, 1, FILLED, FILLED},
                                                   {CLASSES, N, 1, 0}};
    for (int l = 0; l < 2; l++) {
        float logits[N * FILLED], got[N * FILLED], expected[N * FILLED];
        uint8_t labels[N];
        struct rng rng = rng_stream(1, RNG_SAMPLE, 0, (uint32_t)l);
        for (int i = 0; i < N * FILLED; i++) {
            logits[i] = 10 * rng_uniform(&rng) - 5;
            got[i] = expected[i] = 7;
        }
        for (int i = 0; i < N; i++)
            labels[i] = (uint8_t)rng_below(&rng, CLASSES);
        logits[0] = logits[layouts[l].class_stride] = 6; /* a tie: the first counts */
        labels[0] = 0;
        atomic_store(&wrong, 0);
        struct loss_sums a = loss_plugin(&entropy, logits, &layouts[l], labels, N, 40, got);
        struct loss_sums b = loss_cross_entropy(logits, &layouts[l], labels, N, 0, 40, expected);
        assert_int_equal(wrong, 0);
        assert_true(fabs(a.loss - b.loss) < 1e-9 * b.loss);
        assert_int_equal(a.correct, b.correct);
        assert_close("gradient", got, expected, N * FILLED, 1e-9, 1e-6);
        b = loss_plugin(&entropy, logits, &layouts[l], labels, N, 40, NULL);
        assert_true(a.loss == b.loss && a.correct == b.correct);
    }
}

static void plugin_entropy_trains_like_entropy(void **state)
{
    (void)state;
    struct trainer_config plugin = usual_config(), reference = plugin;
    plugin.plugin_loss = &entropy;
    assert_same_training(text, &plugin, &reference);
}

/* Its value differs from cross-entropy, so that the validation loss shows which one was
   computed. */
static double far_value(const void *context, const float *logits, int classes, int label,
                        float *gradient)
{
    return entropy_value(context, logits, classes, label, gradient) + 1000;
}

static void the_loss_is_used_in_validation(void **state)
{
    (void)state;
    const struct plugin_loss far = {.name = "far", .value = far_value};
    struct trainer_config config = usual_config();
    config.plugin_loss = &far;
    struct setup setup;
    setup_make(&setup, text, &config, true);
    assert_true(run(&setup, 2, NULL, NULL));
    int count;
    const struct epoch_record *history = trainer_history(setup.trainer, &count);
    assert_true(history[0].train_loss > 1000 && history[0].train_loss < 1005);
    assert_true(history[0].validation_loss > 1000 && history[0].validation_loss < 1005);
    setup_release(&setup);
}

static void smoothing_is_refused(void **state)
{
    (void)state;
    struct trainer_config config = usual_config();
    struct error error = {0};
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, 3, 1);
    struct data_source source = memory_source(&images);
    config.plugin_loss = &entropy;
    config.smoothing = 0.1f;
    assert_null(trainer_new(network, engine_default(), &config, &source, NULL, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "smoothing"));
    assert_non_null(strstr(error.text, "`entropy`"));
    memory_images_release(&images);
    network_free(&network);
}

/* ---- optimizers ------------------------------------------------------------------------------ */

static void plugin_sgd_trains_like_sgd(void **state)
{
    (void)state;
    struct trainer_config plugin = usual_config(), reference;
    plugin.decay = 0.01f;
    reference = plugin;
    plugin.optimizer = OPTIMIZER_PLUGIN;
    plugin.plugin_optimizer = &plain;
    assert_same_training(text, &plugin, &reference);
    assert_same_training(wide, &plugin, &reference);
}

static void decay_is_for_weights_only(void **state)
{
    (void)state;
    const struct optimizer_config config = {
        .kind = OPTIMIZER_PLUGIN, .plugin = &plain, .decay = 0.5f};
    struct error error = {0};
    struct network *network = network_from_text("batchnorm; dense 10", shape, 1);
    struct optimizer *optimizer = optimizer_new(network, &config, &error);
    struct thread_pool *pool = thread_pool_new(1, &error);
    for (size_t i = 0; i < network_parameter_count(network); i++)
        network_values(network)[i] = 1;
    optimizer_step(optimizer, network, 1, pool); /* the gradients are 0 */
    for (int i = 0; i < network_tensor_count(network); i++) {
        const struct tensor *tensor = network_tensor(network, i);
        if (tensor->offset < network_parameter_count(network))
            assert_true(network_values(network)[tensor->offset + tensor->count - 1] ==
                        (tensor->role == TENSOR_WEIGHT ? 0.5f : 1));
    }
    assert_int_equal(optimizer_moment_count(optimizer), 0);
    thread_pool_free(&pool);
    optimizer_free(&optimizer);
    network_free(&network);
}

struct stopping_watch {
    struct progress watch;
    int left;
};

static bool stopping_tick(struct progress *watch, double done, double total)
{
    struct stopping_watch *stopping = (struct stopping_watch *)(void *)watch;
    (void)done, (void)total;
    return --stopping->left != 0;
}

/* Stopped after `ticks` ticks, saved, resumed in another trainer; returns the hash at the end. */
static uint64_t resumed_hash(const struct trainer_config *config, int ticks)
{
    struct setup first, second;
    struct trainer_config read;
    struct error error = {0};
    struct stopping_watch watch = {{stopping_tick}, ticks};
    char path[] = "/tmp/mnist_custom_XXXXXX";
    close(mkstemp(path));
    setup_make(&first, text, config, false);
    assert_false(run(&first, 2, &watch.watch, NULL));
    if (!checkpoint_save(path, first.trainer, NULL, 0, &error))
        fail_msg("%s", error.text);
    struct model_file *file = model_file_open(path, &error);
    assert_non_null(file);
    if (!checkpoint_config(file, &read, &error))
        fail_msg("%s", error.text);
    assert_ptr_equal(read.plugin_optimizer, config->plugin_optimizer);
    setup_make(&second, text, &read, false);
    network_initialise(second.network, 1234);
    if (!checkpoint_load(file, second.trainer, &error))
        fail_msg("%s", error.text);
    assert_true(run(&second, 1, NULL, NULL));
    uint64_t hash = network_hash(second.network);
    model_file_free(&file);
    setup_release(&first);
    setup_release(&second);
    unlink(path);
    return hash;
}

static void resumed_equals_uninterrupted_with_all_moments(void **state)
{
    (void)state;
    static const int counts[] = {0, 1, 2, 3, 4};
    uint64_t hashes[5];
    _Static_assert(PLUGIN_MOMENTS_MAX == 4, "as many as counts has");
    for (int m = 0; m <= PLUGIN_MOMENTS_MAX; m++) {
        struct plugin_optimizer optimizer = {
            .name = "pace", .context = &counts[m], .moments = m, .step = moments_step};
        struct error error = {0};
        struct trainer_config config = usual_config();
        config.optimizer = OPTIMIZER_PLUGIN;
        config.plugin_optimizer = plugin_add(PLUGIN_OPTIMIZER, &optimizer, &error);
        config.rate = 0.02f;
        config.ema = true;
        config.patience = 5;
        struct setup whole;
        setup_make(&whole, text, &config, false);
        atomic_store(&wrong, 0);
        assert_true(run(&whole, 2, NULL, NULL));
        hashes[m] = network_hash(whole.network);
        setup_release(&whole);
        for (int ticks = 1; ticks <= 8; ticks += 2)
            assert_int_equal(resumed_hash(&config, ticks), hashes[m]);
        assert_int_equal(wrong, 0);
        for (int before = 0; before < m; before++)
            assert_true(hashes[before] != hashes[m]); /* the moments have an effect */
    }
    plugin_forget();
}

/* ---- schedules and metrics ------------------------------------------------------------------- */

static void plugin_schedule_sets_each_rate(void **state)
{
    (void)state;
    struct trainer_config config = usual_config();
    config.schedule = SCHEDULE_PLUGIN;
    config.plugin_schedule = &falling;
    struct setup setup;
    atomic_store(&wrong, 0);
    setup_make(&setup, text, &config, false);
    assert_true(run(&setup, 2, NULL, NULL));
    int count;
    const struct epoch_record *history = trainer_history(setup.trainer, &count);
    for (int i = 0; i < EPOCHS; i++)
        assert_true(history[i].rate == (float)((double)config.rate * (1 - (3 * i + 2) / 9.0)));
    struct schedule schedule = trainer_schedule(&config, 3);
    assert_string_equal(schedule_name(&schedule), "falling");
    assert_true(schedule_rate(&schedule, 0) == config.rate);
    assert_true(schedule_rate(&schedule, 8) == schedule_rate(&schedule, 100)); /* as the last */
    assert_int_equal(wrong, 0);
    setup_release(&setup);
}

/* The metric of the weights in the caller's network after each epoch. */
struct metric_check {
    struct memory_images *images;
    int epochs, calls;
};

static void check_metric(void *context, struct trainer *trainer, const struct epoch_record *record)
{
    struct metric_check *check = context;
    struct error error = {0};
    struct data_source source = memory_source(check->images);
    struct thread_pool *pool = thread_pool_new(1, &error);
    struct predictor *predictor =
        predictor_new(trainer_network(trainer), engine_default(), pool, &error);
    float probabilities[VALIDATION * 10];
    check->epochs++;
    check->calls = metric_calls;
    assert_true(predictor_run(predictor, &source, probabilities, NULL, NULL, &error));
    double expected = sure_value(NULL, probabilities, check->images->labels, VALIDATION, 10);
    metric_calls--;
    assert_true(record->metric > 0 && record->metric < 1);
    assert_true(record->metric == (float)expected);
    assert_int_equal(check->calls, check->epochs);
    predictor_free(&predictor);
    thread_pool_free(&pool);
}

static void metric_is_called_once_an_epoch_with_all_images(void **state)
{
    (void)state;
    struct trainer_config config = usual_config();
    config.metric = &sure;
    struct setup setup;
    setup_make(&setup, text, &config, true);
    struct metric_check check = {.images = &setup.held_out};
    const struct trainer_events events = {&check, check_metric};
    metric_calls = 0;
    assert_true(run(&setup, 2, NULL, &events));
    assert_int_equal(check.epochs, EPOCHS);
    setup_release(&setup);
}

static void without_metric_or_images_the_result_is_nan(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) {
        struct trainer_config config = usual_config();
        config.metric = with == 1 ? &sure : NULL;
        struct setup setup;
        int count;
        metric_calls = 0;
        setup_make(&setup, text, &config, with == 0);
        assert_true(run(&setup, 2, NULL, NULL));
        assert_int_equal(metric_calls, 0);
        assert_true(isnan(trainer_history(setup.trainer, &count)[0].metric));
        setup_release(&setup);
    }
}

/* ---- checkpoints ----------------------------------------------------------------------------- */

/* One plugin of each of the four kinds, all with the same name. */
static struct trainer_config register_all(void)
{
    struct error error = {0};
    struct trainer_config config = usual_config();
    struct plugin_optimizer optimizer = plain;
    struct plugin_schedule schedule = falling;
    struct plugin_loss loss = entropy;
    struct plugin_metric metric = sure;
    snprintf(optimizer.name, sizeof optimizer.name, "my_optimizer");
    snprintf(schedule.name, sizeof schedule.name, "my_schedule");
    snprintf(loss.name, sizeof loss.name, "my_loss");
    snprintf(metric.name, sizeof metric.name, "my_metric");
    config.optimizer = OPTIMIZER_PLUGIN;
    config.schedule = SCHEDULE_PLUGIN;
    config.plugin_optimizer = plugin_add(PLUGIN_OPTIMIZER, &optimizer, &error);
    config.plugin_schedule = plugin_add(PLUGIN_SCHEDULE, &schedule, &error);
    config.plugin_loss = plugin_add(PLUGIN_LOSS, &loss, &error);
    config.metric = plugin_add(PLUGIN_METRIC, &metric, &error);
    return config;
}

static void assert_misses(const struct model_file *file, const char *kind)
{
    struct trainer_config read = {.epochs = 77};
    struct error error = {0};
    char words[64];
    snprintf(words, sizeof words, "the %s `my_%s`", kind, kind);
    assert_false(checkpoint_config(file, &read, &error));
    assert_int_equal(error.kind, ERROR_STATE);
    assert_int_equal(read.epochs, 77);
    if (strstr(error.text, words) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", error.text, words);
}

static void checkpoint_names_its_plugins(void **state)
{
    (void)state;
    struct trainer_config config = register_all(), read, newer;
    struct error error = {0};
    struct setup setup;
    char path[] = "/tmp/mnist_custom_XXXXXX";
    close(mkstemp(path));
    setup_make(&setup, text, &config, true);
    assert_true(run(&setup, 1, NULL, NULL));
    assert_true(checkpoint_save(path, setup.trainer, NULL, 0, &error));
    struct model_file *file = model_file_open(path, &error);
    assert_non_null(file);
    assert_true(checkpoint_config(file, &read, &error));
    assert_ptr_equal(read.plugin_optimizer, config.plugin_optimizer);
    assert_ptr_equal(read.plugin_schedule, config.plugin_schedule);
    assert_ptr_equal(read.plugin_loss, config.plugin_loss);
    assert_ptr_equal(read.metric, config.metric);

    struct setup second; /* the metric of each epoch is restored as well */
    int count;
    setup_make(&second, text, &read, true);
    assert_true(checkpoint_load(file, second.trainer, &error));
    float metric = trainer_history(setup.trainer, &count)[EPOCHS - 1].metric;
    assert_true(metric > 0 && trainer_history(second.trainer, &count)[EPOCHS - 1].metric == metric);
    setup_release(&second);

    newer = register_all();
    assert_true(checkpoint_config(file, &read, &error));
    assert_ptr_equal(read.plugin_optimizer, newer.plugin_optimizer);
    assert_ptr_not_equal(read.plugin_optimizer, config.plugin_optimizer);

    plugin_forget();
    assert_misses(file, "optimizer");
    assert_non_null(plugin_add(PLUGIN_OPTIMIZER, config.plugin_optimizer, &error));
    assert_misses(file, "schedule");
    assert_non_null(plugin_add(PLUGIN_SCHEDULE, config.plugin_schedule, &error));
    assert_misses(file, "loss");
    assert_non_null(plugin_add(PLUGIN_LOSS, config.plugin_loss, &error));
    assert_misses(file, "metric");
    assert_non_null(plugin_add(PLUGIN_METRIC, config.metric, &error));
    assert_true(checkpoint_config(file, &read, &error));
    model_file_free(&file);
    setup_release(&setup);
    plugin_forget();
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plugin_entropy_is_entropy),
        cmocka_unit_test(plugin_entropy_trains_like_entropy),
        cmocka_unit_test(the_loss_is_used_in_validation),
        cmocka_unit_test(smoothing_is_refused),
        cmocka_unit_test(plugin_sgd_trains_like_sgd),
        cmocka_unit_test(decay_is_for_weights_only),
        cmocka_unit_test(resumed_equals_uninterrupted_with_all_moments),
        cmocka_unit_test(plugin_schedule_sets_each_rate),
        cmocka_unit_test(metric_is_called_once_an_epoch_with_all_images),
        cmocka_unit_test(without_metric_or_images_the_result_is_nan),
        cmocka_unit_test(checkpoint_names_its_plugins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
