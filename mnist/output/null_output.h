/*
 * null_output - a sink for outputs that nobody wants.
 */
#ifndef MNIST_OUTPUT_NULL_OUTPUT_H
#define MNIST_OUTPUT_NULL_OUTPUT_H

#include "mnist/output/output.h"

/* All that is said is dropped; a question is an error. Static. */
struct output *null_output(void);

#endif
