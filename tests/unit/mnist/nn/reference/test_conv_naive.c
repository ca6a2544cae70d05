/*
 * Proves that every engine's convolution computes the definition, and that conv_naive is the
 * definition.
 *
 * conv_naive: forward and all gradients of one small convolution by hand; the law that the
 * gradients are the transposes of the forward pass, <dy, y> = <dx, x> = <dw, w> without bias, over
 * strides, paddings and odd shapes.
 *
 * Engines: a network of a probe, the convolution and a probe runs forward and backward. The last
 * probe records y and supplies dy, the first one records dx. y, dx, dw and db are compared with
 * conv_naive. A sum of n products in floats, in any order, has a rounding error of at most n 2^-24
 * times the sum of the absolute products. That sum is conv_naive of the absolute values. The
 * largest one of the tensor is the bound for all elements, since Winograd's tiles mix neighbours.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/rng.h"
#include "mnist/nn/engine/plan.h"
#include "mnist/nn/reference/conv_naive.h"

enum { ARRAYS = 4 };

static const double unit_roundoff = 0x1p-24;

/* ---- arrays ---------------------------------------------------------------------------------- */

/* The tensors of one convolution; the gradients and y are conv_naive's. */
struct tensors {
    struct conv_naive shape;
    size_t x_count, y_count, w_count, b_count;
    float *x, *w, *b, *dy;
    double *y, *dx, *dw, *db;
};

static float *noise(size_t count, uint32_t item)
{
    struct rng rng = rng_stream(7, RNG_SAMPLE, 0, item);
    float *values = malloc(count * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = 2 * rng_uniform(&rng) - 1;
    return values;
}

static double *zeros(size_t count)
{
    double *values = calloc(count, sizeof *values);
    assert_non_null(values);
    return values;
}

static struct tensors tensors_make(const struct conv_naive *s)
{
    struct tensors t = {.shape = *s};
    t.x_count = (size_t)(s->images * s->channels * s->rows * s->columns);
    t.y_count = (size_t)(s->images * s->filters * s->out_rows * s->out_columns);
    t.w_count = (size_t)(s->filters * s->channels * s->side * s->side);
    t.b_count = (size_t)s->filters;
    t.x = noise(t.x_count, 1);
    t.w = noise(t.w_count, 2);
    t.b = noise(t.b_count, 3);
    t.dy = noise(t.y_count, 4);
    t.y = zeros(t.y_count);
    t.dx = zeros(t.x_count);
    t.dw = zeros(t.w_count);
    t.db = zeros(t.b_count);
    return t;
}

static void tensors_run(struct tensors *t)
{
    conv_naive_forward(t->y, t->x, t->w, t->b, &t->shape);
    conv_naive_backward(t->dx, t->dw, t->db, t->dy, t->x, t->w, &t->shape);
}

static void tensors_release(struct tensors *t)
{
    float *floats[ARRAYS] = {t->x, t->w, t->b, t->dy};
    double *doubles[ARRAYS] = {t->y, t->dx, t->dw, t->db};
    for (int i = 0; i < ARRAYS; i++) {
        free(floats[i]);
        free(doubles[i]);
    }
}

static struct conv_naive shape_of(int images, struct shape in, int filters, int side, int stride,
                                  int pad)
{
    return (struct conv_naive){images,
                               in.channels,
                               in.height,
                               in.width,
                               filters,
                               (in.height + 2 * pad - side) / stride + 1,
                               (in.width + 2 * pad - side) / stride + 1,
                               side,
                               stride,
                               pad};
}

/* ---- conv_naive ------------------------------------------------------------------------------ */

static void small_convolution_is_as_computed_by_hand(void **state)
{
    (void)state;
    static const float x[] = {1, 2, 3, 4, 5, 6}; /* [1, 1, 2, 3] */
    static const float w[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, b[] = {10};
    static const float dy[] = {1, 0, 0, 0, 0, -1};
    static const double y[] = {10 + 94, 10 + 154, 10 + 106, 10 + 58, 10 + 91, 10 + 58};
    static const double dw[] = {-2, -3, 0, -5, 1 - 6, 2, 0, 4, 5};
    static const double dx[] = {5, 6 - 1, -2, 8, 9 - 4, -5};
    struct conv_naive s = shape_of(1, (struct shape){1, 2, 3}, 1, 3, 1, 1);
    double found_y[6], found_dx[6], found_dw[9], found_db[1];
    conv_naive_forward(found_y, x, w, b, &s);
    conv_naive_backward(found_dx, found_dw, found_db, dy, x, w, &s);
    for (int i = 0; i < 6; i++) {
        assert_true(found_y[i] == y[i]);
        assert_true(found_dx[i] == dx[i]);
    }
    for (int i = 0; i < 9; i++)
        assert_true(found_dw[i] == dw[i]);
    assert_true(found_db[0] == 0);
}

static double dot(const double *a, const float *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * (double)b[i];
    return sum;
}

static void gradients_are_transposes(void **state)
{
    (void)state;
    static const struct shape shapes[] = {{1, 5, 7}, {3, 6, 5}, {2, 7, 7}};
    for (int side = 1; side <= 5; side += 2)
        for (int stride = 1; stride <= 3; stride++)
            for (int pad = 0; pad <= 3; pad++) {
                struct conv_naive s = shape_of(2, shapes[pad % 3], 3, side, stride, pad);
                struct tensors t = tensors_make(&s);
                memset(t.b, 0, t.b_count * sizeof *t.b);
                tensors_run(&t);
                double forward = dot(t.y, t.dy, t.y_count);
                assert_true(fabs(dot(t.dx, t.x, t.x_count) - forward) < 1e-10);
                assert_true(fabs(dot(t.dw, t.w, t.w_count) - forward) < 1e-10);
                tensors_release(&t);
            }
}

/* ---- engines --------------------------------------------------------------------------------- */

/* What the probes record and supply, image by image. One slot of images runs on one thread, so that
   the functions are called in the order of the images. */
struct probe {
    const float *dy;
    float *y, *dx;
};

static void plan_input(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->weights = 1; /* so that backward reaches the layer */
}

static void input_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    memcpy(y, x, shape_size(pass->in) * sizeof *y);
}

static void input_backward(const void *context, struct layer_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    struct probe *probe = *(struct probe *const *)context;
    (void)x, (void)y;
    memcpy(probe->dx, dy, shape_size(pass->in) * sizeof *dy);
    memcpy(dx, dy, shape_size(pass->in) * sizeof *dy);
    probe->dx += shape_size(pass->in);
}

static void plan_output(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->out = (struct shape){1, 1, 1};
}

static void output_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    struct probe *probe = *(struct probe *const *)context;
    memcpy(probe->y, x, shape_size(pass->in) * sizeof *x);
    probe->y += shape_size(pass->in);
    y[0] = 0;
}

