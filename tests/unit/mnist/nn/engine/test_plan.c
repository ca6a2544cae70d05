/*
 * Plans: running batches allocates no memory; a batch that exceeds the machine's memory is refused
 * with figures before memory is allocated; batches smaller than the plan's maximum; the loss of a
 * batch is the sum of the losses of its images run one by one; the gradient of a batch is the mean
 * of its images' gradients (without batch-norm), for any number of slots.
 */
#include <math.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/engine/plan.h"
#include "tests/unit/mnist/nn/network_fixture.h"

enum { IMAGES = 600 }; /* 19 slots: more than accumulators */

static const struct shape shape = {1, 8, 9};
static uint32_t order[IMAGES];

struct rig {
    struct network *network;
    struct memory_images images;
    struct data_source source;
    struct thread_pool *pool;
    struct plan *plan;
};

static void rig_make(struct rig *rig, const char *text, int threads)
{
    struct error error = {0};
    rig->network = network_from_text(text, shape, 1);
    rig->images = memory_images_make(shape, IMAGES, 1);
    rig->source = memory_source(&rig->images);
    rig->pool = thread_pool_new(threads, &error);
    struct plan_config config = {
        .engine = engine_default(), .batch = IMAGES, .training = true, .threads = threads};
    rig->plan = plan_new(rig->network, &config, &error);
    assert_non_null(rig->plan);
    for (uint32_t i = 0; i < IMAGES; i++)
        order[i] = i;
}

static void rig_release(struct rig *rig)
{
    plan_free(&rig->plan);
    thread_pool_free(&rig->pool);
    memory_images_release(&rig->images);
    network_free(&rig->network);
}

static struct plan_result step(struct rig *rig, int first, int count)
{
    struct plan_batch batch = {
        .source = &rig->source, .indices = order + first, .images = count, .epoch = 1, .seed = 1};
    return plan_train(rig->plan, rig->pool, &batch);
}

static void batch_is_the_mean_of_its_images(void **state)
{
    (void)state;
    struct rig rig;
    rig_make(&rig, "conv 3 3x3; relu; maxpool 2; dense 10", 2);
    size_t count = network_parameter_count(rig.network);
    double *mean = calloc(count, sizeof *mean), loss = 0;
    float *want = calloc(count, sizeof *want);
    int correct = 0;
    for (int i = 0; i < IMAGES; i++) {
        struct plan_result one = step(&rig, i, 1);
        loss += one.loss;
        correct += one.correct;
        for (size_t j = 0; j < count; j++)
            mean[j] += (double)network_gradients(rig.network)[j] / IMAGES;
    }
    for (size_t j = 0; j < count; j++)
        want[j] = (float)mean[j];
    struct plan_result all = step(&rig, 0, IMAGES);
    assert_true(fabs(all.loss - loss) < 1e-3);
    assert_int_equal(all.correct, correct);
    assert_close("gradient", network_gradients(rig.network), want, count, 1e-6, 1e-4);
    free(mean);
    free(want);
    rig_release(&rig);
}

static void gradients_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const char *const texts[] = {"conv 3 3x3; relu; maxpool 2; dense 10",
                                        "conv 3 3x3; batchnorm; relu; dropout 0.3; dense 10"};
    for (int i = 0; i < 2; i++) {
        struct rig one;
        rig_make(&one, texts[i], 1);
        double loss = step(&one, 0, IMAGES).loss;
        for (int threads = 2; threads <= 7; threads++) {
            struct rig more;
            rig_make(&more, texts[i], threads);
            assert_true(step(&more, 0, IMAGES).loss == loss);
            assert_memory_equal(network_gradients(more.network), network_gradients(one.network),
                                network_parameter_count(one.network) * sizeof(float));
            assert_int_equal(network_hash(more.network), network_hash(one.network));
            rig_release(&more);
        }
        rig_release(&one);
    }
}

