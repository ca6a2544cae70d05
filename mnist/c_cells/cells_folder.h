/*
 * cells_folder - the temporary folder of a session's C cells, $TMPDIR/mnist-c-XXXXXX (default:
 * /tmp): texts of cells, shared objects, logs of sanitizers.
 *
 * The session removes its folder when it ends. A session that is killed cannot, so each process of
 * a session holds a shared lock of the folder (flock), and each new session removes the folders
 * that no process has locked.
 */
#ifndef MNIST_C_CELLS_CELLS_FOLDER_H
#define MNIST_C_CELLS_CELLS_FOLDER_H

#include <stdbool.h>

#include "mnist/base/errors.h"

enum { CELLS_FOLDER_SIZE = 256 };

/* Locks the folder `path`. If path is "" or the folder does not exist any more, makes a new folder
   and writes its path. Returns a descriptor that holds the lock, in this process and its forks, but
   not after execve(2). -1 with error set. */
int cells_folder_lock(char path[CELLS_FOLDER_SIZE], struct error *error);

/* Removes the folders of killed sessions: those that no process has locked. */
void cells_folder_remove_abandoned(void);

/* Removes the folder and its content. */
void cells_folder_remove(const char *path);

#endif
