/*
 * atomic_file - replaces a file or folder completely or not at all.
 *
 * The bytes are written to a temporary file in the same folder (temporary.h), flushed to the disk
 * (fsync), and renamed to the final path. A process that opens the path sees the old or the new
 * file, never a part of one, also after a power cut. A process that has mapped the old file keeps
 * it. Data sets, models, checkpoints and pictures are written this way.
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

/* Writes the parts, one after another, as the new content of path. On failure (no such folder, no
   permission, disk full) error states the reason, path is unchanged and no temporary file is left.
   */
__attribute__((warn_unused_result)) bool atomic_file_write(const char *path,
                                                           const struct atomic_file_part *parts,
                                                           int count, struct error *error);

/* Replacement of a folder: atomic_folder_begin creates `fresh`, the caller fills it, atomic_folder
   exchanges it with the old folder. A process that opens the folder by its path sees the old or the
   new one. If the file system cannot exchange two names in one step (RENAME_EXCHANGE; NFS, some
   FUSE), the old folder is briefly renamed to FOLDER.replaced; if the process ends at that moment,
   atomic_folder_recover restores it. */
struct atomic_folder {
    char path[ATOMIC_FILE_PATH_MAX];  /* of the folder, symbolic links resolved */
    char fresh[ATOMIC_FILE_PATH_MAX]; /* the folder to fill, in the same parent */
    char aside[ATOMIC_FILE_PATH_MAX]; /* FOLDER.replaced                        */
    int lock;                         /* on `fresh`                             */
};

/* Creates the empty folder `fresh` and missing parents of folder. On success the caller must call
   atomic_folder_end. */
__attribute__((warn_unused_result)) bool atomic_folder_begin(struct atomic_folder *replace,
                                                             const char *folder,
                                                             struct error *error);

/* Replaces the folder by `fresh`, whose files must be on the disk (fsync). Afterwards `fresh` names
   the old folder, which the caller removes, or nothing if the old folder was missing or empty. On
   failure nothing has changed. */
__attribute__((warn_unused_result)) bool atomic_folder(struct atomic_folder *replace,
                                                       struct error *error);

/* Releases the lock, with or without a call of atomic_folder, after the caller has removed `fresh`.
   */
void atomic_folder_end(struct atomic_folder *replace);

/* Restores FOLDER.replaced if a process ended within atomic_folder. Readers call it when the folder
   is missing. True = it was restored. */
bool atomic_folder_recover(const char *folder);

/* Creates folder and its missing parents with this mode; an existing folder is no error. */
__attribute__((warn_unused_result)) bool atomic_file_make_folder(const char *folder, mode_t mode,
                                                                 struct error *error);

#endif