static void nothing_is_allocated_in_the_loop(void **state)
{
    (void)state;
    struct rig rig;
    rig_make(&rig, "conv 3 3x3; batchnorm; relu; maxpool 2; dropout 0.2; dense 10", 1);
    step(&rig, 0, IMAGES);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 5; i++)
        step(&rig, 0, IMAGES - i);
    assert_int_equal(mallinfo2().uordblks, before);
    rig_release(&rig);
}

static void batches_larger_than_memory_are_refused(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *network = network_from_text("conv 64 3x3 pad=same; batchnorm; relu; dense 10",
                                                (struct shape){1, 60, 60}, 1);
    struct plan_config config = {
        .engine = engine_default(), .batch = 1 << 20, .training = true, .threads = 1};
    assert_null(plan_new(network, &config, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "GiB"));
    assert_non_null(strstr(error.text, "smaller batch"));
    network_free(&network);
}

static void engines_are_listed(void **state)
{
    (void)state;
    assert_ptr_equal(engine_find("openblas", NULL), &engine_openblas);
    assert_ptr_equal(engine_find("native", "plain"), &engine_native_plain);
    assert_ptr_equal(engine_find("native", "auto"), engine_default());
    assert_null(engine_find("none", NULL));
    assert_null(engine_find("native", "none"));
    assert_non_null(engine_at(0));
    assert_null(engine_at(99));
    assert_null(engine_at(-1));
    assert_non_null(engine_default());
}

static double work_done(struct plan *plan, const struct plan_batch *batch)
{
    struct error error = {0};
    struct plan_stage_cost costs[PLAN_STAGES_MAX];
    struct thread_pool *pool = thread_pool_new(1, &error);
    double work = 0;
    int layers = 0;
    for (int i = plan_profile(plan, pool, batch, costs) - 1; i >= 0; i--) {
        work += costs[i].forward.multiply_adds / batch->images;
        layers += costs[i].count;
        assert_true(costs[i].forward.seconds >= 0);
        assert_true(costs[i].weights.seconds == 0 && costs[i].input.seconds == 0);
    }
    assert_int_equal(layers, 8);
    thread_pool_free(&pool);
    return work;
}

/* By hand: multiply-adds that the engines execute for one image of the `keras` network. The native
   engine computes 10x10 of the second convolution's 11x11 outputs: in each direction, tiles of 4, 4
   and 2 outputs with 6 + 6 + 4 points. These read 24x24 of the first convolution's 26x26. */
static double counted(const struct engine *engine)
{
    struct error error = {0};
    struct shape picture = {1, 28, 28};
    struct network *network = network_from_text(
        "conv 32 3x3; relu; maxpool 2; conv 64 3x3; relu; maxpool 2; dropout 0.5; dense 10",
        picture, 1);
    struct memory_images images = memory_images_make(picture, 40, 1);
    struct data_source source = memory_source(&images);
    struct plan_config config = {.engine = engine, .batch = 40, .threads = 1};
    struct plan *plan = plan_new(network, &config, &error);
    uint32_t indices[40] = {0};
    struct plan_batch batch = {.source = &source, .indices = indices, .images = 40};
    double work = work_done(plan, &batch);
    assert_true(work_done(plan, &batch) == work);
    plan_free(&plan);
    memory_images_release(&images);
    network_free(&network);
    return work;
}

static void work_is_counted(void **state)
{
    (void)state;
    assert_true(counted(&engine_openblas) == 26 * 26 * 32 * 9 + 11 * 11 * 64 * 288 + 16000);
    assert_true(counted(&engine_native_plain) == 24 * 24 * 32 * 9 + 16 * 16 * 32 * 64 + 16000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_is_the_mean_of_its_images),
        cmocka_unit_test(gradients_do_not_depend_on_threads),
        cmocka_unit_test(nothing_is_allocated_in_the_loop),
        cmocka_unit_test(batches_larger_than_memory_are_refused),
        cmocka_unit_test(engines_are_listed),
        cmocka_unit_test(work_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
