/*
 * layer_chain - resolves each spec with the shape of the layer before it, and names the layers.
 */
#include "mnist/nn/model/layer_chain.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_SHOWN = 12 };

/* The number of layers of this type among the first `count` specs. */
static int count_type(const struct layer_spec *specs, int count, const struct layer_type *type)
{
    int found = 0;
    for (int i = 0; i < count; i++)
        found += strcmp(specs[i].type->name, type->name) == 0;
    return found;
}

/* Refuses the name of a source; the message lists the names that exist, the last ones if there are
   many. */
static bool refuse_source(const struct layer *layers, int index, struct error *error)
{
    char names[NAMES_SHOWN * (LAYER_NAME_SIZE + 2) + 8] = "";
    int first = index > NAMES_SHOWN ? index - NAMES_SHOWN : 0;
    size_t size = (size_t)snprintf(names, sizeof names, "%s", first > 0 ? "..., " : "");
    for (int i = first; i < index; i++)
        size += (size_t)snprintf(names + size, sizeof names - size, "%s%s", layers[i].name,
                                 i + 1 < index ? ", " : "");
    return layer_refuse(&layers[index].spec, error, "no earlier layer has the name %s; %s%s",
                        layers[index].spec.source,
                        index > 0 ? "the earlier layers are " : "this is the first layer", names);
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
        return refuse_source(layers, index, error);
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
