/*
 * temporary - files and folders that are made beside the one whose place they take in the end
 * (atomic_file.h), and what becomes of those whose process was killed.
 *
 *     models/mine.safetensors                   the final file
 *     models/mine.safetensors.4711.tmp          PATH.PID.tmp, or PATH.PID-N.tmp
 *
 * A living process holds a lock (flock) on each that it makes. So another process, on this machine
 * or in another container, knows an abandoned one by the lock that it gets itself; the pid in the
 * name only keeps names apart.
 */
#ifndef MNIST_BASE_TEMPORARY_H
#define MNIST_BASE_TEMPORARY_H

#include <sys/types.h>

enum { TEMPORARY_PATH_MAX = 4096 };

/* Makes an empty file or folder for path and locks it. Returns its descriptor, which is the lock:
   the caller closes it when the name is no longer a temporary one. -1 with errno set. */
int temporary_file(char name[TEMPORARY_PATH_MAX], const char *path);
int temporary_folder(char name[TEMPORARY_PATH_MAX], const char *path, mode_t mode);

/* Removes the user's own abandoned files from a folder; an abandoned folder in it is handed to
   remove_folder (NULL = those stay). What cannot be read or locked stays. */
void temporary_remove_abandoned(const char *folder, void (*remove_folder)(const char *path));

#endif
