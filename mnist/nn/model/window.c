/*
 * window - checks of a filter or window, and the shape of the output.
 */
#include "mnist/nn/model/window.h"

static bool check_window(struct layer_spec *spec, const char *what, int pad_max,
                         struct error *error)
{
    if (spec->kernel < 1 || spec->kernel > LAYER_KERNEL_MAX)
        return layer_refuse(spec, error, "the %s must be 1 to %d pixels wide, not %d", what,
                            LAYER_KERNEL_MAX, spec->kernel);
    if (spec->stride < 1 || spec->stride > LAYER_KERNEL_MAX)
        return layer_refuse(spec, error, "stride must be 1 to %d, not %d", LAYER_KERNEL_MAX,
                            spec->stride);
    if (spec->pad < 0 || spec->pad > pad_max)
        return layer_refuse(spec, error, "pad must be 0 to %d%s, not %d", pad_max,
                            pad_max < LAYER_KERNEL_MAX ? " (half the window)" : "", spec->pad);
    return true;
}

bool window_resolve(struct layer *layer, const char *what, int default_stride, int pad_max,
                    struct error *error)
{
    struct layer_spec *spec = &layer->spec;
    if (spec->stride == 0)
        spec->stride = default_stride;
    if (spec->pad == LAYER_PAD_SAME)
        spec->pad = (spec->kernel - 1) / 2;
    if (!check_window(spec, what, pad_max, error))
        return false;
    struct shape in = layer->in;
    int height = in.height + 2 * spec->pad, width = in.width + 2 * spec->pad;
    if (height < spec->kernel || width < spec->kernel)
        return layer_refuse(
            spec, error,
            "the input is %dx%dx%d (channels x height x width), %dx%d with padding, but must be at "
            "least %dx%d. Remove a pooling layer before this layer, choose a smaller size, or "
            "write pad=same in the convolutions",
            in.channels, in.height, in.width, height, width, spec->kernel, spec->kernel);
    layer->out.height = (height - spec->kernel) / spec->stride + 1;
    layer->out.width = (width - spec->kernel) / spec->stride + 1;
    return true;
}
