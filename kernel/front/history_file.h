/*
 * history_file - the path of the history file and its permissions.
 *
 * history.c calls history_file_path once, and history_file_prepare each time before SQLite opens
 * the file. Cells may contain passwords and paths. Therefore the file and the two that SQLite
 * creates next to it have mode 0600, like the history files of shells.
 */
#ifndef KERNEL_FRONT_HISTORY_FILE_H
#define KERNEL_FRONT_HISTORY_FILE_H

enum { HISTORY_PATH_SIZE = 4096 };

/* $MNIST_HISTORY, otherwise mnist/history.sqlite in $XDG_DATA_HOME or ~/.local/share. */
void history_file_path(char path[HISTORY_PATH_SIZE]);

/* Creates missing parent folders and the file, and removes the permissions of group and others
   from the file, PATH-wal and PATH-shm. Failures are ignored here; SQLite reports them. No SQLite
   connection to the file may be open in this process: close(2) would release the connection's
   locks. */
void history_file_prepare(const char *path);

#endif
