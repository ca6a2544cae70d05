/*
 * cells_folder - made, locked, removed.
 */
#include "mnist/c/cells_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "mnist-c-"

enum { DEPTH = 8, TRIES = 100 };

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

void cells_folder_remove(const char *path)
{
    nftw(path, remove_entry, DEPTH, FTW_DEPTH | FTW_PHYS);
}

/* The descriptor of an own folder with the lock, LOCK_SH or LOCK_EX | LOCK_NB; -1 = it is none, is gone, or is locked. */
static int lock(const char *path, int how)
{
    struct stat status;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return -1;
    /* That nobody has removed it meanwhile is known only with the lock. */
    if (fstat(folder, &status) == 0 && status.st_uid == geteuid() && flock(folder, how) == 0 &&
        fstat(folder, &status) == 0 && status.st_nlink > 0)
        return folder;
    close(folder);
    return -1;
}

static void remove_abandoned(const char *parent)
{
    DIR *entries = opendir(parent);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[CELLS_FOLDER_SIZE];
        if (strncmp(entry->d_name, NAME, strlen(NAME)) != 0 ||
            snprintf(path, sizeof path, "%s/%s", parent, entry->d_name) >= (int)sizeof path)
            continue;
        int alone = lock(path, LOCK_EX | LOCK_NB);
        if (alone < 0)
            continue;
        cells_folder_remove(path);
        close(alone);
    }
    if (entries != NULL)
        closedir(entries);
}

int cells_folder_lock(char path[CELLS_FOLDER_SIZE], struct error *error)
{
    const char *parent = getenv("TMPDIR");
    int locked = path[0] != '\0' ? lock(path, LOCK_SH) : -1;
    if (locked >= 0)
        return locked;
    if (parent == NULL || strlen(parent) >= CELLS_FOLDER_SIZE / 2)
        parent = "/tmp";
    remove_abandoned(parent);
    for (int i = 0; locked < 0 && i < TRIES; i++) { /* another may remove it before it is locked */
        snprintf(path, CELLS_FOLDER_SIZE, "%s/" NAME "XXXXXX", parent);
        if (mkdtemp(path) == NULL)
            break;
        locked = lock(path, LOCK_SH);
    }
    if (locked < 0) {
        error_system(error, "no folder for cells of C can be made: %s", path);
        path[0] = '\0';
    }
    return locked;
}
