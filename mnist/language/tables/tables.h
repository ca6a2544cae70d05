/*
 * tables - what the files words_*.c give to vocabulary.c: one family of commands each.
 *
 * Private to the vocabulary. Every entry is written for a student who meets the word for the first time.
 */
#ifndef MNIST_LANGUAGE_TABLES_TABLES_H
#define MNIST_LANGUAGE_TABLES_TABLES_H

#include "mnist/language/vocabulary.h"

#define TABLE_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The fields .parameters and .parameter_count of a command. */
#define TABLE_PARAMETERS(array) .parameters = (array), .parameter_count = TABLE_COUNT(array)

/* An image's place in its set: 0 to the largest set anyone may load. */
#define TABLE_INDEX_MAX 9999999

/* A seed: what fits 32 bits. */
#define TABLE_SEED_MAX 4294967295.0

/* The parameter of a command that may look at a saved network (COMMAND_NAMED). */
#define TABLE_MODEL                                                                                \
    {                                                                                              \
        .name = "model", .kind = PARAMETER_PATH, .suffix = ".safetensors", .names = NAME_MODEL,    \
        .otherwise = "the session's network",                                                      \
        .help =                                                                                    \
            "a saved network's name, or the path of a .safetensors file, for this command alone: " \
            "the session's network stays"                                                          \
    }

extern const struct family words_data;
extern const struct family words_preprocess;
extern const struct family words_model;
extern const struct family words_train;
extern const struct family words_evaluate;
extern const struct family words_predict;
extern const struct family words_plot;
extern const struct family words_session;
extern const struct family words_layers;

/* lenet, fast, keras, best: the networks that are built in. */
extern const struct choice words_recipes[];

/* train, validation, test: of every `set=`. */
extern const struct choice words_sets[];

#endif
