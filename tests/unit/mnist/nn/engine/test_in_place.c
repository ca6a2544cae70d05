/*
 * Stages in place overwrite nothing that is still needed: random networks give the same bits as
 * with separate memory for every stage, in training (loss and all gradients) and in prediction.
 */
#include "tests/unit/mnist/nn/engine_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/rng.h"

enum { NETWORKS = 150, LAYERS = 9, TEXT_SIZE = 512, IMAGES = 19 };

static const struct shape shape = {1, 6, 7};

static const struct {
    const char *word, *name;
} choices[] = {
    {"conv 5 3x3 pad=1", "conv"},
    {"relu", "relu"},
    {"dropout 0.3", "dropout"},
    {"gelu", "gelu"},
    {"leakyrelu 0.2", "leakyrelu"},
    {"sigmoid", "sigmoid"},
    {"elu 1", "elu"},
    {"tanh", "tanh"},
    {"batchnorm", "batchnorm"},
    {"groupnorm 5", "groupnorm"},
    {"layernorm", "layernorm"},
    {"relu", "relu"},
    {"dropout 0.2", "dropout"},
};
enum { CHOICES = sizeof choices / sizeof choices[0] };

/* A chain after a convolution, all layers with the same shape; one layer in three is an `add` of
   any earlier layer. */
static void random_text(char text[TEXT_SIZE], struct rng *rng)
{
    char names[LAYERS + 1][LAYER_NAME_SIZE] = {"conv1"};
    int counts[CHOICES] = {1}, adds = 0;
    int used = snprintf(text, TEXT_SIZE, "conv 5 3x3 pad=1; ");
    for (int i = 1; i <= LAYERS; i++) {
        if (rng_below(rng, 3) == 0) {
            used += snprintf(text + used, (size_t)(TEXT_SIZE - used), "add %s; ",
                             names[rng_below(rng, (uint32_t)i)]);
            snprintf(names[i], sizeof names[i], "add%d", ++adds);
            continue;
        }
        uint32_t choice = rng_below(rng, CHOICES), first = choice;
        for (uint32_t j = 0; j < CHOICES; j++) /* relu and dropout occur twice in the table */
            if (strcmp(choices[j].name, choices[choice].name) == 0) {
                first = j;
                break;
            }
        used += snprintf(text + used, (size_t)(TEXT_SIZE - used), "%s; ", choices[choice].word);
        snprintf(names[i], sizeof names[i], "%s%d", choices[choice].name, ++counts[first]);
    }
    snprintf(text + used, (size_t)(TEXT_SIZE - used), "dense 10");
}

/* The loss and the gradients of one batch. Without training, the gradients stay 0. */
static double run(const char *text, bool training, bool separate, float **gradients, size_t *count)
{
    struct error error = {0};
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, IMAGES, 3);
    struct data_source source = memory_source(&images);
    struct thread_pool *pool = thread_pool_new(1, &error);
    const struct plan_config config = {.engine = tested_engine,
                                       .batch = IMAGES,
                                       .training = training,
                                       .threads = 1,
                                       .separate = separate};
    struct plan *plan = plan_new(network, &config, &error);
    uint32_t indices[IMAGES];
    uint8_t labels[IMAGES];
    for (uint32_t i = 0; i < IMAGES; i++)
        indices[i] = i;
    const struct plan_batch batch = {
        .source = &source, .indices = indices, .images = IMAGES, .epoch = 1, .seed = 5};
    assert_true(pool != NULL && plan != NULL);
    if (!training)
        plan_refresh(plan);
    struct plan_result result =
        training ? plan_train(plan, pool, &batch) : plan_predict(plan, pool, &batch, NULL, labels);
    *count = network_parameter_count(network);
    *gradients = malloc(*count * sizeof **gradients);
    assert_non_null(*gradients);
    memcpy(*gradients, network_gradients(network), *count * sizeof **gradients);
    plan_free(&plan);
    thread_pool_free(&pool);
    memory_images_release(&images);
    network_free(&network);
    return result.loss;
}

static void compare(const char *text, bool training)
{
    float *in_place, *separate;
    size_t count;
    double loss = run(text, training, false, &in_place, &count);
    double expected = run(text, training, true, &separate, &count);
    if (memcmp(&loss, &expected, sizeof loss) != 0)
        fail_msg("%s: loss %.17g, with separate memory %.17g", text, loss, expected);
    for (size_t i = 0; i < count; i++)
        if (memcmp(&in_place[i], &separate[i], sizeof *in_place) != 0)
            fail_msg("%s: gradient %zu is %g, with separate memory %g", text, i,
                     (double)in_place[i], (double)separate[i]);
    free(in_place);
    free(separate);
}

static void in_place_gives_the_bits_of_separate_memory(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < NETWORKS; i++) {
        char text[TEXT_SIZE];
        struct rng rng = rng_stream(11, RNG_SAMPLE, 0, i);
        random_text(text, &rng);
        compare(text, true);
        compare(text, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_place_gives_the_bits_of_separate_memory),
    };
    return run_on_every_engine(tests, sizeof tests / sizeof tests[0]);
}