static void output_backward(const void *context, struct layer_pass *pass, const float *x,
                            const float *y, const float *dy, float *dx)
{
    struct probe *probe = *(struct probe *const *)context;
    (void)x, (void)y, (void)dy;
    memcpy(dx, probe->dy, shape_size(pass->in) * sizeof *dx);
    probe->dy += shape_size(pass->in);
}

static double no_loss(const void *context, const float *logits, int classes, int label,
                      float *gradient)
{
    (void)context, (void)logits, (void)classes, (void)label;
    gradient[0] = 0;
    return 0;
}

static void fill(void *context, float *x, uint8_t *labels, const uint32_t *indices, int count,
                 int epoch)
{
    const struct tensors *t = context;
    size_t size = t->x_count / (size_t)t->shape.images;
    (void)epoch;
    for (int i = 0; i < count; i++) {
        memcpy(x + (size_t)i * size, t->x + indices[i] * size, size * sizeof *x);
        if (labels != NULL)
            labels[i] = 0;
    }
}

static void set_tensor(struct network *network, const char *name, const float *values)
{
    const struct tensor *tensor = network_find_tensor(network, name);
    assert_non_null(tensor);
    memcpy(network_values(network) + tensor->offset, values, tensor->count * sizeof *values);
}

/* Compares a tensor with conv_naive's; n products in each sum, whose absolute values sum to at most
   max(bounds). */
static void check(const char *what, const struct engine *engine, const struct conv_naive *s,
                  const float *found, const double *expected, const double *bounds, size_t count,
                  int n)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, bounds[i]);
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)found[i] - expected[i]) <= n * unit_roundoff * largest))
            fail_msg("%s %s: %s[%zu] of %d images %dx%dx%d, %d filters %dx%d, stride %d, pad %d: "
                     "found %.9g, expected %.9g",
                     engine->name, engine->isa != NULL ? engine->isa : "", what, i, s->images,
                     s->channels, s->rows, s->columns, s->filters, s->side, s->side, s->stride,
                     s->pad, (double)found[i], expected[i]);
}

/* Every value by its absolute value: conv_naive then computes the sums of absolute products. */
static void make_absolute(struct tensors *t)
{
    float *arrays[ARRAYS] = {t->x, t->w, t->b, t->dy};
    size_t counts[ARRAYS] = {t->x_count, t->w_count, t->b_count, t->y_count};
    for (int a = 0; a < ARRAYS; a++)
        for (size_t i = 0; i < counts[a]; i++)
            arrays[a][i] = fabsf(arrays[a][i]);
}

