/*
 * Proves for resumed trainings, by law: an extended training equals a longer one; a changed rate
 * equals a schedule with the same rates; a training that is continued by another trainer equals one
 * with a restarted optimizer. By hand: a change or a position that does not fit is refused, and the
 * training continues with the same bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/mnist/nn/train/trainer_fixture.h"

static void extension_continues(void **state)
{
    (void)state;
    struct setup setup;
    struct error error = {0};
    struct trainer_config config = small_config();
    config.schedule = SCHEDULE_CONSTANT; /* then a stretched schedule is the same */
    setup_make(&setup, trained_text, config);
    assert_true(setup_run(&setup, 2, NULL, NULL, &error));
    assert_true(setup_run(&setup, 1, NULL, NULL, &error)); /* nothing left to do */
    assert_true(trainer_extend(setup.trainer, 2, &error));
    assert_false(trainer_finished(setup.trainer));
    assert_true(setup_run(&setup, 2, NULL, NULL, &error));
    int count;
    trainer_history(setup.trainer, &count);
    assert_int_equal(count, EPOCHS + 2);
    config.epochs = EPOCHS + 2;
    assert_int_equal(network_hash(setup.network), trained_hash(trained_text, config, 1));
    assert_false(trainer_extend(setup.trainer, TRAINER_EPOCHS_MAX, &error));
    setup_release(&setup);
}

/* One more epoch of a training that was stopped in its first epoch finishes that epoch. */
static void extension_counts_from_the_current_epoch(void **state)
{
    (void)state;
    struct setup setup;
    struct error error = {0};
    setup_make(&setup, trained_text, small_config());
    struct interrupting_watch watch = {.watch = {interrupting_tick}, .at = 2};
    assert_false(setup_run(&setup, 2, &watch.watch, NULL, &error));
    assert_true(trainer_extend(setup.trainer, 1, &error));
    assert_true(setup_run(&setup, 2, NULL, NULL, &error));
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
    setup_make(&changed, trained_text, config);
    setup_finish(&changed);
    next = config;
    next.epochs = 3;
    next.rate = 0.025f;
    change(&changed, &next, (struct trainer_restart){.schedule = true});
    setup_finish(&changed);

    config.epochs = 3; /* half the rate after two epochs */
    config.schedule = SCHEDULE_STEP;
    config.step_epochs = 2;
    setup_make(&stepped, trained_text, config);
    setup_finish(&stepped);
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
        struct interrupting_watch watch = {.watch = {interrupting_tick}, .at = ticks};
        int count;
        setup_make(&live, trained_text, config);
        assert_false(setup_run(&live, 2, &watch.watch, NULL, &error));
        setup_make(&loaded, trained_text, config);
        trainer_free(&loaded.trainer);
        memcpy(network_values(loaded.network), network_values_const(live.network),
               network_value_count(live.network) * sizeof(float));
        loaded.trainer = trainer_new(loaded.network, engine_default(), &config, &loaded.training,
                                     &loaded.validation, &error);
        const struct epoch_record *records = trainer_history(live.trainer, &count);
        assert_true(trainer_continue(loaded.trainer, trainer_progress(live.trainer), records,
                                     trainer_rates(live.trainer), &error));
        change(&live, &config, (struct trainer_restart){.optimizer = true});
        setup_finish(&live);
        setup_finish(&loaded);
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
    struct interrupting_watch watch = {.watch = {interrupting_tick}, .at = 2};
    setup_make(&setup, trained_text, config);
    setup_make(&whole, trained_text, config);
    setup_finish(&whole);
    assert_false(setup_run(&setup, 2, &watch.watch, NULL, &error));
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
    setup_finish(&setup);
    assert_int_equal(network_hash(setup.network), network_hash(whole.network));
    setup_release(&setup);
    setup_release(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extension_continues),
        cmocka_unit_test(extension_counts_from_the_current_epoch),
        cmocka_unit_test(a_changed_rate_applies_from_the_current_step),
        cmocka_unit_test(a_continuation_equals_a_restarted_optimizer),
        cmocka_unit_test(a_change_that_does_not_fit_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
