/*
 * bench_jobs - the workloads that `bench` measures, each executed step by step until its rounds are
 * complete.
 *
 * bench.c initialises a struct bench, calls one of the bench_ functions, which fills in the rounds,
 * and reports them. The workloads have their own network, images and plan; they read data, engine,
 * threads and augmentation of the session and change nothing in it.
 */
#ifndef MNIST_BENCH_BENCH_JOBS_H
#define MNIST_BENCH_BENCH_JOBS_H

#include <jansson.h>

#include "mnist/bench/bench_rounds.h"
#include "mnist/nn/engine/plan.h"

enum { BENCH_WAYS = 3 }; /* forward, gradient of the weights, gradient of the input */

/* The cost of a stage of the plan for one image, on one thread. */
struct bench_stage {
    int first, count; /* its layers */
    double us[BENCH_WAYS];
    double mflop[BENCH_WAYS]; /* executed */
};

struct bench {
    struct session *session;
    int batch; /* images of a step: train, infer */
    double seconds;
    const struct dataset *dataset;              /* its training images are used           */
    const struct augment_config *augment;       /* train, augment                         */
    const struct network *network;              /* train, infer, single; not written      */
    struct bench_rounds rounds;                 /* the measurements                       */
    double multiply_adds;                       /* train, infer: executed for an image    */
    double median_us, p99_us;                   /* single: time of one image              */
    struct bench_stage stages[PLAN_STAGES_MAX]; /* layers */
    int stage_count;
    double megabytes; /* load: of one step */
};

/* A data loader over a whole number of batches, at least 64: the training images in their order,
   repeated. NULL with error set if memory runs out. Caller frees. */
struct data_loader *bench_images(const struct bench *bench, int batch,
                                 const struct augment_config *augment, struct error *error);

/* The result of a workload after its last step: false with error set if the user stopped it. */
bool bench_ended(const struct bench *bench, struct error *error);

/* Each fills in bench->rounds and its own fields. False with error set: failed, or stopped by the
   user. */
bool bench_train(struct bench *bench, struct error *error);
bool bench_infer(struct bench *bench, struct error *error);
bool bench_single(struct bench *bench, struct error *error);
bool bench_augment(struct bench *bench, struct error *error);
bool bench_load(struct bench *bench, struct error *error);
bool bench_layers(struct bench *bench, struct error *error);

/* The result of bench_layers: a table, which the caller frees, and rows, to which objects are
   appended. */
struct table *bench_layers_table(struct bench *bench, json_t *rows);

#endif