/* One training step without an optimizer: the probes and the network's gradients are filled. */
static void run_engine(const struct engine *engine, struct tensors *t, struct network *network)
{
    struct thread_pool *pool = thread_pool_new(1, NULL);
    const struct plan_config config = {
        .engine = engine, .batch = t->shape.images, .training = true, .threads = 1};
    struct error error = {0};
    struct plan *plan = plan_new(network, &config, &error);
    if (plan == NULL || pool == NULL)
        fail_msg("%s", error.text);
    uint32_t indices[SLOT_IMAGES];
    for (uint32_t i = 0; i < SLOT_IMAGES; i++)
        indices[i] = i;
    const struct data_source source = {.context = t, .count = t->shape.images, .fill = fill};
    const struct plugin_loss loss = {.name = "none", .value = no_loss};
    const struct plan_batch batch = {.source = &source,
                                     .indices = indices,
                                     .images = t->shape.images,
                                     .epoch = 1,
                                     .loss = &loss};
    plan_train(plan, pool, &batch);
    plan_free(&plan);
    thread_pool_free(&pool);
}

/* first: the convolution is the network's first layer, and has no dx. */
static void check_engine(const struct engine *engine, const struct conv_naive *s, bool first)
{
    struct tensors t = tensors_make(s), bounds = tensors_make(s);
    tensors_run(&t);
    make_absolute(&bounds);
    tensors_run(&bounds);
    float *y = calloc(t.y_count, sizeof *y), *dx = calloc(t.x_count, sizeof *dx);
    struct probe probe = {.dy = t.dy, .y = y, .dx = dx}, *context = &probe;
    const struct layer_type input = {.name = "input",
                                     .context = &context,
                                     .plan = plan_input,
                                     .forward = input_forward,
                                     .backward = input_backward};
    const struct layer_type output = {.name = "output",
                                      .context = &context,
                                      .plan = plan_output,
                                      .forward = output_forward,
                                      .backward = output_backward};
    const struct layer_spec specs[] = {{.type = &input},
                                       {.type = &layer_conv,
                                        .out = s->filters,
                                        .kernel = s->side,
                                        .stride = s->stride,
                                        .pad = s->pad},
                                       {.type = &output}};
    struct error error = {0};
    struct network *network = network_new(
        specs + first, 3 - first, (struct shape){s->channels, s->rows, s->columns}, 1, &error);
    if (network == NULL)
        fail_msg("%s", error.text);
    set_tensor(network, "conv1.weight", t.w);
    set_tensor(network, "conv1.bias", t.b);
    run_engine(engine, &t, network);
    const float *gradients = network_gradients(network);
    int outputs = s->images * s->out_rows * s->out_columns, elements = s->side * s->side;
    check("y", engine, s, y, t.y, bounds.y, t.y_count, s->channels * elements + 1);
    check("dw", engine, s, gradients + network_find_tensor(network, "conv1.weight")->offset, t.dw,
          bounds.dw, t.w_count, outputs);
    check("db", engine, s, gradients + network_find_tensor(network, "conv1.bias")->offset, t.db,
          bounds.db, t.b_count, outputs);
    if (!first)
        check("dx", engine, s, dx, t.dx, bounds.dx, t.x_count, s->filters * elements);
    network_free(&network);
    free(y);
    free(dx);
    tensors_release(&bounds);
    tensors_release(&t);
}

static void engines_compute_the_definition(void **state)
{
    (void)state;
    const struct conv_naive shapes[] = {
        shape_of(3, (struct shape){1, 28, 28}, 5, 5, 1, 0),
        shape_of(2, (struct shape){1, 9, 13}, 33, 3, 1, 1),
        shape_of(4, (struct shape){1, 10, 8}, 4, 3, 2, 1),
        shape_of(3, (struct shape){2, 11, 11}, 6, 3, 1, 0),
        shape_of(7, (struct shape){16, 11, 11}, 17, 3, 1, 0),
        shape_of(2, (struct shape){32, 13, 13}, 48, 3, 1, 1),
        shape_of(3, (struct shape){18, 7, 10}, 16, 3, 1, 2),
        shape_of(2, (struct shape){17, 9, 9}, 20, 5, 1, 2),
        shape_of(5, (struct shape){3, 8, 8}, 4, 1, 1, 0),
        shape_of(2, (struct shape){20, 9, 7}, 3, 3, 3, 3),
        shape_of(SLOT_IMAGES, (struct shape){16, 6, 6}, 16, 3, 1, 1),
    };
    for (int e = 0; engine_at(e) != NULL; e++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            for (int first = 0; first < 2; first++)
                check_engine(engine_at(e), &shapes[i], first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_convolution_is_as_computed_by_hand),
        cmocka_unit_test(gradients_are_transposes),
        cmocka_unit_test(engines_compute_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
