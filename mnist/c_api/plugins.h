/*
 * plugins - what cells of C have registered: layers, activations, losses, optimizers, schedules,
 * augmentations, metrics and commands.
 *
 * c_api_plugins.c adds them (mnist.h: register_...). Here the user's functions are called, in the shape
 * that nn/plugin.h and data/augment.h want. Words and their help go to language/plugin_words.h.
 */
#ifndef MNIST_C_API_PLUGINS_H
#define MNIST_C_API_PLUGINS_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/c_api/include/mnist.h"
#include "mnist/data/augment.h"
#include "mnist/nn/model/plugin.h"

/* Each keeps a copy of what it is given for good, and returns false with error when it cannot. */
bool plugins_add_layer(const char *name, const struct mnist_layer_part *part, struct error *error);
bool plugins_add_activation(const char *name, const struct mnist_activation_part *part,
                            struct error *error);
bool plugins_add_loss(const char *name, mnist_loss_part *part, struct error *error);
bool plugins_add_optimizer(const char *name, const struct mnist_optimizer_part *part,
                           struct error *error);
bool plugins_add_schedule(const char *name, mnist_schedule_part *part, struct error *error);
bool plugins_add_augmentation(const char *name, mnist_augmentation_part *part, struct error *error);
bool plugins_add_metric(const char *name, mnist_metric_part *part, struct error *error);
bool plugins_add_command(const char *name, mnist_command_part *part, struct error *error);

/* NULL = there is none of this name. */
mnist_command_part *plugins_command(const char *name);

/* The registered augmentation; false = there is none of this name. */
bool plugins_augmentation(const char *name, struct augment_plugin *plugin);

/* Runs it once on an image of noise, with memory that is watched. False with error: it wrote beyond it, or there is none. */
bool plugins_try_augmentation(const struct augment_plugin *plugin, int rows, int columns,
                              struct error *error);

/* Something has been registered, even if it is forgotten by now: a network may hold it. */
bool plugins_any(void);

/* Nothing is found any more. */
void plugins_forget(void);

#endif
