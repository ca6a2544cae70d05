/*
 * decision_fixture - measures how close a training pass is to a different decision, and generates
 * images that keep a distance.
 *
 * A relu passes its input or not, and a maxpool passes one value of each window. (A leakyrelu has
 * two slopes, and an elu as well if alpha is not 1; "relu" includes both below.) These decisions
 * are discontinuous: if the input of a relu is near 0, or the two largest values of a window are
 * nearly equal, a different rounding of the same sum can change the decision, and gradients then
 * differ by much more than rounding. Engines round differently, and so does OpenBLAS on different
 * processors. Tests that compare gradients through a relu or a maximum must therefore use images
 * that keep a margin from ties.
 *
 * The margin of an image is the minimum of |x| over all inputs x of relus, and of the difference
 * between the two largest values over all windows, each relative to the root mean square of the
 * layer's input. A window whose values have all been set to 0 by the relu before it passes no
 * gradient and is not counted.
 */
#ifndef TESTS_DECISION_FIXTURE_H
#define TESTS_DECISION_FIXTURE_H

#include <stdint.h>

#include "mnist/nn/engine/engine.h"
#include "tests/unit/mnist/nn/network_fixture.h"

/* Epoch and seed of the dropout: every test passes them to plan_train. */
enum { DECISION_EPOCH = 1, DECISION_SEED = 5 };

/* All relus and maximum layers of a network, observed during a training pass on one engine. */
struct decisions;

/* Creates the observed network of the text (network_from_text), for batches of count images. Fails
   the test if memory runs out. Caller frees with decisions_free. */
struct decisions *decisions_new(const struct engine *engine, const char *text, struct shape shape,
                                int count);
void decisions_free(struct decisions **decisions);

/* Runs one training pass with these values of the network. Returns the smallest margin of all
   images. hash (NULL = not needed) is equal for two passes if and only if all decisions are equal
   (up to hash collisions). */
double decisions_margin(struct decisions *decisions, const float *values,
                        struct memory_images *images, uint64_t *hash);

/* Like memory_images_make, but with a margin of at least `margin` for the network of the text with
   its initial values (seed). Images below the margin are generated again, or all images if the
   network has a batchnorm, through which each image affects the others. The images are the same on
   every processor. Fails the test if no images are found. Release with memory_images_release. */
struct memory_images decided_images_make(const char *text, struct shape shape, uint64_t seed,
                                         int count, double margin);

#endif
