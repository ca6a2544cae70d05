/*
 * project_paths - where things lie: data, models, gnuplot templates.
 *
 * Home is $MNIST_HOME, or the project's folder when the program runs from its build tree, or the
 * user's data folder ($XDG_DATA_HOME/mnist, ~/.local/share/mnist). Asked once, when a session
 * begins.
 *
 *     HOME/data/raw         MNIST's four IDX files          HOME/data/processed/NAME   what `preprocess save=` wrote
 *     HOME/data/fashion     Fashion-MNIST's                 HOME/models/NAME.safetensors
 */
#ifndef MNIST_WORKSPACE_PROJECT_PATHS_H
#define MNIST_WORKSPACE_PROJECT_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"

enum { PROJECT_PATHS_SIZE = 1024 };

struct project_paths {
    char home[PROJECT_PATHS_SIZE];
    bool in_project; /* home is the project's source folder,                           */
    char data[PROJECT_PATHS_SIZE]; /* HOME/data, or $MNIST_DATA                                  */
    char
        models[PROJECT_PATHS_SIZE]; /* HOME/models                                                */
    char clang
        [PROJECT_PATHS_SIZE]; /* the program that reads C: beside this one, or in libexec/mnist */
    char fetch
        [PROJECT_PATHS_SIZE]; /* the script that downloads data: in .make/, or in share/mnist   */
    char include
        [PROJECT_PATHS_SIZE]; /* the folder of mnist.h: beside the sources, or share/mnist      */
    char templates
        [PROJECT_PATHS_SIZE]; /* the .gp files: beside the sources, or in share/mnist/plots */
};

/* executable is argv[0]. False with error when paths are longer than PROJECT_PATHS_SIZE. */
bool project_paths_find(struct project_paths *places, const char *executable, struct error *error);

/* path = folder/name + suffix. False with error when it does not fit. */
bool project_paths_join(char path[PROJECT_PATHS_SIZE], const char *folder, const char *name,
                        const char *suffix, struct error *error);

bool project_paths_exists(const char *path);

/* The path as it is said to the reader: below the project's folder without that folder
   ("models/mine.safetensors"), elsewhere as it is. Borrowed from path. */
const char *project_paths_shown(const struct project_paths *places, const char *path);

#endif
