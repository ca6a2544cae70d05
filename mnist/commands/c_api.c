/*
 * c_api - mnist.h on the live session.
 *
 * Whatever cannot be right ends the cell through crash_fail: the copy of the session that takes over is as it was before.
 */
#include "mnist/commands/c_api.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c/crash.h"
#include "mnist/c/include/mnist.h"
#include "mnist/commands/state.h"
#include "mnist/nn/plan.h"
#include "mnist/nn/predict.h"
#include "mnist/rng.h"

enum { TITLES_MAX = 512, ROW_SIZE = 4096 };

/* A part that does not lie in one piece, gathered. */
struct gathered {
    uint64_t version; /* of the data; 0 = nothing is here */
    uint8_t *pixels, *labels;
};

static struct {
    struct session *s;
    struct gathered gathered[2]; /* MNIST_TRAIN, MNIST_VALIDATION */
    uint64_t hash;               /* of the network when its weights were handed out */
    bool weights_lent;
    struct predictor *predictor; /* of the network as it is; NULL = to be made */
    struct plan *plan;
    struct rng rng;
    bool seeded;
    struct table *table;
    struct plot_lines lines;
    struct plot_series series[PLOT_SERIES_MAX];
    char *texts[PLOT_SERIES_MAX + 3]; /* of the plot, copied */
    double *numbers[2 * PLOT_SERIES_MAX];
    bool plotting;
    double began_s;
} api;

/* ---- what every function begins with ----------------------------------------------------------------------------- */

static struct session *session_of(const char *function)
{
    if (api.s == NULL)
        crash_fail("%s: there is no session outside a cell of C", function);
    if (!crash_own_thread())
        crash_fail("%s: only the cell's own thread may call it", function);
    return api.s;
}

/* A network and what was made of it are of no use any more. */
static void forget_plans(void)
{
    predictor_free(&api.predictor);
    plan_free(&api.plan);
}

void c_api_begin(struct session *s)
{
    api.s = s;
    api.weights_lent = false;
}

void c_api_end(struct session *s)
{
    forget_plans();
    table_free(&api.table);
    if (api.weights_lent && s->model.network != NULL &&
        network_hash(s->model.network) != api.hash) {
        model_drop_trainer(&s->model);
        s->model.test_accuracy = (double)NAN;
    }
    api.plotting = false;
    api.s = NULL;
}

/* ---- data --------------------------------------------------------------------------------------------------------- */

static void need_data(const char *function)
{
    struct session *s = session_of(function);
    struct error error;
    char folder[PLACE_SIZE];
    if (s->data.loaded != NULL)
        return;
    struct dataset *dataset = NULL;
    if (places_join(folder, s->places.data, "raw", "", &error))
        dataset = dataset_load(folder, DATASET_MNIST, NULL, &error);
    if (dataset == NULL)
        crash_fail("%s: %s", function, error.text);
    data_replace(s, dataset);
}

static struct selection select_part(const char *function, enum mnist_part part)
{
    need_data(function);
    const struct data *data = &api.s->data;
    struct selection selection = {
        .name = "train", .part = &data->prepared->train, .count = data->prepared->train.count};
    switch (part) {
    case MNIST_TEST:
        selection.name = "test";
        selection.part = &data->prepared->test;
        selection.count = data->prepared->test.count;
        return selection;
    case MNIST_VALIDATION:
        if (data->validation == 0)
            crash_fail("%s: no images are held out for validation: say `preprocess "
                       "validation=5000` first",
                       function);
        selection.name = "validation";
        selection.items = data->split.validation;
        selection.count = data->split.validation_count;
        return selection;
    case MNIST_TRAIN:
        if (data->validation > 0) {
            selection.items = data->split.train;
            selection.count = data->split.train_count;
        }
        return selection;
    }
    crash_fail("%s: %d is no part of the data: it is MNIST_TRAIN, MNIST_VALIDATION or MNIST_TEST",
               function, (int)part);
    return selection;
}

