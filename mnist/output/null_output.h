/*
 * null_output - an output that discards everything.
 */
#ifndef MNIST_OUTPUT_NULL_OUTPUT_H
#define MNIST_OUTPUT_NULL_OUTPUT_H

#include "mnist/output/output.h"

/* A question (ask) returns an error. Static. */
struct output *null_output(void);

#endif
