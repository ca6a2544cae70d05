/*
 * project_paths - the folders of data, models and gnuplot templates, and the paths of helper
 * programs.
 *
 * HOME is $MNIST_HOME; or the project's folder if the program runs from its build tree; or the
 * user's data folder ($XDG_DATA_HOME/mnist, ~/.local/share/mnist). It is determined once, at the
 * start of a session.
 *
 *     HOME/data/raw              MNIST, four IDX files
 *     HOME/data/fashion          Fashion-MNIST
 *     HOME/data/processed/NAME   `preprocess save=NAME`
 *     HOME/models/NAME.safetensors
 */
#ifndef MNIST_WORKSPACE_PROJECT_PATHS_H
#define MNIST_WORKSPACE_PROJECT_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"

enum { PROJECT_PATHS_SIZE = 1024 };

struct project_paths {
    char home[PROJECT_PATHS_SIZE];
    bool in_project;                    /* home is the project's source folder              */
    char data[PROJECT_PATHS_SIZE];      /* HOME/data, or $MNIST_DATA                        */
    char models[PROJECT_PATHS_SIZE];    /* HOME/models                                      */
    char clang[PROJECT_PATHS_SIZE];     /* mnist-clang: next to this program, or libexec/   */
    char fetch[PROJECT_PATHS_SIZE];     /* download script: .make/, or share/mnist          */
    char include[PROJECT_PATHS_SIZE];   /* folder of mnist.h: in the sources, or share/     */
    char templates[PROJECT_PATHS_SIZE]; /* folder of .gp files: plots/, or share/mnist/plots */
};

/* executable is argv[0]. False with error set if a path is longer than PROJECT_PATHS_SIZE. */
bool project_paths_find(struct project_paths *places, const char *executable, struct error *error);

/* path = folder/name + suffix. False with error set if it does not fit. */
bool project_paths_join(char path[PROJECT_PATHS_SIZE], const char *folder, const char *name,
                        const char *suffix, struct error *error);

bool project_paths_exists(const char *path);

/* The path for messages: relative to the project's folder if it is below that
   ("models/mine.safetensors"), else unchanged. Borrowed from path. */
const char *project_paths_shown(const struct project_paths *places, const char *path);

#endif
