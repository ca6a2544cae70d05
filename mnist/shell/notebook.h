/*
 * notebook - the code cells of a Jupyter notebook, for `mnist run NOTEBOOK.ipynb`.
 *
 * main.c reads the file and runs the cells in order. The format is nbformat 4: a JSON object with
 * "nbformat", "cells" (each with "cell_type", "source" and "metadata") and "metadata", which states
 * the language. Outputs, attachments and Markdown cells are ignored. A cell with the tag
 * raises-exception may fail, as in nbconvert.
 */
#ifndef MNIST_SHELL_NOTEBOOK_H
#define MNIST_SHELL_NOTEBOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"

enum { NOTEBOOK_CELLS_MAX = 100000, NOTEBOOK_SIZE_MAX = 256 * 1024 * 1024 };

struct notebook_cell {
    char *source;
    bool may_fail;
};

struct notebook {
    struct notebook_cell *cells; /* the code cells in order */
    size_t count;
};

/* True if the path ends in .ipynb or the text begins with `{`, which no command does. */
bool notebook_is_one(const char *path, const char *text);

/* Parses a notebook. path: for messages. False with error set: the text is not a notebook of
   nbformat 4, or is one for another language. Caller releases with notebook_release. */
__attribute__((warn_unused_result)) bool notebook_read(struct notebook *notebook, const char *path,
                                                       const char *text, size_t size,
                                                       struct error *error);
void notebook_release(struct notebook *notebook);

#endif
