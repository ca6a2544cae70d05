/*
 * Proves for checkpoints: a training that is saved at any position and continued by another trainer
 * (as after a crash) ends with the same bits and history as a training without an interruption. A
 * file that is not a checkpoint, or belongs to another training, is refused and changes nothing.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mnist/nn/train/checkpoint.h"
#include "tests/unit/mnist/nn/network_fixture.h"

static const struct shape shape = {1, 8, 8};
static const char text[] = "conv 4 3x3; batchnorm; relu; dropout 0.2; dense 10";

struct stopping_watch {
    struct progress watch;
    int left;
};

static bool stopping_tick(struct progress *watch, double done, double total)
{
    struct stopping_watch *stopping = (struct stopping_watch *)(void *)watch;
    (void)done;
    (void)total;
    return --stopping->left != 0;
}

static struct trainer_config config_of(enum optimizer_kind optimizer)
{
    struct trainer_config config = trainer_config_default();
    config.epochs = 3;
    config.batch = 40;
    config.optimizer = optimizer;
    config.rate = 0.0123456789f;
    config.ema = optimizer != OPTIMIZER_SGD;
    config.patience = optimizer == OPTIMIZER_ADAMW ? 10 : 0;
    config.decay = 0.001f;
    config.seed = 0xfedcba9876543210u;
    return config;
}

struct run {
    struct network *network;
    struct trainer *trainer;
};

static struct run run_make(struct memory_images *images, const struct trainer_config *config,
                           bool validated)
{
    struct error error = {0};
    struct data_source source = memory_source(images);
    struct run run = {network_from_text(text, shape, 3), NULL};
    run.trainer = trainer_new(run.network, engine_default(), config, &source,
                              validated ? &source : NULL, &error);
    assert_non_null(run.trainer);
    return run;
}

static void run_release(struct run *run)
{
    trainer_free(&run->trainer);
    network_free(&run->network);
}

static bool go_on(struct run *run, struct progress *watch)
{
    struct error error = {0};
    struct thread_pool *pool = thread_pool_new(2, &error);
    bool done = trainer_run(run->trainer, pool, watch, NULL, &error);
    thread_pool_free(&pool);
    return done;
}

static void assert_same_history(struct trainer *a, struct trainer *b)
{
    int count_a, count_b;
    const struct epoch_record *x = trainer_history(a, &count_a), *y = trainer_history(b, &count_b);
    assert_int_equal(count_a, count_b);
    for (int i = 0; i < count_a; i++) {
        assert_true(x[i].train_loss == y[i].train_loss && x[i].hash == y[i].hash);
        assert_true(x[i].train_accuracy == y[i].train_accuracy && x[i].best == y[i].best);
        assert_true(x[i].rate == y[i].rate);
        assert_true(x[i].validation_loss == y[i].validation_loss ||
                    (isnan(x[i].validation_loss) && isnan(y[i].validation_loss)));
    }
}

/* Stopped after `ticks` ticks, saved, loaded into a new trainer of a new network, trained to the
   end. */
static void check_stop(enum optimizer_kind optimizer, int ticks, const struct run *whole,
                       struct memory_images *images)
{
    struct trainer_config config = config_of(optimizer), read;
    bool validated = optimizer == OPTIMIZER_ADAMW;
    struct run first = run_make(images, &config, validated);
    struct stopping_watch watch = {{stopping_tick}, ticks};
    struct error error = {0};
    char path[] = "/tmp/mnist_checkpoint_XXXXXX";
    struct model_pair pair = {"name", "first"};
    close(mkstemp(path));
    assert_false(go_on(&first, &watch.watch));
    if (!checkpoint_save(path, first.trainer, &pair, 1, &error))
        fail_msg("%s", error.text);
    struct model_file *file = model_file_open(path, &error);
    assert_non_null(file);
    assert_string_equal(model_file_metadata(file, "name"), "first");
    assert_true(checkpoint_config(file, &read, &error));
    assert_memory_equal(&read.seed, &config.seed, sizeof read.seed);
    struct run second = run_make(images, &read, validated);
    network_initialise(second.network, 1234);
    if (!checkpoint_load(file, second.trainer, &error))
        fail_msg("%s", error.text);
    assert_int_equal(network_hash(second.network), network_hash(first.network));
    assert_true(go_on(&second, NULL));
    assert_int_equal(network_hash(second.network), network_hash(whole->network));
    assert_same_history(second.trainer, whole->trainer);
    model_file_free(&file);
    run_release(&first);
    run_release(&second);
    unlink(path);
}

