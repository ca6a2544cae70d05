/*
 * bench_jobs - the five kinds of work that `bench` measures, each done step by step until its rounds are over.
 *
 * bench.c makes a struct bench, lets one of these fill in its rounds, and reports them. They work on a network, images
 * and a plan of their own; of the session they read data, engine, threads and augmentation, and change nothing.
 */
#ifndef MNIST_COMMANDS_BENCH_JOBS_H
#define MNIST_COMMANDS_BENCH_JOBS_H

#include "mnist/commands/bench_rounds.h"

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
    double megabytes;                     /* load: of one step                               */
};

/* Each fills in bench.rounds, and the fields that are its own. False with error: failed, or stopped by the user. */
bool bench_train(struct bench *bench, struct error *error);
bool bench_infer(struct bench *bench, struct error *error);
bool bench_single(struct bench *bench, struct error *error);
bool bench_augment(struct bench *bench, struct error *error);
bool bench_load(struct bench *bench, struct error *error);

#endif
