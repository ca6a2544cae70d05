/*
 * augment - a slightly different image from an image: turned, moved, scaled, sheared, bent.
 *
 * data_loader.c calls it on the workers for each training image. Bytes in, bytes out, so normalisation
 * follows as for an untouched image. What is drawn depends on (seed, epoch, index) alone:
 * rng_stream(seed, RNG_AUGMENT, epoch, index), always the same numbers in the same order, so that
 * turning one change off leaves the others as they were. stretch, the youngest, is drawn from
 * RNG_STRETCH: older recipes keep their bits. Everything is integer arithmetic in fixed point, sine
 * and cosine included: the same bits on every machine.
 *
 *     p = (x, y), x to the right, y down; c = the middle of the image
 *     out(p) = in(c + M (p - c - shift) + bend(p)), read bilinearly, 0 outside
 *     M = Shear(-tan shear) Stretch Turn(-angle) / scale:
 *         x = ( cos x' - sin y') / (scale (1 + stretch)) - tan(shear) y
 *         y = ( sin x' + cos y') / (scale (1 - stretch))
 * So the picture is sheared (its bottom to the right), made wider and lower, turned
 * counter-clockwise, scaled, then moved to the right and down. bend moves each pixel by a field that
 * is drawn at knots AUGMENT_KNOT pixels apart and linear between: the mild end of Simard, Steinkraus
 * and Platt 2003, "Best practices for convolutional neural networks", elastic distortions.
 */
#ifndef MNIST_DATA_AUGMENT_H
#define MNIST_DATA_AUGMENT_H

#include "mnist/base/errors.h"
#include "mnist/base/rng.h"

#include <stdint.h>

#define AUGMENT_ROTATE_MAX  180.0 /* degrees */
#define AUGMENT_SHIFT_MAX   16.0  /* pixels  */
#define AUGMENT_SCALE_MAX   0.5   /* share   */
#define AUGMENT_STRETCH_MAX 0.3   /* share   */
#define AUGMENT_SHEAR_MAX   45.0  /* degrees */
#define AUGMENT_ELASTIC_MAX 4.0   /* pixels  */

enum {
    AUGMENT_KNOT = 8,
    AUGMENT_OWN_MAX = 4,    /* changes of somebody else's at a time       */
    AUGMENT_NAME_SIZE = 24, /* bytes of one's name, its zero included     */
};

/* A change that is somebody else's function: out [rows, cols] from in, which do not overlap, by
   what it draws from rng. Called from the pool's threads; must draw all that is chance from rng. */
struct augment_own {
    char name[AUGMENT_NAME_SIZE];
    const void *context;
    void (*change)(const void *context, uint8_t *out, const uint8_t *in, int rows, int columns,
                   struct rng *rng);
};

/* Each is the largest change; what is drawn is uniform between minus and plus that. All 0 = no
   augmentation. */
struct augment_config {
    double rotate;  /* degrees                                             */
    double shift;   /* pixels, along each axis                             */
    double scale;   /* 0.15 = 0.85 .. 1.15 times the size                  */
    double stretch; /* 0.1 = 0.9 .. 1.1 times as wide, 1.1 .. 0.9 as high  */
    double shear;   /* degrees                                             */
    double elastic; /* pixels: how far a smooth random field moves a pixel */
    int own_count;
    struct augment_own own[AUGMENT_OWN_MAX]; /* one after the other, after all else */
};

/* Does config change anything? */
bool augment_active(const struct augment_config *config);

/* Are all values within 0 and their maximum? error names the first that is not. */
__attribute__((warn_unused_result)) bool augment_check(const struct augment_config *config,
                                                       struct error *error);

/* out [rows, cols] from in [rows, cols]; they must not overlap; 1 <= rows, cols <= IDX_SIDE_MAX.
   config has passed augment_check. Any thread may call it. Each of somebody else's changes has a
   stream of its own: rng_stream(seed ^ hash of its name, RNG_BENDING, epoch, index). */
void augment_image(const struct augment_config *config, uint8_t *out, const uint8_t *in, int rows,
                   int columns, uint64_t seed, uint32_t epoch, uint32_t index);

/* One change, in 16.16 fixed point (65536 = 1). augment_image is augment_apply of augment_draw, then
   somebody else's changes. */
struct augment_change {
    int32_t angle;            /* degrees, |angle| <= 180  */
    int32_t shift_x, shift_y; /* pixels                   */
    int32_t scale;            /* times, 0.5 .. 1.5        */
    int32_t stretch;          /* share, -0.3 .. 0.3       */
    int32_t shear;            /* degrees, |shear| <= 45   */
    int32_t elastic;          /* pixels, 0 = no bend      */
    struct rng field;         /* where the bend is drawn from */
};

struct augment_change augment_draw(const struct augment_config *config, uint64_t seed,
                                   uint32_t epoch, uint32_t index);
void augment_apply(const struct augment_change *change, uint8_t *out, const uint8_t *in, int rows,
                   int columns);

/* Sine of an angle in degrees, both 16.16; |angle| <= 360. Within 1 of the true value's nearest. */
int32_t augment_sine(int32_t angle);

#endif
