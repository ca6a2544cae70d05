/*
 * network_fixture - what the tests of mnist/nn share: networks from short texts, images from
 * memory, PyTorch's values, comparisons that NaN fails.
 */
#ifndef TESTS_NETWORK_FIXTURE_H
#define TESTS_NETWORK_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/nn/model/model_file.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/engine/data_source.h"

enum { FIXTURE_SPECS_MAX = 32 };

/* "conv 4 3x3 pad=1; relu; dense 10": the lines of a model block with ';' between them. Line
   numbers count from 1. */
int specs_from_text(struct layer_spec specs[FIXTURE_SPECS_MAX], const char *text);

/* A network of the text; fails the test when it cannot be had. Caller frees with network_free. */
struct network *network_from_text(const char *text, struct shape input, uint64_t seed);

/* Images and labels in memory. */
struct memory_images {
    struct shape shape;
    int count;
    float *x; /* [count, C, H, W] */
    uint8_t *labels;
};

/* count images of noise with labels 0..9, in which the label can be seen (that tenth of the values
   is brighter), so that training gets somewhere. Release with memory_images_release. */
struct memory_images memory_images_make(struct shape shape, int count, uint64_t seed);
void memory_images_release(struct memory_images *images);
struct data_source memory_source(struct memory_images *images);

/* got must be within absolute + relative * |want| of want, each; NaN is not. Fails the test, naming
   what. */
void assert_close(const char *what, const float *got, const float *want, size_t count,
                  double absolute, double relative);

/* A file of tests/reference/; fails the test when it cannot be read. Caller frees. */
struct model_file *open_reference(const char *name);
/* Tensor "part.name" of it, count floats; caller frees. */
float *reference_values(const struct model_file *file, const char *part, const char *name,
                        size_t count);

#endif