static void resumed_from_disk_equals_uninterrupted(void **state)
{
    (void)state;
    struct memory_images images = memory_images_make(shape, 101, 1);
    for (enum optimizer_kind optimizer = 0; optimizer < OPTIMIZER_PLUGIN; optimizer++) {
        struct trainer_config config = config_of(optimizer);
        struct run whole = run_make(&images, &config, optimizer == OPTIMIZER_ADAMW);
        assert_true(go_on(&whole, NULL));
        for (int ticks = 1; ticks <= 8; ticks++)
            check_stop(optimizer, ticks, &whole, &images);
        run_release(&whole);
    }
    memory_images_release(&images);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct memory_images images = memory_images_make(shape, 101, 1);
    struct memory_images fewer = memory_images_make(shape, 21, 1);
    struct trainer_config config = config_of(OPTIMIZER_ADAM);
    struct run run = run_make(&images, &config, false);
    struct stopping_watch watch = {{stopping_tick}, 5};
    struct error error = {0};
    char path[] = "/tmp/mnist_checkpoint_XXXXXX";
    close(mkstemp(path));
    assert_false(go_on(&run, &watch.watch));
    assert_true(checkpoint_save(path, run.trainer, NULL, 0, &error));
    struct model_file *file = model_file_open(path, &error);
    assert_non_null(file);

    struct run other = run_make(&fewer, &config, false); /* one batch an epoch: batch 2 cannot be */
    uint64_t before = network_hash(other.network);
    assert_false(checkpoint_load(file, other.trainer, &error));
    assert_non_null(strstr(error.text, "does not fit"));
    assert_int_equal(network_hash(other.network), before);
    run_release(&other);

    config.optimizer = OPTIMIZER_SGD;
    other = run_make(&images, &config, false);
    assert_false(checkpoint_load(file, other.trainer, &error));
    assert_int_equal(error.kind, ERROR_DATA);
    assert_int_equal(trainer_position(other.trainer).step, 0);
    run_release(&other);
    model_file_free(&file);

    assert_true(model_file_save(path, run.network, NULL, 0, NULL, 0, &error));
    file = model_file_open(path, &error);
    assert_false(checkpoint_config(file, &config, &error));
    assert_non_null(strstr(error.text, "no training to resume"));
    assert_false(checkpoint_load(file, run.trainer, &error));
    model_file_free(&file);
    run_release(&run);
    memory_images_release(&images);
    memory_images_release(&fewer);
    unlink(path);
}

/* ---- the description of a training in a plain model file ------------------------------------- */

/* Saves a network with these metadata and opens the file. */
static struct model_file *file_with(const struct network *network, const struct model_pair *pairs,
                                    int count)
{
    struct error error = {0};
    char path[] = "/tmp/mnist_checkpoint_XXXXXX";
    close(mkstemp(path));
    assert_true(model_file_save(path, network, pairs, count, NULL, 0, &error));
    struct model_file *file = model_file_open(path, &error);
    assert_non_null(file);
    unlink(path);
    return file;
}

