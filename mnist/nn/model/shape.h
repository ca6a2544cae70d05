/*
 * shape - [C, H, W]: channels, height and width of one image's values between two layers.
 */
#ifndef MNIST_NN_MODEL_SHAPE_H
#define MNIST_NN_MODEL_SHAPE_H

#include <stddef.h>

struct shape {
    int channels, height, width;
};

/* Values of one image: C * H * W. */
static inline size_t shape_size(struct shape shape)
{
    return (size_t)shape.channels * (size_t)shape.height * (size_t)shape.width;
}

#endif
