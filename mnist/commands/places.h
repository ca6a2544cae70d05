/*
 * places - where things lie: data, models, gnuplot templates.
 *
 * Home is $MNIST_HOME, or the project's folder when the program runs from its build tree, or the user's data folder
 * ($XDG_DATA_HOME/mnist, ~/.local/share/mnist). Asked once, when a session begins.
 *
 *     HOME/data/raw         MNIST's four IDX files          HOME/data/processed/NAME   what `preprocess save=` wrote
 *     HOME/data/fashion     Fashion-MNIST's                 HOME/models/NAME.safetensors
 */
#ifndef MNIST_COMMANDS_PLACES_H
#define MNIST_COMMANDS_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/error.h"

enum { PLACE_SIZE = 1024 };

struct places {
    char home[PLACE_SIZE];
    bool in_project;            /* home is the project's source folder,                           */
    char data[PLACE_SIZE];      /* HOME/data, or $MNIST_DATA                                  */
    char models[PLACE_SIZE];    /* HOME/models                                                */
    char clang[PLACE_SIZE];     /* the program that reads C: beside this one, or in libexec/mnist */
    char fetch[PLACE_SIZE];     /* the script that downloads data: in .make/, or in share/mnist   */
    char include[PLACE_SIZE];   /* the folder of mnist.h: beside the sources, or share/mnist      */
    char templates[PLACE_SIZE]; /* the .gp files: beside the sources, or in share/mnist/plots */
};

/* executable is argv[0]. False with error when paths are longer than PLACE_SIZE. */
bool places_find(struct places *places, const char *executable, struct error *error);

/* path = folder/name + suffix. False with error when it does not fit. */
bool places_join(char path[PLACE_SIZE], const char *folder, const char *name, const char *suffix,
                 struct error *error);

bool places_exists(const char *path);

/* The path as it is said to the reader: below the project's folder without that folder
   ("models/mine.safetensors"), elsewhere as it is. Borrowed from path. */
const char *places_shown(const struct places *places, const char *path);

#endif
