/*
 * history_file - where the history file is, and who may read it.
 *
 * history.c asks for the path once and prepares the file each time before SQLite opens it. Cells may
 * contain passwords and paths, so the file and the two that SQLite puts next to it are for their
 * owner alone (mode 0600), like the histories of shells.
 */
#ifndef KERNEL_FRONT_HISTORY_FILE_H
#define KERNEL_FRONT_HISTORY_FILE_H

enum { HISTORY_PATH_SIZE = 4096 };

/* $MNIST_HISTORY, else mnist/history.sqlite under $XDG_DATA_HOME or ~/.local/share. */
void history_file_path(char path[HISTORY_PATH_SIZE]);

/* Makes the folders above the file and the file itself if they are missing, and takes the rights of
   group and others from the file, PATH-wal and PATH-shm. Failures are left for SQLite to report.
   No SQLite connection to the file may be open in this process: its locks would be lost. */
void history_file_prepare(const char *path);

#endif
