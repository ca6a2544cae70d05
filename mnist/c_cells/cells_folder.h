/*
 * cells_folder - where a session's cells of C are written and compiled: $TMPDIR/mnist-c-XXXXXX, or below /tmp.
 *
 * The session removes it in the end. Killed together with its kernel it cannot: so a folder is locked (flock) for as long
 * as one of the session's processes lives, and every new session removes those that no process has locked.
 */
#ifndef MNIST_C_CELLS_CELLS_FOLDER_H
#define MNIST_C_CELLS_CELLS_FOLDER_H

#include <stdbool.h>

#include "mnist/base/errors.h"

enum { CELLS_FOLDER_SIZE = 256 };

/* Makes the folder, or takes part in the lock of the one that path names: "" = make one; so it is, with another path,
   when that is gone. The lock that is returned is a descriptor: of this process and of its forks, not of what they
   execute. -1 with error set. */
int cells_folder_lock(char path[CELLS_FOLDER_SIZE], struct error *error);

/* Removes the folders of sessions that were killed, which no living process has locked. */
void cells_folder_remove_abandoned(void);

/* With all that is in it. */
void cells_folder_remove(const char *path);

#endif