/* Replaces one text in the file by another; the summary must be refused. */
static void assert_refused(const struct network *network, const struct checkpoint_pairs *pairs,
                           const char *old, const char *new)
{
    struct model_pair changed[CHECKPOINT_PAIRS_MAX];
    struct trainer_summary summary;
    struct epoch_record records[4];
    struct error error = {0};
    char damaged[20000];
    bool found = false;
    for (int i = 0; i < pairs->count; i++) {
        const char *value = pairs->items[i].value, *at = strstr(value, old);
        changed[i] = pairs->items[i];
        if (at == NULL || found)
            continue;
        found = true;
        snprintf(damaged, sizeof damaged, "%.*s%s%s", (int)(at - value), value, new,
                 at + strlen(old));
        changed[i].value = damaged;
    }
    assert_true(found);
    struct model_file *file = file_with(network, changed, pairs->count);
    if (checkpoint_summary(file, &summary, records, 2, &error))
        fail_msg("%s is not refused", new);
    assert_int_equal(error.kind, ERROR_DATA);
    model_file_free(&file);
}

static void a_summary_is_read_back_completely(void **state)
{
    (void)state;
    struct memory_images images = memory_images_make(shape, 101, 1);
    struct trainer_config config = config_of(OPTIMIZER_SGD);
    struct run run = run_make(&images, &config, false);
    struct stopping_watch watch = {{stopping_tick}, 7};
    struct error error = {0};
    struct checkpoint_pairs pairs;
    struct trainer_summary read;
    struct epoch_record records[4] = {{0}};
    int count;
    assert_false(go_on(&run, &watch.watch));
    const struct epoch_record *history = trainer_history(run.trainer, &count);
    const struct trainer_summary summary = {
        *trainer_config(run.trainer), *trainer_progress(run.trainer), *trainer_rates(run.trainer)};
    assert_int_equal(count, 2);
    assert_true(checkpoint_pairs_make(&pairs, &summary, history, count, &error));
    struct model_file *file = file_with(run.network, pairs.items, pairs.count);
    assert_false(checkpoint_is(file));
    if (!checkpoint_summary(file, &read, records, count, &error))
        fail_msg("%s", error.text);
    assert_true(read.config.epochs == config.epochs && read.config.batch == config.batch &&
                read.config.rate == config.rate && read.config.optimizer == OPTIMIZER_SGD &&
                read.config.seed == config.seed);
    assert_true(read.progress.position.step == 7 &&
                read.progress.position.batch == summary.progress.position.batch &&
                read.progress.sums.loss == summary.progress.sums.loss &&
                read.progress.schedule_epoch == 1);
    assert_int_equal(read.rates.count, 7);
    assert_memory_equal(read.rates.rates, summary.rates.rates, 7 * sizeof(float));
    assert_true(read.rates.last == summary.rates.last);
    for (int i = 0; i < count; i++)
        assert_int_equal(records[i].step, 3 * (i + 1));
    assert_false(checkpoint_summary(file, &read, records, count + 1, &error));
    model_file_free(&file);

    assert_refused(run.network, &pairs, "\"steps\":7", "\"steps\":8");
    assert_refused(run.network, &pairs, "\"steps\":7", "\"steps\":-1");
    assert_refused(run.network, &pairs, "\"stride\":1", "\"stride\":0");
    assert_refused(run.network, &pairs, "\"rates\":[", "\"rates\":[\"x\",");
    assert_refused(run.network, &pairs, "\"rates\":[", "\"rates\":[1e9,");
    assert_refused(run.network, &pairs, "\"ends\":[3,", "\"ends\":[");
    assert_refused(run.network, &pairs, "\"ends\":[3,", "\"ends\":[-3,");
    assert_refused(run.network, &pairs, "\"optimizer\":0", "\"optimizer\":99");
    assert_refused(run.network, &pairs, "\"batch\":", "\"bath\":");
    checkpoint_pairs_release(&pairs);
    run_release(&run);
    memory_images_release(&images);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resumed_from_disk_equals_uninterrupted),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(a_summary_is_read_back_completely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
