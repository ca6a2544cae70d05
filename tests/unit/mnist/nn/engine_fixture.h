/*
 * engine_fixture - shared by the tests that run every layer, forward and backward, on every engine
 * that this processor can run: the reference engine, and the native engine on each instruction set.
 *
 * Three checks are offered. By reference: logits, loss, all gradients and running statistics of
 * small networks equal PyTorch's (double precision) up to rounding; tests/reference/
 * make_reference.py generates the values. By law: gradients equal finite differences of the loss.
 * By hand: the outputs of a network, or the gradients of one training step.
 */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mnist/nn/engine/plan.h"
#include "tests/unit/mnist/nn/network_fixture.h"

extern const struct engine *tested_engine; /* set by run_on_every_engine */

/* Runs the tests once for each engine. Returns the number of failed tests. */
int run_on_every_engine(const struct CMUnitTest *tests, size_t count);

/* Skips the current test on plain C, on which finite differences would take minutes.
   test_native.c shows that its bits equal those of the other instruction sets. */
void skip_if_slow(void);

/* Compares all cases of a file of tests/reference/. Returns the number of cases. */
int compare_with_pytorch(const char *file_name);

/* Asserts that the gradients of up to 7 values of each tensor equal finite differences of the loss,
   for one batch of count images and the network's initial values. */
void check_gradients(const char *text, struct shape shape, int count);

/* The output of the network's last layer for the image x. */
void predict_outputs(const char *text, struct shape shape, const float *x, float *output);

/* One batch, forward and backward. */
struct bench {
    struct network *network;
    struct memory_images images;
    struct thread_pool *pool;
    struct plan *plan;
    float smoothing;
};

/* The network and the images are consumed. Release with bench_release. */
struct bench bench_make(struct network *network, struct memory_images images);
void bench_release(struct bench *bench);

/* Returns the mean loss of the batch and computes the network's gradients. */
double bench_step(struct bench *bench);

#endif
