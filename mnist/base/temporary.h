/*
 * temporary - temporary files and folders next to their final path (atomic_file.h), and removal of
 * those whose process was killed.
 *
 *     models/mine.safetensors                   the final file
 *     models/mine.safetensors.4711.tmp          PATH.PID.tmp, or PATH.PID-N.tmp
 *
 * A process holds a lock (flock) on each temporary file that it has created. A file whose lock
 * another process can acquire, on this machine or in another container, is therefore abandoned. The
 * pid only makes names unique.
 */
#ifndef MNIST_BASE_TEMPORARY_H
#define MNIST_BASE_TEMPORARY_H

#include <sys/types.h>

enum { TEMPORARY_PATH_MAX = 4096 };

/* Creates an empty file or folder for path and locks it. Returns its descriptor, which holds the
   lock; the caller closes it after the rename. -1 with errno set. */
int temporary_file(char name[TEMPORARY_PATH_MAX], const char *path);
int temporary_folder(char name[TEMPORARY_PATH_MAX], const char *path, mode_t mode);

/* Removes the user's abandoned files from a folder. remove_folder removes abandoned folders; NULL
   keeps them. Files that cannot be read or locked are kept. */
void temporary_remove_abandoned(const char *folder, void (*remove_folder)(const char *path));

#endif
