/*
 * bench_jobs - the kinds of work that `bench` measures, each done step by step until its rounds are
 * over.
 *
 * bench.c makes a struct bench, lets one of these fill in its rounds, and reports them. They work
 * on a network, images and a plan of their own; of the session they read data, engine, threads and
 * augmentation, and change nothing.
 */
#ifndef MNIST_BENCH_BENCH_JOBS_H
#define MNIST_BENCH_BENCH_JOBS_H

#include <jansson.h>

#include "mnist/bench/bench_rounds.h"
#include "mnist/nn/engine/plan.h"

enum { BENCH_WAYS = 3 }; /* forward, gradient of the weights, gradient of the input */

/* What a stage of the plan takes for an image, on one thread. */
struct bench_stage {
    int first, count; /* its layers                   */
    double us[BENCH_WAYS];
    double mflop[BENCH_WAYS]; /* executed */
};

struct bench {
    struct session *session;
    int batch; /* images of a step: train, infer                   */
    double seconds;
    const struct dataset *dataset;        /* whose training images are used                  */
    const struct augment_config *augment; /* train, augment: what is done to them            */
    const struct network *network;        /* train, infer, single; its values are not written */
    struct bench_rounds rounds;           /* what came of it                                 */
    double multiply_adds;                 /* train, infer: that were executed for an image   */
    double median_us, p99_us;             /* single: of one image                            */
    struct bench_stage stages[PLAN_STAGES_MAX]; /* layers */
    int stage_count;
    double megabytes; /* load: of one step                               */
};

/* Of a whole number of batches, at least 64; those of the training set in their order, again and
   again. NULL with error when memory runs out. Caller frees. */
struct data_loader *bench_images(const struct bench *bench, int batch,
                                 const struct augment_config *augment, struct error *error);

/* What a job returns when its steps are over: false with error if the user stopped them. */
bool bench_ended(const struct bench *bench, struct error *error);

/* Each fills in bench.rounds, and the fields that are its own. False with error: failed, or stopped
   by the user. */
bool bench_train(struct bench *bench, struct error *error);
bool bench_infer(struct bench *bench, struct error *error);
bool bench_single(struct bench *bench, struct error *error);
bool bench_augment(struct bench *bench, struct error *error);
bool bench_load(struct bench *bench, struct error *error);
bool bench_layers(struct bench *bench, struct error *error);

/* What bench_layers found, as a table, which the caller frees, and as rows, which it fills. */
struct table *bench_layers_table(struct bench *bench, json_t *rows);

#endif