/* The place of an image in its part of the prepared data. */
static int place_of(const char *function, enum mnist_part part, int index,
                    struct selection *selection)
{
    *selection = select_part(function, part);
    if (index < 0 || index >= selection->count)
        crash_fail("%s: there is no image %d: the %s set has %d", function, index,
                   selection_noun(selection), selection->count);
    return selection_index(selection, index);
}

static void gather(struct gathered *to, const struct selection *selection)
{
    const struct data *data = &api.s->data;
    size_t size = dataset_image_size(data->prepared);
    if (to->version == data->version && to->pixels != NULL)
        return;
    free(to->pixels);
    free(to->labels);
    to->pixels = malloc((size_t)selection->count * size);
    to->labels = malloc((size_t)selection->count);
    if (to->pixels == NULL || to->labels == NULL)
        crash_fail("mnist_set: there is no memory for %d images", selection->count);
    for (int i = 0; i < selection->count; i++) {
        memcpy(to->pixels + (size_t)i * size, selection_image(api.s, selection, i), size);
        to->labels[i] = (uint8_t)selection_label(selection, i);
    }
    to->version = data->version;
}

struct mnist_set mnist_set(enum mnist_part part)
{
    struct selection selection = select_part("mnist_set", part);
    const struct dataset *prepared = api.s->data.prepared;
    struct mnist_set set = {.count = selection.count,
                            .rows = prepared->rows,
                            .columns = prepared->cols,
                            .pixels = selection.part->images,
                            .labels = selection.part->labels};
    if (selection.items != NULL) {
        struct gathered *gathered = &api.gathered[part == MNIST_VALIDATION];
        gather(gathered, &selection);
        set.pixels = gathered->pixels;
        set.labels = gathered->labels;
    }
    return set;
}

const uint8_t *mnist_image(enum mnist_part part, int index)
{
    struct selection selection;
    int place = place_of("mnist_image", part, index, &selection);
    return dataset_image(api.s->data.prepared, selection.part, place);
}

int mnist_label(enum mnist_part part, int index)
{
    struct selection selection;
    int place = place_of("mnist_label", part, index, &selection);
    return selection.part->labels[place];
}

static void edit(const char *function)
{
    struct error error;
    if (!dataset_edit(api.s->data.prepared, &error))
        crash_fail("%s: %s", function, error.text);
    api.s->data.version++;
}

uint8_t *mnist_edit_image(enum mnist_part part, int index)
{
    struct selection selection;
    int place = place_of("mnist_edit_image", part, index, &selection);
    edit("mnist_edit_image");
    return (uint8_t *)(uintptr_t)dataset_image(api.s->data.prepared, selection.part, place);
}

void mnist_edit_label(enum mnist_part part, int index, int label)
{
    struct selection selection;
    int place = place_of("mnist_edit_label", part, index, &selection);
    if (label < 0 || label >= DATASET_CLASSES)
        crash_fail("mnist_edit_label: a label is from 0 to %d, not %d", DATASET_CLASSES - 1, label);
    edit("mnist_edit_label");
    ((uint8_t *)(uintptr_t)selection.part->labels)[place] = (uint8_t)label;
}

/* As the network was trained, if it was; else as the data are prepared. */
static const struct normalization *normalization_now(const struct session *s)
{
    return s->model.trained ? &s->model.preparation.normalization
                            : &s->data.preparation.normalization;
}

static size_t image_size(const struct session *s)
{
    if (s->data.prepared != NULL)
        return dataset_image_size(s->data.prepared);
    return shape_size(network_input(s->model.network));
}

void mnist_input(const uint8_t *pixels, float *x)
{
    need_data("mnist_input");
    normalize_bytes(&api.s->data.preparation.normalization, x, pixels, image_size(api.s));
}

const char *mnist_class_name(int label)
{
    need_data("mnist_class_name");
    if (label < 0 || label >= DATASET_CLASSES)
        crash_fail("mnist_class_name: a label is from 0 to %d, not %d", DATASET_CLASSES - 1, label);
    return dataset_class_name(api.s->data.loaded, label);
}

/* ---- the network ------------------------------------------------------------------------------------------------- */

