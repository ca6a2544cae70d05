/*
 * trainer_fixture - shared by the tests of the trainer: a small network with batch-norm and
 * dropout, images with labels that can be learnt, a config, and a watch that interrupts at a given
 * tick.
 */
#ifndef TESTS_TRAINER_FIXTURE_H
#define TESTS_TRAINER_FIXTURE_H

#include "mnist/base/progress.h"
#include "mnist/nn/train/trainer.h"
#include "tests/unit/mnist/nn/network_fixture.h"

/* 5 batches per epoch, the last one with 13 images. */
enum { IMAGES = 205, VALIDATION = 77, BATCH = 48, EPOCHS = 3 };

extern const struct shape trained_shape; /* 1x10x11 */
extern const char trained_text[];        /* conv, batch-norm, relu, maxpool, dropout, dense */

/* Interrupts once, at tick number `at` (from 1). Initialise it with .watch =
   {interrupting_tick}. */
struct interrupting_watch {
    struct progress watch;
    int ticks, at;
    double done, total;
};
bool interrupting_tick(struct progress *watch, double done, double total);

struct setup {
    struct network *network;
    struct memory_images images, held_out;
    struct data_source training, validation;
    struct trainer_config config;
    struct trainer *trainer;
};

/* EPOCHS epochs with averaged weights, label smoothing and gradient clipping. */
struct trainer_config small_config(void);

/* A trainer of a new network; fails the test on an error. Release with setup_release. */
void setup_make(struct setup *setup, const char *network, struct trainer_config config);
void setup_release(struct setup *setup);

/* trainer_run with a pool of `threads` threads. */
bool setup_run(struct setup *setup, int threads, struct progress *watch,
               const struct trainer_events *events, struct error *error);

/* Trains to the end with two threads; fails the test on an error. */
void setup_finish(struct setup *setup);

/* The hash of the network after an uninterrupted training. */
uint64_t trained_hash(const char *network, struct trainer_config config, int threads);

#endif
