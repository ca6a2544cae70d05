/*
 * layer - names, canonical text, and output shapes.
 *
 * layer_resolve checks one spec against its input shape and computes output shape, parameter count
 * and multiply-adds, so that a network is known to be valid before any of its memory is allocated.
 */
#include "mnist/nn/model/layer.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const kind_names[LAYER_KINDS] = {
    [LAYER_CONV] = "conv",
    [LAYER_MAXPOOL] = "maxpool",
    [LAYER_AVGPOOL] = "avgpool",
    [LAYER_GLOBALMAX] = "globalpool",
    [LAYER_GLOBALAVG] = "globalpool",
    [LAYER_DENSE] = "dense",
    [LAYER_BATCHNORM] = "batchnorm",
    [LAYER_RELU] = "relu",
    [LAYER_DROPOUT] = "dropout",
    [LAYER_FLATTEN] = "flatten",
    [LAYER_PLUGIN] = "layer",
};

const char *layer_kind_name(enum layer_kind kind)
{
    assert(kind < LAYER_KINDS);
    return kind_names[kind];
}

const char *layer_spec_name(const struct layer_spec *spec)
{
    return spec->kind == LAYER_PLUGIN ? spec->plugin->name : layer_kind_name(spec->kind);
}

static bool has_window(enum layer_kind kind)
{
    return kind == LAYER_CONV || kind == LAYER_MAXPOOL || kind == LAYER_AVGPOOL;
}

static int default_stride(const struct layer_spec *spec)
{
    return spec->kind == LAYER_CONV ? 1 : spec->kernel;
}

/* " stride=2 pad=1"; default values are left out. */
static void print_window(const struct layer_spec *spec, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    if (spec->stride != 0 && spec->stride != default_stride(spec))
        used = (size_t)snprintf(text, size, " stride=%d", spec->stride);
    if (spec->pad == LAYER_PAD_SAME)
        snprintf(text + used, size - used, " pad=same");
    else if (spec->pad != 0)
        snprintf(text + used, size - used, " pad=%d", spec->pad);
}

/* The shortest decimal text that is read back as the same number. */
static void print_number(double number, char *text, size_t size)
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            return;
    }
}

/* The longest number of a plugin: " name=-1.2345678901234568e-300". */
_Static_assert(PLUGIN_NAME_SIZE + PLUGIN_NUMBERS_MAX * (PLUGIN_NAME_SIZE + 1 + 24) <=
                   LAYER_TEXT_SIZE,
               "the longest line of a plugin fits");

/* The plugin's name, then " scale=2" for each number that differs from its default. */
static void print_plugin(const struct layer_spec *spec, char text[LAYER_TEXT_SIZE])
{
    const struct plugin_layer *plugin = spec->plugin;
    size_t used = (size_t)snprintf(text, LAYER_TEXT_SIZE, "%s", plugin->name);
    for (int i = 0; i < plugin->number_count; i++) {
        char number[32];
        if (spec->numbers[i] == plugin->numbers[i].fallback)
            continue;
        print_number(spec->numbers[i], number, sizeof number);
        used += (size_t)snprintf(text + used, LAYER_TEXT_SIZE - used, " %s=%s",
                                 plugin->numbers[i].name, number);
    }
}

const char *layer_spec_print(const struct layer_spec *spec, char text[LAYER_TEXT_SIZE])
{
    const char *name = layer_spec_name(spec);
    char window[32] = "";
    if (has_window(spec->kind))
        print_window(spec, window, sizeof window);
    switch (spec->kind) {
    case LAYER_CONV:
        snprintf(text, LAYER_TEXT_SIZE, "%s %d %dx%d%s", name, spec->out, spec->kernel,
                 spec->kernel, window);
        break;
    case LAYER_MAXPOOL:
    case LAYER_AVGPOOL:
        snprintf(text, LAYER_TEXT_SIZE, "%s %d%s", name, spec->kernel, window);
        break;
    case LAYER_GLOBALMAX: snprintf(text, LAYER_TEXT_SIZE, "%s max", name); break;
    case LAYER_GLOBALAVG: snprintf(text, LAYER_TEXT_SIZE, "%s avg", name); break;
    case LAYER_DENSE: snprintf(text, LAYER_TEXT_SIZE, "%s %d", name, spec->out); break;
    case LAYER_DROPOUT: snprintf(text, LAYER_TEXT_SIZE, "%s %.6g", name, (double)spec->rate); break;
    case LAYER_PLUGIN: print_plugin(spec, text); break;
    default: snprintf(text, LAYER_TEXT_SIZE, "%s", name); break;
    }
    return text;
}

