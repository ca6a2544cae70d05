/*
 * plot - `plot loss`, `plot accuracy` and `plot rate` show the training; `plot filters` and `plot
 * activations` show the network.
 */
#include "mnist/commands/picture.h"
#include "mnist/commands/command_table.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/nn/train/schedule.h"
#include "mnist/workspace/session_state.h"
#include "plots/plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILTERS_SHOWN = 256 };

static bool history_need(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic)
{
    struct error error;
    if (s->model.history.count > 0)
        return true;
    error_set(&error, ERROR_STATE,
              "there is nothing to plot, because no epoch has been completed: use `train` first");
    return fail(call, diagnostic, &error);
}

typedef bool (*curve_function)(struct gnuplot *gnuplot, const struct plot_curve *config,
                               struct picture *picture, struct plot_error *error);

/* train[] and validation[] hold history.count values each. */
static bool show_curve(struct session *s, const struct bound_call *call, curve_function plot,
                       const double *train, const double *validation, struct diagnostic *diagnostic)
{
    struct picture picture = {0};
    struct plot_error plot_error;
    int best = 0, count = s->model.history.count;
    bool validated = false;
    for (int i = 0; i < count; i++) {
        best = s->model.history.records[i].best ? i + 1 : best;
        validated = validated || isfinite(validation[i]);
    }
    const struct plot_curve config = {
        .train = train, .validation = validated ? validation : NULL, .count = count, .best = best};
    return show_picture(s, call, diagnostic, plot(s->gnuplot, &config, &picture, &plot_error),
                        &picture, &plot_error);
}

static bool plot_history(struct session *s, const struct bound_call *call, bool accuracy,
                         struct diagnostic *diagnostic)
{
    if (!history_need(s, call, diagnostic))
        return false;
    const struct training_history *history = &s->model.history;
    size_t count = (size_t)history->count;
    double *values = malloc(2 * count * sizeof *values);
    if (values == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const struct epoch_record *r = &history->records[i];
        values[i] = (double)(accuracy ? r->train_accuracy : r->train_loss);
        values[count + i] = (double)(accuracy ? r->validation_accuracy : r->validation_loss);
    }
    bool done = show_curve(s, call, accuracy ? plot_accuracy : plot_loss, values, values + count,
                           diagnostic);
    free(values);
    return done;
}

bool run_plot_loss(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    return plot_history(s, call, false, diagnostic);
}

bool run_plot_accuracy(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic)
{
    return plot_history(s, call, true, diagnostic);
}

/* The learning rates of a training. The epochs before the recorded curve (of a training resumed
   from a file without rates) have one point each, at their end. */
struct rate_points {
    double *steps, *rates; /* [count]                                     */
    double *ends;          /* [history.count]; one block holds all three  */
    int count;
    uint64_t total; /* steps of the training */
};

/* The last step of an epoch, counted from 1. */
static uint64_t epoch_end(const struct training_history *history, int index)
{
    uint64_t step = history->records[index].step;
    return step > 0 ? step : (uint64_t)(index + 1) * (uint64_t)history->batches;
}

static void add_point(struct rate_points *points, uint64_t step, float rate)
{
    points->steps[points->count] = (double)step;
    points->rates[points->count++] = (double)rate;
}

static bool make_points(struct rate_points *points, const struct training_history *history)
{
    const struct rate_curve *curve = &history->rates;
    size_t most = (size_t)history->count + RATE_CURVE_POINTS + 2;
    points->steps = malloc((2 * most + (size_t)history->count) * sizeof *points->steps);
    if (points->steps == NULL)
        return false;
    points->rates = points->steps + most;
    points->ends = points->rates + most;
    points->total = history->known ? curve->first + curve->steps : 0;
    for (int i = 0; i < history->count; i++) {
        uint64_t end = epoch_end(history, i);
        points->ends[i] = (double)end;
        points->total = end > points->total ? end : points->total;
        if (!history->known || end <= curve->first)
            add_point(points, end, history->records[i].rate);
    }
    for (int i = 0; history->known && i < curve->count; i++) {
        uint64_t step = (uint64_t)i * curve->stride, next = step + curve->stride;
        add_point(points, curve->first + step + 1, curve->rates[i]);
        if (curve->highest_step > step && curve->highest_step < next)
            add_point(points, curve->first + curve->highest_step + 1, curve->highest);
    }
    if (history->known && curve->steps > 1 && (curve->steps - 1) % curve->stride != 0)
        add_point(points, curve->first + curve->steps, curve->last);
    return true;
}

bool run_plot_rate(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    if (!history_need(s, call, diagnostic))
        return false;
    const struct training_history *history = &s->model.history;
    struct schedule schedule = trainer_schedule(&history->config, history->batches);
    struct rate_points points = {0};
    if (!make_points(&points, history))
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    struct picture picture = {0};
    struct plot_error plot_error;
    const struct plot_rate config = {.rates = points.rates,
                                     .steps = points.steps,
                                     .count = points.count,
                                     .total_steps = (int)points.total,
                                     .epoch_ends = points.ends,
                                     .epochs = history->count,
                                     .schedule = history->known ? schedule_name(&schedule) : NULL};
    bool done =
        show_picture(s, call, diagnostic, plot_rate(s->gnuplot, &config, &picture, &plot_error),
                     &picture, &plot_error);
    free(points.steps);
    return done;
}

