/*
 * tables - one family of commands per file of this folder, for builtin_commands.c.
 *
 * Private to builtin_commands.c. Help texts address a student who reads the word for the first
 * time: the standard noun first, then range or unit.
 */
#ifndef MNIST_LANGUAGE_TABLES_TABLES_H
#define MNIST_LANGUAGE_TABLES_TABLES_H

#include "mnist/base/shared_limits.h"
#include "mnist/language/command.h"

#define TABLE_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The fields .parameters and .parameter_count of a command. */
#define TABLE_PARAMETERS(array) .parameters = (array), .parameter_count = TABLE_COUNT(array)

/* The largest index of an image in its set. */
#define TABLE_INDEX_MAX 9999999

/* The largest seed: 32 bits. */
#define TABLE_SEED_MAX 4294967295.0

/* The parameter `model` of a command with the trait COMMAND_NAMED. */
#define TABLE_MODEL                                                                                \
    {                                                                                              \
        .name = "model", .kind = PARAMETER_PATH, .suffix = ".safetensors", .names = NAME_MODEL,    \
        .otherwise = "the session's network",                                                      \
        .help = "name of a saved network, or path of a .safetensors file, for this command only; " \
                "the session's network does not change"                                            \
    }

extern const struct family table_data;
extern const struct family table_preprocess;
extern const struct family table_model;
extern const struct family table_train;
extern const struct family table_evaluate;
extern const struct family table_predict;
extern const struct family table_plot;
extern const struct family table_session;
extern const struct family table_layers;

/* The built-in networks: lenet, fast, keras, best. */
extern const struct choice network_choices[];

/* The values of every parameter `set`: train, validation, test. */
extern const struct choice set_choices[];

#endif
