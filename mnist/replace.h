/*
 * replace - puts a whole new file in a path's place, or leaves everything as it was.
 *
 * The bytes go to a temporary file beside path (temporary.h), to the disk (fsync), and then by rename into place;
 * so whoever opens path sees the old file or the new one, never half of one, even after a power
 * cut. A reader that has the old file mapped keeps the old one. Data sets, models, checkpoints and pictures are written this way.
 */
#ifndef MNIST_REPLACE_H
#define MNIST_REPLACE_H

#include "mnist/error.h"
#include "mnist/temporary.h"

#include <stddef.h>

enum { REPLACE_PATH_MAX = TEMPORARY_PATH_MAX };

struct replace_piece {
    const void *bytes;
    size_t size;
};

/* path's content becomes the pieces, one after another. On failure (no such folder, not allowed,
   disk full) error says which, path is unchanged and no temporary file is left. */
__attribute__((warn_unused_result)) bool replace_file(const char *path,
                                                      const struct replace_piece *pieces, int count,
                                                      struct error *error);

/* A folder is replaced as a whole: replace_folder_begin, then the caller fills `fresh`, then
   replace_folder. Whoever opens the folder by its path sees the old one or the new one. Where
   the file system cannot exchange two names in one step (RENAME_EXCHANGE; NFS, some FUSE), the old
   folder is set aside as FOLDER.replaced for a moment, and replace_folder_recover puts it back if
   the process ended just then. */
struct replace_folder {
    char path[REPLACE_PATH_MAX];  /* of the folder, symbolic links resolved */
    char fresh[REPLACE_PATH_MAX]; /* the folder to fill, in the same parent */
    char aside[REPLACE_PATH_MAX]; /* the old folder's name for that moment  */
    int lock;                     /* on `fresh`, while it is being filled   */
};

/* Makes an empty folder `fresh` and the missing parents; replace_folder_end ends it. False with
   error set; then nothing is to be cleaned up. */
__attribute__((warn_unused_result)) bool replace_folder_begin(struct replace_folder *replace,
                                                              const char *folder,
                                                              struct error *error);

/* Puts fresh, whose files are on the disk, in the folder's place. From then on `fresh` names the
   old folder, or nothing if there was none or an empty one; the caller removes it. On failure
   nothing has changed. */
__attribute__((warn_unused_result)) bool replace_folder(struct replace_folder *replace,
                                                        struct error *error);

/* After replace_folder, or instead of it, and after the caller has removed `fresh`. */
void replace_folder_end(struct replace_folder *replace);

/* Puts an old folder back that a process which ended in replace_folder has left aside. Readers call
   it when they find no folder. True = it was put back. */
bool replace_folder_recover(const char *folder);

/* Makes folder and its missing parents. Fine if it is there already. */
__attribute__((warn_unused_result)) bool replace_make_folder(const char *folder,
                                                             struct error *error);

#endif
