/*
 * plugin_calls - which threads are inside a plugin, a function that a C cell has registered.
 *
 * plugins.c calls plugin_calls_enter and plugin_calls_leave around each call, on any thread. The
 * signal handler of crash.c uses the two queries of plugin_calls_watch to distinguish a slow
 * training from a plugin that does not return.
 */
#ifndef MNIST_C_API_PLUGIN_CALLS_H
#define MNIST_C_API_PLUGIN_CALLS_H

#include "mnist/c_cells/faults/crash.h"

/* Around each call. */
void plugin_calls_enter(void);
void plugin_calls_leave(void);

/* The queries for crash_watch_begin and crash_commands_begin. Static. */
const struct crash_plugins *plugin_calls_watch(void);

#endif
