/*
 * gradient_check - the two probe layers, and the loop over the elements of each tensor.
 */
#include "mnist/nn/train/gradient_check.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/rng.h"
#include "mnist/nn/engine/plan.h"
#include "mnist/nn/model/plugin_trial.h"

enum { STREAM_X = 1, STREAM_R, STREAM_ELEMENTS }; /* items of RNG_SAMPLE */

static const double step_first = 1e-2, step_second = 1e-2 / 8, step_third = 1e-2 / 16;
static const double floor_share = 0.05;

/* ---- probes ---------------------------------------------------------------------------------- */

static void plan_input(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->weights = (int)shape_size(plan->in);
}

static void input_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = x[i] + pass->weights[i];
}

static void input_backward(const void *context, struct layer_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    (void)context, (void)x, (void)y;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        pass->gradients[i] += dx[i] = dy[i];
}

/* f in double precision. */
struct output_probe {
    const float *r;
    double *f;
};

static void plan_output(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->out = (struct shape){1, 1, 1};
}

static void output_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    const struct output_probe *probe = context;
    double sum = 0;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        sum += (double)probe->r[i] * (double)x[i];
    *probe->f = sum;
    y[0] = (float)sum;
}

static void output_backward(const void *context, struct layer_pass *pass, const float *x,
                            const float *y, const float *dy, float *dx)
{
    const struct output_probe *probe = context;
    (void)x, (void)y;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        dx[i] = dy[0] * probe->r[i];
}

/* The loss is the network's output, f. */
static double output_loss(const void *context, const float *logits, int classes, int label,
                          float *gradient)
{
    (void)context, (void)classes, (void)label;
    gradient[0] = 1;
    return (double)logits[0];
}

static const struct plugin_loss identity_loss = {.name = "output", .value = output_loss};

/* ---- the network ----------------------------------------------------------------------------- */

struct check_buffers {
    const struct gradient_check_config *config;
    struct network *network;
    struct plan *plan;
    float *x, *r, *gradients; /* gradients: backward at the unchanged values */
    double f;
    struct output_probe output_probe;
    struct layer_type input, output;
};

static void fill(void *context, float *x, uint8_t *labels, const uint32_t *indices, int count,
                 int epoch)
{
    const struct check_buffers *buffers = context;
    (void)indices, (void)epoch;
    assert(count == 1);
    memcpy(x, buffers->x, shape_size(buffers->config->in) * sizeof *x);
    if (labels != NULL)
        labels[0] = 0;
}

/* Runs forward and backward at the network's current values; returns f. */
static double run(struct check_buffers *buffers)
{
    static const uint32_t index = 0;
    const struct data_source source = {.context = buffers, .count = 1, .fill = fill};
    const struct plan_batch batch = {.source = &source,
                                     .indices = &index,
                                     .images = 1,
                                     .epoch = 1,
                                     .seed = buffers->config->seed,
                                     .loss = &identity_loss};
    plan_train(buffers->plan, buffers->config->pool, &batch);
    return buffers->f;
}

void gradient_check_fill(float *values, size_t count, float spread, uint64_t seed, uint32_t item)
{
    struct rng rng = rng_stream(seed, RNG_SAMPLE, 0, item);
    for (size_t i = 0; i < count; i++)
        values[i] = spread * (2 * rng_uniform(&rng) - 1);
}

/* Copies the layer's values from its network and sets the input probe to 0. */
static void set_values(struct check_buffers *buffers)
{
    const struct gradient_check_config *config = buffers->config;
    for (int i = 0; i < network_tensor_count(buffers->network); i++) {
        const struct tensor *tensor = network_tensor(buffers->network, i);
        float *to = network_values(buffers->network) + tensor->offset;
        if (tensor->layer == 0)
            memset(to, 0, tensor->count * sizeof *to);
        for (int j = 0; config->from != NULL && j < network_tensor_count(config->from); j++) {
            const struct tensor *same = network_tensor(config->from, j);
            if (same->layer == config->from_layer && same->role == tensor->role &&
                tensor->layer == 1)
                memcpy(to, network_values_const(config->from) + same->offset,
                       tensor->count * sizeof *to);
        }
    }
}

