/*
 * plugins - the registry of plugins, functions that C cells have registered: layers, activations,
 * losses, optimizers, schedules, augmentations, metrics and commands.
 *
 * c_api_plugins.c adds them (register_... in mnist.h). They are called through adapters with the
 * signatures of nn/model/plugin.h and data/augment.h. language/plugin_words.h has their names,
 * parameters and help.
 */
#ifndef MNIST_C_API_PLUGINS_H
#define MNIST_C_API_PLUGINS_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/c_api/include/mnist.h"
#include "mnist/data/augment.h"
#include "mnist/nn/model/plugin.h"

/* Each copies its arguments permanently. False with error set. */
bool plugins_add_layer(const char *name, const struct mnist_layer_plugin *plugin,
                       struct error *error);
bool plugins_add_activation(const char *name, const struct mnist_activation_plugin *plugin,
                            struct error *error);
bool plugins_add_loss(const char *name, mnist_loss_plugin *plugin, struct error *error);
bool plugins_add_optimizer(const char *name, const struct mnist_optimizer_plugin *plugin,
                           struct error *error);
bool plugins_add_schedule(const char *name, mnist_schedule_plugin *plugin, struct error *error);
bool plugins_add_augmentation(const char *name, mnist_augmentation_plugin *plugin,
                              struct error *error);
bool plugins_add_metric(const char *name, mnist_metric_plugin *plugin, struct error *error);
bool plugins_add_command(const char *name, mnist_command_plugin *plugin, struct error *error);

/* The registered command; NULL = none of this name. */
mnist_command_plugin *plugins_command(const char *name);

/* The registered augmentation; false = none of this name. */
bool plugins_augmentation(const char *name, struct augment_plugin *plugin);

/* Calls an augmentation once on a random image in memory with guard zones. False with error set: it
   wrote outside its output, or out of memory. */
bool plugins_try_augmentation(const struct augment_plugin *plugin, int rows, int columns,
                              struct error *error);

/* True if a plugin has ever been registered: a network may still use it. */
bool plugins_any(void);

/* Removes all plugins from the registry; networks and trainings may still use them. */
void plugins_forget(void);

#endif
