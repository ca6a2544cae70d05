/*
 * atomic_file - puts a whole new file in a path's place, or leaves everything as it was.
 *
 * The bytes go to a temporary file beside path (temporary.h), to the disk (fsync), and then by
 * rename into place; so whoever opens path sees the old file or the new one, never half of one,
 * even after a power cut. A reader that has the old file mapped keeps the old one. Data sets,
 * models, checkpoints and pictures are written this way.
 */
#ifndef MNIST_BASE_ATOMIC_FILE_H
#define MNIST_BASE_ATOMIC_FILE_H

#include "mnist/base/errors.h"
#include "mnist/base/temporary.h"

#include <stddef.h>

enum { ATOMIC_FILE_PATH_MAX = TEMPORARY_PATH_MAX };

struct atomic_file_part {
    const void *bytes;
    size_t size;
};

/* path's content becomes the pieces, one after another. On failure (no such folder, not allowed,
   disk full) error says which, path is unchanged and no temporary file is left. */
__attribute__((warn_unused_result)) bool atomic_file_write(const char *path,
                                                           const struct atomic_file_part *pieces,
                                                           int count, struct error *error);

/* A folder is replaced as a whole: atomic_folder_begin, then the caller fills `fresh`, then
   atomic_folder. Whoever opens the folder by its path sees the old one or the new one. Where
   the file system cannot exchange two names in one step (RENAME_EXCHANGE; NFS, some FUSE), the old
   folder is set aside as FOLDER.replaced for a moment, and atomic_folder_recover puts it back if
   the process ended just then. */
struct atomic_folder {
    char path[ATOMIC_FILE_PATH_MAX];  /* of the folder, symbolic links resolved */
    char fresh[ATOMIC_FILE_PATH_MAX]; /* the folder to fill, in the same parent */
    char aside[ATOMIC_FILE_PATH_MAX]; /* the old folder's name for that moment  */
    int lock;                         /* on `fresh`, while it is being filled   */
};

/* Makes an empty folder `fresh` and the missing parents; atomic_folder_end ends it. False with
   error set; then nothing is to be cleaned up. */
__attribute__((warn_unused_result)) bool atomic_folder_begin(struct atomic_folder *replace,
                                                             const char *folder,
                                                             struct error *error);

/* Puts fresh, whose files are on the disk, in the folder's place. From then on `fresh` names the
   old folder, or nothing if there was none or an empty one; the caller removes it. On failure
   nothing has changed. */
__attribute__((warn_unused_result)) bool atomic_folder(struct atomic_folder *replace,
                                                       struct error *error);

/* After atomic_folder, or instead of it, and after the caller has removed `fresh`. */
void atomic_folder_end(struct atomic_folder *replace);

/* Puts an old folder back that a process which ended in atomic_folder has left aside. Readers call
   it when they find no folder. True = it was put back. */
bool atomic_folder_recover(const char *folder);

/* Makes folder and its missing parents. Fine if it is there already. */
__attribute__((warn_unused_result)) bool atomic_file_make_folder(const char *folder,
                                                                 struct error *error);

#endif