static struct network *need_network(const char *function)
{
    struct session *s = session_of(function);
    if (s->model.network == NULL)
        crash_fail("%s: there is no network: say `model fast`, or `model load NAME`, first",
                   function);
    return s->model.network;
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

/* Weights that are handed out may be changed: what was packed of them is made anew when it is needed. */
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
        crash_fail("mnist_tensor_at: there is no tensor %d: the network has %d", index,
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
    struct network *network = need_network("mnist_backward");
    struct selection selection = select_part("mnist_backward", part);
    struct session *s = api.s;
    struct error error;
    if (first < 0 || count < 1 || count > TRAINER_BATCH_MAX || first > selection.count - count)
        crash_fail("mnist_backward: images %d to %d are not %d at most of the %s set's %d", first,
                   first + count - 1, TRAINER_BATCH_MAX, selection_noun(&selection),
                   selection.count);
    size_t statistics = network_value_count(network) - network_parameter_count(network);
    float *running = network_values(network) + network_parameter_count(network);
    float *kept = malloc((statistics + 1) * sizeof *kept);
    uint32_t *indices = malloc((size_t)count * sizeof *indices);
    struct batch *batch = selection_batch(s, &selection, normalization_now(s), &error);
    const struct plan_config config = {
        .engine = s->engine, .batch = count, .training = true, .threads = pool_threads(s->pool)};
    plan_free(&api.plan);
    if (batch != NULL)
        api.plan = plan_new(network, &config, &error);
    if (kept == NULL || indices == NULL || api.plan == NULL)
        crash_fail("mnist_backward: %s",
                   batch == NULL || api.plan == NULL ? error.text : "no memory");
    for (int i = 0; i < count; i++)
        indices[i] = (uint32_t)(first + i);
    memcpy(kept, running, statistics * sizeof *kept); /* asking is not training */
    struct source source = batch_source(batch);
    const struct plan_batch asked = {
        .source = &source, .indices = indices, .images = count, .epoch = 0};
    struct plan_result result = plan_train(api.plan, s->pool, &asked);
    memcpy(running, kept, statistics * sizeof *kept);
    batch_free(&batch);
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
        crash_fail("mnist_layer: there is no layer %d: the network has %d", index,
                   network_layer_count(network));
    const struct layer *layer = network_layer(network, index);
    return (struct mnist_layer){.name = layer->name,
                                .kind = layer_spec_print(&layer->spec, kinds[index]),
                                .channels = layer->out.channels,
                                .rows = layer->out.height,
                                .columns = layer->out.width};
}

/* The image as the network wants it. */
static float *input_of(const char *function, const uint8_t *pixels)
{
    struct session *s = session_of(function);
    const struct network *network = need_network(function);
    size_t size = shape_size(network_input(network));
    if (s->data.prepared != NULL && dataset_image_size(s->data.prepared) != size)
        crash_fail("%s: the network wants images of %zu pixels; as they are prepared they have %zu",
                   function, size, dataset_image_size(s->data.prepared));
    float *x = malloc(size * sizeof *x);
    if (x == NULL)
        crash_fail("%s: no memory", function);
    normalize_bytes(normalization_now(s), x, pixels, size);
    return x;
}

int mnist_predict(const uint8_t *pixels, float *probabilities)
{
    float own[NETWORK_CLASSES_MAX];
    struct network *network = need_network("mnist_predict");
    struct error error;
    if (api.predictor == NULL)
        api.predictor = predictor_new(network, api.s->engine, api.s->pool, &error);
    else if (api.weights_lent)
        predictor_refresh(api.predictor);
    if (api.predictor == NULL)
        crash_fail("mnist_predict: %s", error.text);
    float *x = input_of("mnist_predict", pixels);
    predictor_one(api.predictor, x, own);
    free(x);
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
    float *x = input_of("mnist_activations", pixels);
    bool done = predict_activations(network, api.s->engine, index, x, values, &error);
    free(x);
    if (!done)
        crash_fail("mnist_activations: %s", error.text);
}

/* ---- the last training ---------------------------------------------------------------------------------------------- */

int mnist_epoch_count(void)
{
    return session_of("mnist_epoch_count")->model.history.count;
}

struct mnist_epoch mnist_epoch(int index)
{
    const struct history *history = &session_of("mnist_epoch")->model.history;
    if (index < 0 || index >= history->count)
        crash_fail("mnist_epoch: there is no epoch %d: the history has %d, from 0 on", index,
                   history->count);
    const struct epoch_record *record = &history->records[index];
    return (struct mnist_epoch){
        .loss = (double)record->train_loss,
        .accuracy = (double)record->train_accuracy,
        .validation_loss = (double)record->validation_loss,
        .validation_accuracy = (double)record->validation_accuracy,
        .rate = (double)record->rate,
    };
}

/* ---- random numbers -------------------------------------------------------------------------------------------------- */

void mnist_seed(uint64_t seed)
{
    api.rng = rng_stream(seed, RNG_CELL, 0, 0);
    api.seeded = true;
}

static struct rng *rng_now(void)
{
    if (!api.seeded)
        mnist_seed(0);
    return &api.rng;
}

uint32_t mnist_random(void)
{
    return rng_u32(rng_now());
}

uint32_t mnist_below(uint32_t limit)
{
    if (limit == 0)
        crash_fail("mnist_below: there is no number from 0 on below 0");
    return rng_below(rng_now(), limit);
}

double mnist_uniform(void)
{
    return (double)rng_uniform(rng_now());
}

/* ---- outputs --------------------------------------------------------------------------------------------------------- */

/* Shows what a plot function has drawn, or ends the cell with what it says. */
static void show(const char *function, bool drawn, struct picture *picture,
                 const struct plot_error *error)
{
    struct error trouble;
    if (!drawn)
        crash_fail("%s: %s", function, error->text);
    fflush(stdout);
    if (!keep_picture(api.s, "cell", picture, &trouble))
        crash_fail("%s: %s", function, trouble.text);
}

static void check_size(const char *function, int count, int rows, int columns)
{
    if (count < 1 || count > PLOT_IMAGES_MAX || rows < 1 || columns < 1 ||
        rows > PLOT_IMAGE_SIDE_MAX || columns > PLOT_IMAGE_SIDE_MAX)
        crash_fail("%s: %d images of %d x %d: there may be 1 to %d, of at most %d x %d", function,
                   count, rows, columns, PLOT_IMAGES_MAX, PLOT_IMAGE_SIDE_MAX, PLOT_IMAGE_SIDE_MAX);
}

void mnist_show(const char *title, const uint8_t *pixels, int rows, int columns)
{
    struct session *s = session_of("mnist_show");
    struct picture picture = {0};
    struct plot_error error;
    check_size("mnist_show", 1, rows, columns);
    const struct plot_digit config = {.title = title, .image = {pixels, NULL, 1, rows, columns}};
    crash_pause(true);
    show("mnist_show", plot_digit(s->gnuplot, &config, &picture, &error), &picture, &error);
    crash_pause(false);
}

static void show_stack(const char *function, const char *title, const struct plot_stack *stack,
                       const char *const *captions)
{
    struct session *s = session_of(function);
    struct picture picture = {0};
    struct plot_error error;
    check_size(function, stack->count, stack->rows, stack->columns);
    const struct plot_images config = {.title = title, .images = *stack, .captions = captions};
    crash_pause(true);
    show(function, plot_images(s->gnuplot, &config, &picture, &error), &picture, &error);
    crash_pause(false);
}

void mnist_show_grid(const char *title, const uint8_t *pixels, int count, int rows, int columns,
                     const char *const *captions)
{
    const struct plot_stack stack = {pixels, NULL, count, rows, columns};
    show_stack("mnist_show_grid", title, &stack, captions);
}

void mnist_show_floats(const char *title, const float *values, int count, int rows, int columns,
                       const char *const *captions)
{
    const struct plot_stack stack = {NULL, values, count, rows, columns};
    show_stack("mnist_show_floats", title, &stack, captions);
}

/* The words between | of a line, without the blanks around them. Calls take(word) for each. */
static void each_word(char *line, void (*take)(const char *word))
{
    while (line != NULL) {
        char *bar = strchr(line, '|');
        if (bar != NULL)
            *bar = '\0';
        line += strspn(line, " \t\n");
        size_t size = strlen(line);
        while (size > 0 && strchr(" \t\n", line[size - 1]) != NULL)
            line[--size] = '\0';
        take(line);
        line = bar != NULL ? bar + 1 : NULL;
    }
}

static void take_title(const char *word)
{
    table_column(api.table, word, TABLE_RIGHT);
}

static void take_cell(const char *word)
{
    table_cell(api.table, "%s", word);
}

void mnist_table(const char *titles)
{
    char line[TITLES_MAX];
    session_of("mnist_table");
    if (api.table != NULL)
        crash_fail("mnist_table: the table before has not been ended: call mnist_table_end");
    api.table = table_new(NULL);
    snprintf(line, sizeof line, "%s", titles);
    each_word(line, take_title);
}

void mnist_row(const char *format, ...)
{
    char line[ROW_SIZE];
    va_list values;
    session_of("mnist_row");
    if (api.table == NULL)
        crash_fail("mnist_row: there is no table yet: call mnist_table first");
    if (table_row_count(api.table) >= TABLE_ROWS_MAX)
        crash_fail("mnist_row: a table has at most %d rows", TABLE_ROWS_MAX);
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    table_row(api.table);
    each_word(line, take_cell);
}

void mnist_table_end(void)
{
    struct session *s = session_of("mnist_table_end");
    if (api.table == NULL)
        crash_fail("mnist_table_end: there is no table: call mnist_table first");
    fflush(stdout);
    output_table(s->output, &api.table);
}

static void forget_plot(void)
{
    for (size_t i = 0; i < sizeof api.texts / sizeof *api.texts; i++) {
        free(api.texts[i]);
        api.texts[i] = NULL;
    }
    for (size_t i = 0; i < sizeof api.numbers / sizeof *api.numbers; i++) {
        free(api.numbers[i]);
        api.numbers[i] = NULL;
    }
    api.plotting = false;
}

static const char *keep_text(int place, const char *text)
{
    api.texts[place] = text != NULL ? strdup(text) : NULL;
    return api.texts[place];
}

static const double *keep_numbers(int place, const double *numbers, int count)
{
    size_t size = (size_t)count * sizeof *numbers;
    api.numbers[place] = numbers != NULL ? malloc(size) : NULL;
    if (api.numbers[place] != NULL)
        memcpy(api.numbers[place], numbers, size);
    return api.numbers[place];
}

void mnist_plot(const char *title, const char *x_axis, const char *y_axis, enum mnist_scale scale)
{
    session_of("mnist_plot");
    forget_plot();
    api.plotting = true;
    api.lines = (struct plot_lines){
        .title = keep_text(PLOT_SERIES_MAX, title),
        .x_axis = keep_text(PLOT_SERIES_MAX + 1, x_axis),
        .y_axis = keep_text(PLOT_SERIES_MAX + 2, y_axis),
        .series = api.series,
        .log_x = (scale & MNIST_LOG_X) != 0,
        .log_y = (scale & MNIST_LOG_Y) != 0,
    };
}

static void add_line(const char *function, const char *name, const double *x, const double *y,
                     int count, bool points)
{
    session_of(function);
    int i = api.lines.count;
    if (!api.plotting)
        crash_fail("%s: there is no plot yet: call mnist_plot first", function);
    if (i == PLOT_SERIES_MAX)
        crash_fail("%s: a plot has at most %d lines", function, PLOT_SERIES_MAX);
    if (y == NULL || count < 1 || count > PLOT_POINTS_MAX)
        crash_fail("%s: %d points: there may be 1 to %d", function, y == NULL ? 0 : count,
                   PLOT_POINTS_MAX);
    api.series[i] = (struct plot_series){.name = keep_text(i, name),
                                         .x = keep_numbers(2 * i, x, count),
                                         .y = keep_numbers(2 * i + 1, y, count),
                                         .count = count,
                                         .points = points};
    api.lines.count++;
}

void mnist_line(const char *name, const double *x, const double *y, int count)
{
    add_line("mnist_line", name, x, y, count, false);
}

void mnist_points(const char *name, const double *x, const double *y, int count)
{
    add_line("mnist_points", name, x, y, count, true);
}

void mnist_plot_end(void)
{
    struct session *s = session_of("mnist_plot_end");
    struct picture picture = {0};
    struct plot_error error;
    if (!api.plotting)
        crash_fail("mnist_plot_end: there is no plot: call mnist_plot first");
    crash_pause(true);
    show("mnist_plot_end", plot_lines(s->gnuplot, &api.lines, &picture, &error), &picture, &error);
    crash_pause(false);
    forget_plot();
}

void mnist_scatter(const char *title, const char *x_axis, const char *y_axis, const float *x,
                   const float *y, const uint8_t *groups, int count)
{
    struct session *s = session_of("mnist_scatter");
    struct picture picture = {0};
    struct plot_error error;
    if (count < 1 || count > PLOT_POINTS_MAX)
        crash_fail("mnist_scatter: %d points: there may be 1 to %d", count, PLOT_POINTS_MAX);
    uint8_t *none = calloc((size_t)count, 1);
    const struct plot_scatter config = {.title = title,
                                        .x = x,
                                        .y = y,
                                        .labels = groups != NULL ? groups : none,
                                        .count = count,
                                        .classes = groups != NULL ? DATASET_CLASSES : 1,
                                        .x_name = x_axis,
                                        .y_name = y_axis};
    for (int i = 0; groups != NULL && i < count; i++)
        if (groups[i] >= DATASET_CLASSES)
            crash_fail("mnist_scatter: group %d is not below %d", groups[i], DATASET_CLASSES);
    crash_pause(true);
    show("mnist_scatter", plot_scatter(s->gnuplot, &config, &picture, &error), &picture, &error);
    crash_pause(false);
    free(none);
}

void mnist_bars(const char *title, const char *axis, const char *const *labels,
                const double *values, int count)
{
    struct session *s = session_of("mnist_bars");
    struct picture picture = {0};
    struct plot_error error;
    if (count < 1 || count > PLOT_BARS_MAX)
        crash_fail("mnist_bars: %d bars: there may be 1 to %d", count, PLOT_BARS_MAX);
    const struct plot_bars config = {
        .title = title, .axis = axis, .labels = labels, .values = values, .count = count};
    crash_pause(true);
    show("mnist_bars", plot_bars(s->gnuplot, &config, &picture, &error), &picture, &error);
    crash_pause(false);
}

void mnist_progress(const char *what, double done, double total)
{
    struct session *s = session_of("mnist_progress");
    if (done <= 0 || api.began_s <= 0)
        api.began_s = clock_s();
    const struct progress progress = {.what = what,
                                      .unit = "steps",
                                      .done = done,
                                      .total = total,
                                      .elapsed_s = clock_s() - api.began_s};
    s->output->progress(s->output, &progress);
}

void mnist_markdown(const char *format, ...)
{
    struct session *s = session_of("mnist_markdown");
    char *text = NULL;
    va_list values;
    va_start(values, format);
    int size = vasprintf(&text, format, values);
    va_end(values);
    if (size < 0)
        crash_fail("mnist_markdown: no memory");
    fflush(stdout);
    s->output->markdown(s->output, text, text);
    free(text);
}

/* ---- commands ----------------------------------------------------------------------------------------------------- */

bool mnist_run(const char *commands)
{
    struct session *s = session_of("mnist_run");
    struct session_report report;
    forget_plans();
    fflush(stdout);
    crash_pause(true);
    session_run_inside(s, commands, &report);
    crash_pause(false);
    if (report.status != SESSION_OK)
        output_print(s->output, OUTPUT_STDERR, "%s\n%s\n", report.name,
                     report.detail != NULL ? report.detail : report.text);
    bool done = report.status == SESSION_OK;
    session_report_release(&report);
    return done;
}
