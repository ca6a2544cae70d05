/*
 * augment - data augmentation: a randomly rotated, shifted, scaled, stretched, sheared and bent
 * copy of an image.
 *
 * data_loader.c calls it on the pool's threads for each training image. Input and output are bytes;
 * normalisation follows. The random numbers depend only on (seed, epoch, index): rng_stream(seed,
 * RNG_AUGMENT, epoch, index) generates the same numbers in the same order for every config, so that
 * switching off one change does not affect the others. stretch was added later and uses
 * RNG_STRETCH, so that older configs keep their bits. All arithmetic, including sine and cosine, is
 * integer arithmetic in fixed point, which gives the same bits on every machine.
 *
 *     p = (x, y), x to the right, y down; c = the centre of the image
 *     out(p) = in(c + M (p - c - shift) + bend(p)), read bilinearly, 0 outside
 *     M = Shear(-tan shear) Stretch Turn(-angle) / scale:
 *         x = ( cos x' - sin y') / (scale (1 + stretch)) - tan(shear) y
 *         y = ( sin x' + cos y') / (scale (1 - stretch))
 * The image is sheared (the bottom to the right), stretched (wider and lower), rotated
 * counter-clockwise, scaled, then shifted to the right and down. bend is a displacement field:
 * random at knots AUGMENT_KNOT pixels apart, bilinear between them. This is a mild form of the
 * elastic distortions of Simard, Steinkraus and Platt 2003, "Best practices for convolutional
 * neural networks".
 */
#ifndef MNIST_DATA_AUGMENT_H
#define MNIST_DATA_AUGMENT_H

#include "mnist/base/errors.h"
#include "mnist/base/shared_limits.h"
#include "mnist/base/rng.h"

#include <stdint.h>

enum {
    AUGMENT_KNOT = 8,
    AUGMENT_PLUGINS_MAX = 4, /* plugins in a config                       */
    AUGMENT_NAME_SIZE = 24,  /* bytes of a plugin's name, including the NUL */
};

/* An augmentation that a C cell has registered: computes out [rows, columns] from in; the two do
   not overlap. It is called from the pool's threads and must take all its random numbers from
   rng. */
struct augment_plugin {
    char name[AUGMENT_NAME_SIZE];
    const void *context;
    void (*change)(const void *context, uint8_t *out, const uint8_t *in, int rows, int columns,
                   struct rng *rng);
};

/* Each value is the maximum m of a change, which is uniform over -m .. m. All 0 = no
   augmentation. */
struct augment_config {
    double rotate;  /* degrees                                             */
    double shift;   /* pixels, along each axis                             */
    double scale;   /* 0.15 = 0.85 .. 1.15 times the size                  */
    double stretch; /* 0.1 = 0.9 .. 1.1 times as wide, 1.1 .. 0.9 as high  */
    double shear;   /* degrees                                             */
    double elastic; /* maximum displacement of the field, in pixels        */
    int plugin_count;
    struct augment_plugin plugins[AUGMENT_PLUGINS_MAX]; /* one after the other, after all else */
};

/* Whether the config contains any augmentation. */
bool augment_active(const struct augment_config *config);

/* Whether all values are between 0 and their maximum. error (ERROR_USAGE) names the first that is
   not. */
__attribute__((warn_unused_result)) bool augment_check(const struct augment_config *config,
                                                       struct error *error);

/* out [rows, columns] from in [rows, columns]; they must not overlap; 1 <= rows, columns <=
   IDX_SIDE_MAX. config must have passed augment_check. Thread-safe. Each plugin has its own stream
   of random numbers: rng_stream(seed ^ hash of its name, RNG_BENDING, epoch, index). */
void augment_image(const struct augment_config *config, uint8_t *out, const uint8_t *in, int rows,
                   int columns, uint64_t seed, uint32_t epoch, uint32_t index);

/* The random parameters of one image, in 16.16 fixed point (65536 = 1). augment_image is
   augment_apply of augment_draw, then the plugins. */
struct augment_change {
    int32_t angle;            /* degrees, |angle| <= 180  */
    int32_t shift_x, shift_y; /* pixels                   */
    int32_t scale;            /* factor, 0.5 .. 1.5       */
    int32_t stretch;          /* fraction, -0.3 .. 0.3    */
    int32_t shear;            /* degrees, |shear| <= 45   */
    int32_t elastic;          /* pixels, 0 = no bend      */
    struct rng field;         /* random numbers of the bend */
};

struct augment_change augment_draw(const struct augment_config *config, uint64_t seed,
                                   uint32_t epoch, uint32_t index);
void augment_apply(const struct augment_change *change, uint8_t *out, const uint8_t *in, int rows,
                   int columns);

/* Sine of an angle in degrees, both 16.16; |angle| <= 360. The error is at most 1 unit in the last
   place of the rounded sine. */
int32_t augment_sine(int32_t angle);

#endif
