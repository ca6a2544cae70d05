/*
 * augment - a slightly different image from an image: turned, moved, scaled, sheared, bent.
 *
 * batch.c calls it on the workers for each training image. Bytes in, bytes out, so normalisation follows as for
 * an untouched image. What is drawn depends on (seed, epoch, index) alone: rng_stream(seed, RNG_AUGMENT, epoch,
 * index). Everything is integer arithmetic in fixed point, sine and cosine included: the same bits on every machine.
 *
 * Output pixel (i, j) is read, bilinearly, from the input at
 *     c + M (p - c) - shift + bend(p),     c = the middle, M = inverse of rotation * shear * scale.
 */
#ifndef MNIST_DATA_AUGMENT_H
#define MNIST_DATA_AUGMENT_H

#include "mnist/error.h"

#include <stdint.h>

#define AUGMENT_ROTATE_MAX 180.0 /* degrees */
#define AUGMENT_SHIFT_MAX 16.0   /* pixels  */
#define AUGMENT_SCALE_MAX 0.5    /* share   */
#define AUGMENT_SHEAR_MAX 45.0   /* degrees */
#define AUGMENT_ELASTIC_MAX 4.0  /* pixels  */

/* Each is the largest change; what is drawn is uniform between minus and plus that. All 0 = no augmentation. */
struct augment_config {
    double rotate;  /* degrees                                            */
    double shift;   /* pixels, along each axis                            */
    double scale;   /* 0.15 = 0.85 .. 1.15 times the size                 */
    double shear;   /* degrees                                            */
    double elastic; /* pixels: how far a smooth random field moves a pixel */
};

/* Does config change anything? */
bool augment_active(const struct augment_config *config);

/* Are all values within 0 and their maximum? error names the first that is not. */
__attribute__((warn_unused_result)) bool augment_check(const struct augment_config *config, struct error *error);

/* out [rows, cols] from in [rows, cols]; they must not overlap; 1 <= rows, cols <= IDX_SIDE_MAX. config has passed
   augment_check. Any thread may call it. */
void augment_image(const struct augment_config *config, uint8_t *out, const uint8_t *in, int rows, int cols,
                   uint64_t seed, uint32_t epoch, uint32_t index);

#endif