/* Sets an error with the layer's text before the message, and with the layer's line number. */
__attribute__((format(printf, 3, 4))) static bool refuse(const struct layer_spec *spec,
                                                         struct error *error, const char *format,
                                                         ...)
{
    char text[LAYER_TEXT_SIZE], why[ERROR_TEXT_SIZE - LAYER_TEXT_SIZE - 8];
    va_list values;
    va_start(values, format);
    vsnprintf(why, sizeof why, format, values);
    va_end(values);
    error_set(error, ERROR_USAGE, "%s: %s", layer_spec_print(spec, text), why);
    if (error != NULL)
        error->line = spec->line;
    return false;
}

static bool check_out(const struct layer_spec *spec, const char *what, struct error *error)
{
    if (spec->out >= 1 && spec->out <= LAYER_OUT_MAX)
        return true;
    return refuse(spec, error, "%s must be 1 to %d, not %d", what, LAYER_OUT_MAX, spec->out);
}

/* Checks kernel, stride and pad, and fills in the defaults. */
static bool check_window(struct layer_spec *spec, struct error *error)
{
    bool conv = spec->kind == LAYER_CONV;
    if (spec->kernel < 1 || spec->kernel > LAYER_KERNEL_MAX)
        return refuse(spec, error, "the %s must be 1 to %d pixels wide, not %d",
                      conv ? "filter" : "window", LAYER_KERNEL_MAX, spec->kernel);
    if (conv && spec->kernel % 2 == 0)
        return refuse(spec, error, "the side of a filter must be odd (1x1, 3x3, 5x5...), not %dx%d",
                      spec->kernel, spec->kernel);
    if (spec->stride == 0)
        spec->stride = default_stride(spec);
    if (spec->stride < 1 || spec->stride > LAYER_KERNEL_MAX)
        return refuse(spec, error, "stride must be 1 to %d, not %d", LAYER_KERNEL_MAX,
                      spec->stride);
    if (spec->pad == LAYER_PAD_SAME)
        spec->pad = (spec->kernel - 1) / 2;
    int pad_max = conv ? LAYER_KERNEL_MAX : spec->kernel / 2;
    if (spec->pad < 0 || spec->pad > pad_max)
        return refuse(spec, error, "pad must be 0 to %d%s, not %d", pad_max,
                      conv ? "" : " (half the window)", spec->pad);
    return true;
}

/* Output height and width of a convolution or a pool. */
static bool window_shape(const struct layer_spec *spec, struct shape in, struct shape *out,
                         struct error *error)
{
    int height = in.height + 2 * spec->pad, width = in.width + 2 * spec->pad;
    if (height < spec->kernel || width < spec->kernel)
        return refuse(spec, error,
                      "the input is %dx%dx%d (channels x height x width), %dx%d with padding, but "
                      "must be at least %dx%d. Remove a pooling layer before this layer, choose a "
                      "smaller size, or write pad=same in the convolutions",
                      in.channels, in.height, in.width, height, width, spec->kernel, spec->kernel);
    out->height = (height - spec->kernel) / spec->stride + 1;
    out->width = (width - spec->kernel) / spec->stride + 1;
    return true;
}

static bool check_size(const struct layer_spec *spec, struct shape in, struct shape out,
                       struct error *error)
{
    double values = (double)out.channels * out.height * out.width;
    if (values <= LAYER_VALUES_MAX)
        return true;
    return refuse(
        spec, error,
        "the input is %dx%dx%d (channels x height x width) and the output would be %dx%dx%d: %.0f "
        "values, %.1f MiB for each image, but a layer's output may have at most %.0f MiB",
        in.channels, in.height, in.width, out.channels, out.height, out.width, values,
        values * sizeof(float) / 0x1p20, LAYER_VALUES_MAX * sizeof(float) / 0x1p20);
}

