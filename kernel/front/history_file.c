/*
 * history_file - the path of the history file and its permissions.
 */
#include "kernel/front/history_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mnist/base/atomic_file.h"

enum { OTHERS = S_IRWXG | S_IRWXO };

void history_file_path(char path[HISTORY_PATH_SIZE])
{
    const char *file = getenv("MNIST_HISTORY"), *data = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    if (file != NULL && *file != '\0')
        snprintf(path, HISTORY_PATH_SIZE, "%s", file);
    else if (data != NULL && *data == '/')
        snprintf(path, HISTORY_PATH_SIZE, "%s/mnist/history.sqlite", data);
    else
        snprintf(path, HISTORY_PATH_SIZE, "%s/.local/share/mnist/history.sqlite",
                 home != NULL ? home : "");
}

/* The folder of the file. A failure is reported when the file is opened. */
static void make_folder(const char *path)
{
    char folder[HISTORY_PATH_SIZE];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return;
    *slash = '\0';
    bool made = atomic_file_make_folder(folder, 0700, NULL);
    (void)made;
}

/* Removes all permissions of group and others from a regular file. */
static void make_private(const char *path, const char *suffix)
{
    struct stat status;
    char whole[HISTORY_PATH_SIZE + 8];
    snprintf(whole, sizeof whole, "%s%s", path, suffix);
    if (stat(whole, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & OTHERS) != 0)
        (void)chmod(whole, status.st_mode & (mode_t)(07777 & ~OTHERS));
}

void history_file_prepare(const char *path)
{
    make_folder(path);
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file >= 0)
        close(file);
    make_private(path, "");
    make_private(path, "-wal");
    make_private(path, "-shm");
}
