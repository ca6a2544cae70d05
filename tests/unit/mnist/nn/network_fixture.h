/*
 * network_fixture - shared by the tests of mnist/nn: networks from short texts, images in memory,
 * PyTorch's reference values, comparisons that fail for NaN.
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

/* Parses "conv 4 3x3 pad=1; relu; dense 10": the lines of a model block, separated by ';'. Line
   numbers start at 1. Returns the number of layers. */
int specs_from_text(struct layer_spec specs[FIXTURE_SPECS_MAX], const char *text);

/* The network of the text. Fails the test if it is invalid. Caller frees with network_free. */
struct network *network_from_text(const char *text, struct shape input, uint64_t seed);

/* Images and labels in memory. */
struct memory_images {
    struct shape shape;
    int count;
    float *x; /* [count, C, H, W] */
    uint8_t *labels;
};

/* count images of noise with labels 0..9. The label is visible (its tenth of the values is
   brighter), so that training succeeds. Release with memory_images_release. */
struct memory_images memory_images_make(struct shape shape, int count, uint64_t seed);
void memory_images_release(struct memory_images *images);
struct data_source memory_source(struct memory_images *images);

/* Asserts that each value of got is within absolute + relative * |want| of want; NaN fails. what is
   part of the message. */
void assert_close(const char *what, const float *got, const float *want, size_t count,
                  double absolute, double relative);

/* Opens a file of tests/reference/. Fails the test if that fails. Caller frees. */
struct model_file *open_reference(const char *name);
/* The tensor "part.name" of the file, count floats. Caller frees. */
float *reference_values(const struct model_file *file, const char *part, const char *name,
                        size_t count);

#endif