static bool resolve_conv(struct layer *layer, struct error *error)
{
    struct layer_spec *spec = &layer->spec;
    if (layer->in.channels > LAYER_OUT_MAX)
        return refuse(spec, error,
                      "the input has %d channels, but a convolution supports at most %d. Remove "
                      "the flatten layer before it",
                      layer->in.channels, LAYER_OUT_MAX);
    if (!check_out(spec, "the number of channels", error) || !check_window(spec, error) ||
        !window_shape(spec, layer->in, &layer->out, error))
        return false;
    layer->out.channels = spec->out;
    uint64_t taps = (uint64_t)layer->in.channels * (uint64_t)(spec->kernel * spec->kernel);
    layer->parameters = (taps + 1) * (uint64_t)spec->out;
    layer->multiply_adds = taps * shape_size(layer->out);
    return true;
}

static bool resolve_dense(struct layer *layer, struct error *error)
{
    struct layer_spec *spec = &layer->spec;
    if (!check_out(spec, "the number of units", error))
        return false;
    layer->out = (struct shape){spec->out, 1, 1};
    layer->multiply_adds = shape_size(layer->in) * (uint64_t)spec->out;
    layer->parameters = layer->multiply_adds + (uint64_t)spec->out;
    return true;
}

static bool resolve_plugin(struct layer *layer, struct error *error)
{
    const struct layer_spec *spec = &layer->spec;
    struct plugin_plan plan = {.in = layer->in, .out = layer->in};
    spec->plugin->plan(spec->plugin->context, spec->numbers, &plan);
    if (plan.wrong[0] != '\0')
        return refuse(spec, error, "%s", plan.wrong);
    if (plan.out.channels < 1 || plan.out.height < 1 || plan.out.width < 1)
        return refuse(spec, error,
                      "its plan function sets an output of %d x %d x %d: each must be at least 1",
                      plan.out.channels, plan.out.height, plan.out.width);
    if (plan.weights < 0 || plan.weights > PLUGIN_WEIGHTS_MAX)
        return refuse(spec, error, "its plan function sets %d weights: this must be 0 to %d",
                      plan.weights, PLUGIN_WEIGHTS_MAX);
    if (!isfinite(plan.first) || !isfinite(plan.spread) || plan.spread < 0)
        return refuse(spec, error,
                      "its plan function sets initial weights of %g +- %g: both numbers must be "
                      "finite, and the second at least 0",
                      (double)plan.first, (double)plan.spread);
    layer->out = plan.out;
    layer->parameters = (uint64_t)plan.weights;
    layer->first = plan.first;
    layer->spread = plan.spread;
    return true;
}

static bool resolve_kind(struct layer *layer, struct error *error)
{
    struct layer_spec *spec = &layer->spec;
    switch (spec->kind) {
    case LAYER_CONV: return resolve_conv(layer, error);
    case LAYER_DENSE: return resolve_dense(layer, error);
    case LAYER_MAXPOOL:
    case LAYER_AVGPOOL:
        return check_window(spec, error) && window_shape(spec, layer->in, &layer->out, error);
    case LAYER_GLOBALMAX:
    case LAYER_GLOBALAVG: layer->out = (struct shape){layer->in.channels, 1, 1}; return true;
    case LAYER_BATCHNORM: layer->parameters = 2 * (uint64_t)layer->in.channels; return true;
    case LAYER_DROPOUT:
        if (spec->rate >= 0 && spec->rate < 1)
            return true;
        return refuse(spec, error, "the rate must be at least 0 and below 1, not %g",
                      (double)spec->rate);
    case LAYER_FLATTEN: layer->out = (struct shape){(int)shape_size(layer->in), 1, 1}; return true;
    case LAYER_PLUGIN: return resolve_plugin(layer, error);
    case LAYER_RELU:
    case LAYER_KINDS: break;
    }
    return true;
}

bool layer_resolve(struct layer *layer, const struct layer_spec *spec, struct shape in,
                   struct error *error)
{
    assert(spec->kind < LAYER_KINDS && in.channels > 0 && in.height > 0 && in.width > 0);
    *layer = (struct layer){
        .spec = *spec,
        .in = in,
        .out = in,
        .weight = -1,
        .bias = -1,
        .running_mean = -1,
        .running_variance = -1,
    };
    return resolve_kind(layer, error) && check_size(spec, in, layer->out, error);
}
