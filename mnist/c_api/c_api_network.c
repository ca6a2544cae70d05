/*
 * c_api_network - weights, gradients and predictions for mnist.h.
 *
 * Predictor and plan are made at their first use and freed when the network may have changed. A
 * cell may write to weights through a pointer at any time, so after mnist_tensor each prediction
 * packs the weights again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c_api/c_api.h"
#include "mnist/nn/engine/plan.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/process/process_state.h"

static struct {
    uint64_t hash; /* of the network before the cell got a pointer to weights */
    bool weights_lent;
    struct predictor *predictor; /* NULL = to be made */
    struct plan *plan;
} api;

void c_api_forget_plans(void)
{
    predictor_free(&api.predictor);
    plan_free(&api.plan);
}

/* Adds a comment to the recipe, which cannot reproduce the weights any more. */
static void note_changed_weights(char recipe[RECIPE_SIZE])
{
    static const char note[] = "# a C cell changed the weights";
    size_t used = strlen(recipe), size = strlen(note);
    if (used < size || strcmp(recipe + used - size, note) != 0)
        recipe_add(recipe, note);
}

void c_api_settle_network(struct session *s)
{
    if (api.weights_lent && s->model.network != NULL &&
        network_hash(s->model.network) != api.hash) {
        model_drop_trainer(&s->model);
        s->model.test_accuracy = (double)NAN;
        note_changed_weights(s->model.recipe);
    }
    api.weights_lent = false;
}

/* The normalisation of the training; of an untrained network, that of the data. */
static const struct normalization *normalization_now(const struct session *s)
{
    return s->model.trained ? &s->model.preparation.normalization
                            : &s->data.preparation.normalization;
}

static struct network *need_network(const char *function)
{
    struct session *s = c_api_session(function);
    if (s->model.network == NULL)
        crash_fail("%s: there is no network: run `model fast` or `model load NAME` first",
                   function);
    return s->model.network;
}

/* The network; ends the cell if its input shape is not that of the data. */
static struct network *need_fitting_network(const char *function)
{
    struct network *network = need_network(function);
    const struct session *s = c_api_now();
    struct error error;
    if (s->data.prepared != NULL && !model_check_images(s, &s->model, &error))
        crash_fail("%s: %s", function, error.text);
    return network;
}

static struct mnist_tensor tensor_of(const struct tensor *tensor, float *block)
{
    struct mnist_tensor t = {.name = tensor->name,
                             .values = block + tensor->offset,
                             .count = tensor->count,
                             .rank = tensor->rank};
    for (int i = 0; i < tensor->rank; i++)
        t.shape[i] = tensor->dims[i];
    return t;
}

int mnist_tensor_count(void)
{
    return network_tensor_count(need_network("mnist_tensor_count"));
}

/* Returns a tensor that the cell may write to. */
static struct mnist_tensor lend(struct network *network, const struct tensor *tensor)
{
    if (!api.weights_lent)
        api.hash = network_hash(network);
    api.weights_lent = true;
    return tensor_of(tensor, network_values(network));
}

struct mnist_tensor mnist_tensor_at(int index)
{
    struct network *network = need_network("mnist_tensor_at");
    if (index < 0 || index >= network_tensor_count(network))
        crash_fail("mnist_tensor_at: no tensor %d: the network has %d, counted from 0", index,
                   network_tensor_count(network));
    return lend(network, network_tensor(network, index));
}

static const struct tensor *find_tensor(const char *function, const struct network *network,
                                        const char *name)
{
    const struct tensor *tensor = network_find_tensor(network, name);
    if (tensor == NULL)
        crash_fail("%s: the network has no tensor \"%s\"; its first is \"%s\"", function, name,
                   network_tensor_count(network) > 0 ? network_tensor(network, 0)->name : "");
    return tensor;
}

struct mnist_tensor mnist_tensor(const char *name)
{
    struct network *network = need_network("mnist_tensor");
    return lend(network, find_tensor("mnist_tensor", network, name));
}

struct mnist_tensor mnist_gradient(const char *name)
{
    struct network *network = need_network("mnist_gradient");
    const struct tensor *tensor = find_tensor("mnist_gradient", network, name);
    if (tensor->offset + tensor->count > network_parameter_count(network))
        crash_fail("mnist_gradient: %s is not trained, so it has no gradient", name);
    return tensor_of(tensor, network_gradients(network));
}