static bool buffers_make(struct check_buffers *buffers, const struct gradient_check_config *config,
                         struct error *error)
{
    *buffers = (struct check_buffers){.config = config};
    buffers->input = (struct layer_type){
        .name = "input", .plan = plan_input, .forward = input_forward, .backward = input_backward};
    buffers->output = (struct layer_type){.name = "output",
                                          .context = &buffers->output_probe,
                                          .plan = plan_output,
                                          .forward = output_forward,
                                          .backward = output_backward};
    struct layer_spec specs[3] = {
        {.type = &buffers->input}, *config->spec, {.type = &buffers->output}};
    if (specs[1].source[0] != '\0') /* `add`: its source and its input are the input probe */
        snprintf(specs[1].source, sizeof specs[1].source, "input1");
    const struct plan_config plan = {.engine = config->engine,
                                     .batch = 1,
                                     .training = true,
                                     .threads = thread_pool_threads(config->pool)};
    buffers->network = network_new(specs, 3, config->in, config->seed, error);
    if (buffers->network == NULL)
        return false;
    size_t in = shape_size(config->in), out = shape_size(network_layer(buffers->network, 1)->out);
    buffers->x = malloc(in * sizeof *buffers->x);
    buffers->r = malloc(out * sizeof *buffers->r);
    buffers->gradients =
        malloc(network_parameter_count(buffers->network) * sizeof *buffers->gradients);
    buffers->plan = plan_new(buffers->network, &plan, error);
    if (buffers->x == NULL || buffers->r == NULL || buffers->gradients == NULL)
        return error_memory(error, "the check", (in + out) * sizeof(float));
    gradient_check_fill(buffers->x, in, 2, config->seed, STREAM_X);
    gradient_check_fill(buffers->r, out, 1, config->seed, STREAM_R);
    buffers->output_probe = (struct output_probe){buffers->r, &buffers->f};
    set_values(buffers);
    return buffers->plan != NULL;
}

static void buffers_release(struct check_buffers *buffers)
{
    plan_free(&buffers->plan);
    network_free(&buffers->network);
    free(buffers->x);
    free(buffers->r);
    free(buffers->gradients);
}

/* ---- elements -------------------------------------------------------------------------------- */

/* Finite differences of f at an element: backward, central and forward. */
struct slopes {
    double left, middle, right;
};

static struct slopes slopes_at(struct check_buffers *buffers, float *value, double h, double f)
{
    float before = *value;
    *value = (float)((double)before + h);
    double up = (double)*value - (double)before, right = run(buffers) - f;
    *value = (float)((double)before - h);
    double down = (double)before - (double)*value, left = f - run(buffers);
    *value = before;
    return (struct slopes){left / down, (left + right) / (up + down), right / up};
}

double gradient_check_error(double backward, double difference, double floor)
{
    double largest = fmax(fmax(fabs(backward), fabs(difference)), floor);
    double error = fabs(backward - difference) / largest;
    return isnan(error) ? (double)INFINITY : error;
}

double gradient_check_floor(const float *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i] * (double)values[i];
    return floor_share * sqrt(sum / (double)count);
}

/* Whether the element is at a kink: the gradient is between the left and the right slope, and a
   smaller h does not bring the two closer. */
static bool at_kink(double backward, struct slopes wide, struct slopes narrow)
{
    double low = fmin(narrow.left, narrow.right), high = fmax(narrow.left, narrow.right);
    double slack = 0.02 * (high - low);
    return high - low > 0.5 * fabs(wide.right - wide.left) && backward >= low - slack &&
           backward <= high + slack && high - low > 0.02 * fmax(fabs(low), fabs(high));
}

