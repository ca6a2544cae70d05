/*
 * replace - puts a whole new file in a path's place, or leaves everything as it was.
 *
 * The bytes go to a temporary file beside path, to the disk (fsync), and then by rename into place;
 * so whoever opens path sees the old file or the new one, never half of one, even after a power
 * cut. A reader that has the old file mapped keeps the old one. Data sets, models, checkpoints and pictures are written this way.
 */
#ifndef MNIST_REPLACE_H
#define MNIST_REPLACE_H

#include "mnist/error.h"

#include <stddef.h>

enum { REPLACE_PATH_MAX = 4096 };

struct replace_piece {
    const void *bytes;
    size_t size;
};

/* path's content becomes the pieces, one after another. On failure (no such folder, not allowed,
   disk full) error says which, path is unchanged and no temporary file is left. */
__attribute__((warn_unused_result)) bool replace_file(const char *path,
                                                      const struct replace_piece *pieces, int count,
                                                      struct error *error);

/* Makes folder and its missing parents. Fine if it is there already. */
__attribute__((warn_unused_result)) bool replace_make_folder(const char *folder,
                                                             struct error *error);

#endif