double mnist_backward(enum mnist_part part, int first, int count)
{
    struct selection selection = c_api_select("mnist_backward", part);
    struct network *network = need_fitting_network("mnist_backward");
    struct session *s = c_api_now();
    struct error error;
    if (first < 0 || count < 1 || count > TRAINER_BATCH_MAX || first > selection.count - count)
        crash_fail(
            "mnist_backward: %d images from image %d on: the %s set has %d images, and a batch "
            "must have 1 to %d",
            count, first, selection_noun(&selection), selection.count, TRAINER_BATCH_MAX);
    size_t statistics = network_value_count(network) - network_parameter_count(network);
    float *running = network_values(network) + network_parameter_count(network);
    float *kept = malloc((statistics + 1) * sizeof *kept);
    uint32_t *indices = malloc((size_t)count * sizeof *indices);
    struct data_loader *loader = selection_loader(s, &selection, normalization_now(s), &error);
    const struct plan_config config = {.engine = s->engine,
                                       .batch = count,
                                       .training = true,
                                       .threads = thread_pool_threads(s->pool)};
    plan_free(&api.plan);
    if (loader != NULL)
        api.plan = plan_new(network, &config, &error);
    if (kept == NULL || indices == NULL || api.plan == NULL)
        crash_fail("mnist_backward: %s",
                   loader == NULL || api.plan == NULL ? error.text : "out of memory");
    for (int i = 0; i < count; i++)
        indices[i] = (uint32_t)(first + i);
    /* a query must not change running statistics */
    memcpy(kept, running, statistics * sizeof *kept);
    struct data_source source = data_loader_source(loader);
    const struct plan_batch images = {
        .source = &source, .indices = indices, .images = count, .epoch = 0};
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    struct plan_result result = plan_train(api.plan, s->pool, &images);
    process_state_numbers_leave(&cell);
    memcpy(running, kept, statistics * sizeof *kept);
    data_loader_free(&loader);
    free(indices);
    free(kept);
    return result.loss / count;
}

int mnist_layer_count(void)
{
    return network_layer_count(need_network("mnist_layer_count"));
}

struct mnist_layer mnist_layer(int index)
{
    static char kinds[NETWORK_LAYERS_MAX][LAYER_TEXT_SIZE];
    struct network *network = need_network("mnist_layer");
    if (index < 0 || index >= network_layer_count(network))
        crash_fail("mnist_layer: no layer %d: the network has %d, counted from 0", index,
                   network_layer_count(network));
    const struct layer *layer = network_layer(network, index);
    return (struct mnist_layer){.name = layer->name,
                                .kind = layer_spec_print(&layer->spec, kinds[index]),
                                .channels = layer->out.channels,
                                .rows = layer->out.height,
                                .columns = layer->out.width};
}

/* The network's input for an image. Caller frees. */
static float *input_of(const char *function, const uint8_t *pixels)
{
    struct session *s = c_api_session(function);
    size_t size = shape_size(network_input(need_fitting_network(function)));
    float *x = malloc(size * sizeof *x);
    if (x == NULL)
        crash_fail("%s: out of memory", function);
    normalize_bytes(normalization_now(s), x, pixels, size);
    return x;
}

int mnist_predict(const uint8_t *pixels, float *probabilities)
{
    float own[NETWORK_CLASSES_MAX];
    struct network *network = need_network("mnist_predict");
    struct error error;
    if (api.predictor == NULL)
        api.predictor = predictor_new(network, c_api_now()->engine, c_api_now()->pool, &error);
    else if (api.weights_lent)
        predictor_refresh(api.predictor);
    if (api.predictor == NULL)
        crash_fail("mnist_predict: %s", error.text);
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    float *x = input_of("mnist_predict", pixels);
    predictor_one(api.predictor, x, own);
    free(x);
    process_state_numbers_leave(&cell);
    int classes = network_classes(network), best = 0;
    for (int i = 1; i < classes; i++)
        best = own[i] > own[best] ? i : best;
    if (probabilities != NULL)
        memcpy(probabilities, own, (size_t)classes * sizeof *own);
    return best;
}

void mnist_activations(const char *name, const uint8_t *pixels, float *values)
{
    struct network *network = need_network("mnist_activations");
    struct error error;
    int count = network_layer_count(network), index = 0;
    while (index < count && strcmp(network_layer(network, index)->name, name) != 0)
        index++;
    if (index == count)
        crash_fail("mnist_activations: the network has no layer \"%s\"; its first is \"%s\"", name,
                   network_layer(network, 0)->name);
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    float *x = input_of("mnist_activations", pixels);
    bool done = predict_activations(network, c_api_now()->engine, index, x, values, &error);
    free(x);
    process_state_numbers_leave(&cell);
    if (!done)
        crash_fail("mnist_activations: %s", error.text);
}