/* "weight[3, 0, 2, 2]" */
static void name_element(char *text, size_t size, const char *tensor, const int *dims, int rank,
                         size_t index)
{
    size_t place[TENSOR_RANK_MAX];
    for (int i = rank - 1; i >= 0; i--) {
        place[i] = index % (size_t)dims[i];
        index /= (size_t)dims[i];
    }
    size_t used = (size_t)snprintf(text, size, "%s[", tensor);
    for (int i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%zu", i > 0 ? ", " : "", place[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
}

/* The finite difference with the smallest error so far. */
struct comparison {
    double difference, error;
};

static void compare(struct comparison *best, double backward, double difference, double floor)
{
    double error = gradient_check_error(backward, difference, floor);
    if (error < best->error)
        *best = (struct comparison){difference, error};
}

/* Returns true if the element has the largest error so far; the caller then stores its name. A kink
   whose distance is more than half of the second step escapes at_kink. The third step does not
   reach that kink, so its difference is right. */
static bool check_element(struct check_buffers *buffers, struct gradient_check_row *row,
                          float *value, double backward, double floor, double f)
{
    struct slopes wide = slopes_at(buffers, value, step_first, f), narrow = wide;
    struct comparison best = {wide.middle, gradient_check_error(backward, wide.middle, floor)};
    if (best.error > GRADIENT_CHECK_ERROR_MAX / 2) {
        narrow = slopes_at(buffers, value, step_second, f);
        compare(&best, backward, narrow.middle, floor);
    }
    bool kink = best.error > GRADIENT_CHECK_ERROR_MAX && at_kink(backward, wide, narrow);
    row->compared++;
    row->kinks += kink;
    if (best.error > GRADIENT_CHECK_ERROR_MAX && !kink)
        compare(&best, backward, slopes_at(buffers, value, step_third, f).middle, floor);
    if (kink || best.error < row->error)
        return false;
    row->error = best.error;
    row->backward = backward;
    row->difference = best.difference;
    return true;
}

static bool check_tensor(struct check_buffers *buffers, struct gradient_check_row *row,
                         const struct tensor *tensor, double f, struct error *error)
{
    const struct gradient_check_config *config = buffers->config;
    struct shape in = config->in;
    int shape[TENSOR_RANK_MAX] = {in.channels, in.height, in.width};
    bool x = tensor->layer == 0;
    const char *name = x ? "x" : strrchr(tensor->name, '.') + 1;
    *row = (struct gradient_check_row){.of = (int)tensor->count};
    snprintf(row->tensor, sizeof row->tensor, "%s", name);
    const float *gradients = buffers->gradients + tensor->offset;
    double floor = gradient_check_floor(gradients, tensor->count);
    struct rng rng = rng_stream(config->seed, RNG_SAMPLE, 0, STREAM_ELEMENTS);
    bool all = tensor->count <= (size_t)config->count;
    size_t count = all ? tensor->count : (size_t)config->count;
    for (size_t i = 0; i < count; i++) {
        size_t index = all ? i : rng_below(&rng, (uint32_t)tensor->count);
        float *value = network_values(buffers->network) + tensor->offset + index;
        if (check_element(buffers, row, value, (double)gradients[index], floor + 1e-12, f))
            name_element(row->worst, sizeof row->worst, name, x ? shape : tensor->dims,
                         x ? 3 : tensor->rank, index);
        if (!progress_tick(config->watch, (double)i, (double)count))
            return error_interrupted(error);
    }
    return true;
}

/* Tests the memory accesses of a plugin before the check. */
static bool try_plugin(const struct check_buffers *buffers, struct error *error)
{
    const struct layer *layer = network_layer(buffers->network, 1);
    const float *weights = NULL;
    if (layer->weight >= 0)
        weights = network_values_const(buffers->network) +
                  network_tensor(buffers->network, layer->weight)->offset;
    return !layer_is_plugin(layer) || plugin_trial_layer(layer, weights, error);
}

bool gradient_check_layer(const struct gradient_check_config *config, struct gradient_check *check,
                          struct error *error)
{
    struct check_buffers buffers;
    assert(config->count >= 1);
    *check = (struct gradient_check){0};
    if (config->spec->type == &layer_batchnorm && config->in.height * config->in.width == 1)
        return error_set(error, ERROR_USAGE,
                         "a batch-norm of one value per channel gives a constant for a single "
                         "image: there is no gradient to check");
    bool done = buffers_make(&buffers, config, error) && try_plugin(&buffers, error);
    if (done) {
        double f = run(&buffers);
        memcpy(buffers.gradients, network_gradients(buffers.network),
               network_parameter_count(buffers.network) * sizeof *buffers.gradients);
        for (int i = 0; done && i < network_tensor_count(buffers.network); i++) {
            const struct tensor *tensor = network_tensor(buffers.network, i);
            if (tensor->offset >= network_parameter_count(buffers.network))
                break;
            assert(check->row_count < GRADIENT_CHECK_ROWS_MAX);
            done = check_tensor(&buffers, &check->rows[check->row_count++], tensor, f, error);
        }
    }
    buffers_release(&buffers);
    return done;
}
