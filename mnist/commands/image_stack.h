/*
 * image_stack - a copy of selected images as one block of bytes, the input of plots/plots.h.
 */
#ifndef MNIST_COMMANDS_IMAGE_STACK_H
#define MNIST_COMMANDS_IMAGE_STACK_H

#include "mnist/workspace/current_data.h"

/* The prepared images at these positions of the selection, [count, rows, columns]. NULL if memory
   runs out. Caller frees with free. */
unsigned char *image_stack(const struct session *s, const struct selection *selection,
                           const uint32_t *positions, int count);

#endif