/* The index of the layer that the call names, or of the first convolution. -1 with a diagnostic. */
static int pick_layer(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic)
{
    const struct network *network = s->model.network;
    const char *name = bound_call_string(call, "layer");
    for (int i = 0; i < network_layer_count(network); i++) {
        const struct layer *layer = network_layer(network, i);
        if (name != NULL ? strcmp(layer->name, name) == 0 : layer_is(layer, &layer_conv))
            return i;
    }
    if (name != NULL)
        bound_call_diagnostic(call, diagnostic, "layer",
                              "the network has no layer %s: `model summary` lists the layers",
                              name);
    else
        bound_call_diagnostic(
            call, diagnostic, NULL,
            "the network `%s` has no convolution: choose a layer, e.g. `layer=%s`", s->model.name,
            network_layer(network, 0)->name);
    return -1;
}

bool run_plot_filters(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic)
{
    if (!model_need(s, call, diagnostic))
        return false;
    int index = pick_layer(s, call, diagnostic);
    if (index < 0)
        return false;
    const struct network *network = s->model.network;
    const struct layer *layer = network_layer(network, index);
    if (!layer_is(layer, &layer_conv))
        return bound_call_diagnostic(call, diagnostic, "layer",
                                     "%s is not a convolution, so it has no filters", layer->name);
    const struct tensor *weights = network_tensor(network, layer->weight);
    int slices = weights->dims[0] * weights->dims[1],
        shown = slices < FILTERS_SHOWN ? slices : FILTERS_SHOWN;
    const char *untrained = s->model.trained ? "" : " (not yet trained)";
    char title[160];
    struct picture picture = {0};
    struct plot_error plot_error;
    if (shown < slices)
        snprintf(title, sizeof title, "Filters of %s: the first %d of %d x %d (filter,channel)%s",
                 layer->name, shown, weights->dims[0], weights->dims[1], untrained);
    else
        snprintf(title, sizeof title, "Filters of %s%s%s", layer->name,
                 weights->dims[1] > 1 ? " (filter,channel)" : "", untrained);
    const struct plot_filters config = {.title = title,
                                        .weights = network_values_const(network) + weights->offset,
                                        .count = shown,
                                        .rows = weights->dims[2],
                                        .columns = weights->dims[3],
                                        .channels = weights->dims[1],
                                        .layer = layer->name};
    return show_picture(s, call, diagnostic,
                        plot_filters(s->gnuplot, &config, &picture, &plot_error), &picture,
                        &plot_error);
}

static bool show_maps(struct session *s, const struct bound_call *call, const struct layer *layer,
                      const float *maps, const uint8_t *image, struct diagnostic *diagnostic)
{
    char title[160];
    struct picture picture = {0};
    struct plot_error plot_error;
    int channels = layer->out.channels,
        shown = channels < PLOT_IMAGES_MAX ? channels : PLOT_IMAGES_MAX;
    if (shown < channels)
        snprintf(title, sizeof title, "Activations of %s: the first %d of %d feature maps",
                 layer->name, shown, channels);
    else
        snprintf(title, sizeof title, "Activations of %s", layer->name);
    const struct plot_maps config = {
        .title = title,
        .maps = maps,
        .count = shown,
        .rows = layer->out.height,
        .columns = layer->out.width,
        .layer = layer->name,
        .image = {.bytes = image,
                  .count = 1,
                  .rows = s->data.prepared->rows,
                  .columns = s->data.prepared->columns},
    };
    return show_picture(s, call, diagnostic, plot_maps(s->gnuplot, &config, &picture, &plot_error),
                        &picture, &plot_error);
}

bool run_plot_activations(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic)
{
    struct selection selection;
    int image, index;
    if (!model_need_trained(s, call, diagnostic) ||
        !data_select(s, call, "set", &selection, diagnostic) ||
        !pick_image(call, &selection, &image, diagnostic) ||
        (index = pick_layer(s, call, diagnostic)) < 0)
        return false;
    const struct layer *layer = network_layer(s->model.network, index);
    size_t size = dataset_image_size(s->data.prepared);
    float *x = malloc(size * sizeof *x), *maps = malloc(shape_size(layer->out) * sizeof *maps);
    const uint8_t *bytes = selection_image(s, &selection, image);
    struct error error;
    bool done = false;
    if (x == NULL || maps == NULL)
        bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    else {
        normalize_bytes(&s->model.preparation.normalization, x, bytes, size);
        model_warn_data(s, &s->model, s->model.name);
        done = predict_activations(s->model.network, s->engine, index, x, maps, &error)
                   ? show_maps(s, call, layer, maps, bytes, diagnostic)
                   : fail(call, diagnostic, &error);
    }
    free(x);
    free(maps);
    return done;
}
