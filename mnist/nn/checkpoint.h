/*
 * checkpoint - a training in progress, on disk: a model file that also holds what a trainer needs
 * to go on.
 *
 * Beside the weights to show (which any reader of model files sees) it carries, under names that
 * begin with "trainer." and "optimizer.", the raw weights, averaged weights, best weights and
 * moments, and as metadata the position, config and history. Training resumed from it gives the
 * same bits as training never stopped.
 */
#ifndef MNIST_NN_CHECKPOINT_H
#define MNIST_NN_CHECKPOINT_H

#include "mnist/error.h"
#include "mnist/nn/model_file.h"
#include "mnist/nn/trainer.h"

/* Writes trainer's state and the caller's pairs to path, as model_file_save does. */
__attribute__((warn_unused_result)) bool checkpoint_save(const char *path, struct trainer *trainer,
                                                         const struct model_pair *pairs,
                                                         int pair_count, struct error *error);

/* The config that the checkpoint's training had, to make a trainer of. ERROR_DATA when file is no
 * checkpoint. */
__attribute__((warn_unused_result)) bool checkpoint_config(const struct model_file *file,
                                                           struct trainer_config *config,
                                                           struct error *error);

/* Puts the state into trainer, made for the same network, config and number of images. trainer is
 * untouched on failure. */
__attribute__((warn_unused_result)) bool checkpoint_load(const struct model_file *file,
                                                         struct trainer *trainer,
                                                         struct error *error);

#endif
