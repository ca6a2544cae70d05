/*
 * layer_chain - resolves each spec with the shape of the layer before it, and names the layers.
 */
#include "mnist/nn/model/layer_chain.h"

#include <stdio.h>
#include <string.h>

/* The number of layers of this type among the first `count` specs. */
static int count_type(const struct layer_spec *specs, int count, const struct layer_type *type)
{
    int found = 0;
    for (int i = 0; i < count; i++)
        found += strcmp(specs[i].type->name, type->name) == 0;
    return found;
}

/* Finds the earlier layer that the spec of layer `index` names, if it names one. */
static bool find_source(struct layer *layers, int index, struct error *error)
{
    struct layer *layer = &layers[index];
    const char *name = layer->spec.source;
    if (name[0] == '\0')
        return true;
    for (int i = 0; i < index; i++)
        if (strcmp(layers[i].name, name) == 0)
            layer->source = i;
    if (layer->source < 0)
        return layer_refuse(&layer->spec, error,
                            "no earlier layer has the name %s. A layer's name is its type and its "
                            "number among the layers of this type: conv1, relu2",
                            name);
    struct shape in = layer->in, from = layers[layer->source].out;
    if (from.channels == in.channels && from.height == in.height && from.width == in.width)
        return true;
    return layer_refuse(
        &layer->spec, error,
        "the input is %dx%dx%d (channels x height x width), but the output of %s "
        "is %dx%dx%d: both must have the same shape, so the layers between them "
        "must keep it (in a convolution: pad=same and an unchanged number of filters)",
        in.channels, in.height, in.width, name, from.channels, from.height, from.width);
}

bool layer_chain_resolve(struct layer *layers, const struct layer_spec *specs, int count,
                         struct shape input, struct error *error)
{
    for (int i = 0; i < count; i++) {
        const struct layer_type *type = specs[i].type;
        if (!layer_resolve(&layers[i], &specs[i], i == 0 ? input : layers[i - 1].out, error))
            return false;
        snprintf(layers[i].name, sizeof layers[i].name, "%s%d", type->name,
                 count_type(specs, i + 1, type));
        if (!find_source(layers, i, error))
            return false;
    }
    return true;
}
