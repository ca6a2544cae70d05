/*
 * layout - conversion of images and values between the network's layout and the blocked layout
 * (native.h).
 */
#include "mnist/nn/native/layout.h"

#include <string.h>

bool native_planar_input(const struct network *network)
{
    const struct layer_type *type = network_layer(network, 0)->spec.type;
    return network_input(network).channels == 1 &&
           (type == &layer_conv || type == &layer_dense || type == &layer_flatten);
}

size_t native_input_floats(const struct network *network)
{
    struct shape in = network_input(network);
    return native_planar_input(network) ? (size_t)native_round(in.height * in.width)
                                        : native_floats(in);
}

static void import_planar(float *x, const float *images, struct shape shape, int n)
{
    int plane = shape.height * shape.width, stride = native_round(plane);
    for (int i = 0; i < n; i++, x += stride, images += plane) {
        memcpy(x, images, (size_t)plane * sizeof *x);
        memset(x + plane, 0, (size_t)(stride - plane) * sizeof *x);
    }
}

void native_pack_image(float *y, const float *values, struct shape shape, int image, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    (void)n;
    y += (size_t)image * native_floats(shape);
    if (shape.channels % NATIVE_BLOCK != 0)
        memset(y, 0, native_floats(shape) * sizeof *y);
    for (size_t c = 0; c < (size_t)shape.channels; c++)
        for (size_t p = 0; p < plane; p++)
            y[(c / NATIVE_BLOCK * plane + p) * NATIVE_BLOCK + c % NATIVE_BLOCK] = *values++;
}

static void import_blocked(float *x, const float *images, struct shape shape, int n)
{
    for (int i = 0; i < n; i++)
        native_pack_image(x, images + (size_t)i * shape_size(shape), shape, i, n);
}

engine_import_input *native_input_importer(const struct network *network)
{
    struct shape in = network_input(network);
    if (!native_planar_input(network))
        return import_blocked;
    return in.height * in.width % NATIVE_BLOCK == 0 ? NULL : import_planar;
}

void native_unpack_image(float *values, const float *y, struct shape shape, int image, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    (void)n;
    y += (size_t)image * native_floats(shape);
    for (size_t c = 0; c < (size_t)shape.channels; c++)
        for (size_t p = 0; p < plane; p++)
            *values++ = y[(c / NATIVE_BLOCK * plane + p) * NATIVE_BLOCK + c % NATIVE_BLOCK];
}

struct logits_layout native_logits(int classes, int n)
{
    (void)n;
    return (struct logits_layout){classes, 1, native_round(classes), native_round(classes)};
}
