/*
 * layer - the built-in types, the canonical text of a spec, and the shapes of a layer.
 *
 * layer_resolve checks one spec against its input shape and computes output shape, tensors and
 * parameter count, so that a network is known to be valid before any of its memory is allocated.
 */
#include "mnist/nn/model/layer.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct layer_type *const types[] = {
#define LAYER(id, name, native) &layer_##name,
#include "mnist/language/layers.def"
};

const struct layer_type *layer_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* The shortest decimal text that is read back as the same number. */
static void print_number(double number, char *text, size_t size)
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            return;
    }
}

/* The value of parameter i. Returns false if it equals its default. */
static bool print_value(const struct layer_spec *spec, int i, char *text, size_t size)
{
    const struct layer_parameter *parameter = &spec->type->parameters[i];
    int fallback = (int)parameter->fallback;
    switch (parameter->kind) {
    case LAYER_NUMBER:
        print_number(spec->numbers[i], text, size);
        return spec->numbers[i] != parameter->fallback;
    case LAYER_OUT: snprintf(text, size, "%d", spec->out); return spec->out != fallback;
    case LAYER_FILTER: snprintf(text, size, "%dx%d", spec->kernel, spec->kernel); return true;
    case LAYER_WINDOW: snprintf(text, size, "%d", spec->kernel); return true;
    case LAYER_STRIDE:
        snprintf(text, size, "%d", spec->stride);
        return spec->stride != 0 && spec->stride != (fallback != 0 ? fallback : spec->kernel);
    case LAYER_PAD:
        if (spec->pad == LAYER_PAD_SAME)
            snprintf(text, size, "same");
        else
            snprintf(text, size, "%d", spec->pad);
        return spec->pad != fallback;
    case LAYER_RATE: snprintf(text, size, "%.6g", (double)spec->rate); return true;
    case LAYER_STATISTIC: snprintf(text, size, "%s", spec->maximum ? "max" : "avg"); return true;
    case LAYER_SOURCE: snprintf(text, size, "%s", spec->source); return true;
    }
    return true;
}

enum { VALUE_TEXT_SIZE = LAYER_NAME_SIZE };

/* The longest number: " name=-1.2345678901234568e-300". */
_Static_assert(LAYER_TYPE_NAME_SIZE + LAYER_PARAMETERS_MAX * (LAYER_TYPE_NAME_SIZE + 1 + 24) <=
                   LAYER_TEXT_SIZE,
               "the longest line fits");

const char *layer_spec_print(const struct layer_spec *spec, char text[LAYER_TEXT_SIZE])
{
    const struct layer_type *type = spec->type;
    size_t used = (size_t)snprintf(text, LAYER_TEXT_SIZE, "%s", type->name);
    for (int i = 0; i < type->parameter_count; i++) {
        char value[VALUE_TEXT_SIZE];
        bool differs = print_value(spec, i, value, sizeof value);
        if (type->parameters[i].positional)
            used += (size_t)snprintf(text + used, LAYER_TEXT_SIZE - used, " %s", value);
        else if (differs)
            used += (size_t)snprintf(text + used, LAYER_TEXT_SIZE - used, " %s=%s",
                                     type->parameters[i].name, value);
    }
    return text;
}

/* ---- checks ---------------------------------------------------------------------------------- */

bool layer_refuse(const struct layer_spec *spec, struct error *error, const char *format, ...)
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

bool layer_check_out(const struct layer_spec *spec, const char *what, struct error *error)
{
    if (spec->out >= 1 && spec->out <= LAYER_OUT_MAX)
        return true;
    return layer_refuse(spec, error, "%s must be 1 to %d, not %d", what, LAYER_OUT_MAX, spec->out);
}

static bool check_size(const struct layer_spec *spec, const struct layer *layer,
                       struct error *error)
{
    struct shape in = layer->in, out = layer->out;
    double values = (double)out.channels * out.height * out.width;
    if (values <= LAYER_VALUES_MAX)
        return true;
    return layer_refuse(
        spec, error,
        "the input is %dx%dx%d (channels x height x width) and the output would be %dx%dx%d: %.0f "
        "values, %.1f MiB for each image, but a layer's output may have at most %.0f MiB",
        in.channels, in.height, in.width, out.channels, out.height, out.width, values,
        values * sizeof(float) / 0x1p20, LAYER_VALUES_MAX * sizeof(float) / 0x1p20);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

void layer_add_tensor(struct layer *layer, enum tensor_role role, const char *suffix,
                      const int dims[TENSOR_RANK_MAX])
{
    assert(layer->tensor_count < LAYER_TENSORS_MAX);
    struct layer_tensor *tensor = &layer->tensors[layer->tensor_count++];
    uint64_t values = 1;
    *tensor = (struct layer_tensor){.role = role, .suffix = suffix};
    for (int i = 0; i < TENSOR_RANK_MAX && dims[i] > 0; i++) {
        tensor->dims[i] = dims[i];
        values *= (uint64_t)dims[i];
    }
    if (tensor_is_trained(role))
        layer->parameters += values;
}

static bool resolve_plugin(struct layer *layer, struct error *error)
{
    const struct layer_spec *spec = &layer->spec;
    struct plugin_plan plan = {.in = layer->in, .out = layer->in};
    spec->type->plan(spec->type->context, spec->numbers, &plan);
    if (plan.wrong[0] != '\0')
        return layer_refuse(spec, error, "%s", plan.wrong);
    if (plan.out.channels < 1 || plan.out.height < 1 || plan.out.width < 1)
        return layer_refuse(
            spec, error,
            "its plan function sets an output of %d x %d x %d: each must be at least 1",
            plan.out.channels, plan.out.height, plan.out.width);
    if (plan.weights < 0 || plan.weights > PLUGIN_WEIGHTS_MAX)
        return layer_refuse(spec, error, "its plan function sets %d weights: this must be 0 to %d",
                            plan.weights, PLUGIN_WEIGHTS_MAX);
    if (!isfinite(plan.first) || !isfinite(plan.spread) || plan.spread < 0)
        return layer_refuse(
            spec, error,
            "its plan function sets initial weights of %g +- %g: both numbers must be finite, and "
            "the second at least 0",
            (double)plan.first, (double)plan.spread);
    layer->out = plan.out;
    if (plan.weights > 0)
        layer_add_tensor(layer, TENSOR_WEIGHT, "weight", (int[TENSOR_RANK_MAX]){plan.weights});
    layer->first = plan.first;
    layer->spread = plan.spread;
    return true;
}

static bool resolve_type(struct layer *layer, struct error *error)
{
    if (layer_is_plugin(layer))
        return resolve_plugin(layer, error);
    return layer->spec.type->resolve == NULL || layer->spec.type->resolve(layer, error);
}

bool layer_resolve(struct layer *layer, const struct layer_spec *spec, struct shape in,
                   struct error *error)
{
    assert(spec->type != NULL && in.channels > 0 && in.height > 0 && in.width > 0);
    *layer = (struct layer){
        .spec = *spec,
        .in = in,
        .out = in,
        .weight = -1,
        .bias = -1,
        .running_mean = -1,
        .running_variance = -1,
        .source = -1,
    };
    return resolve_type(layer, error) && check_size(spec, layer, error);
}
