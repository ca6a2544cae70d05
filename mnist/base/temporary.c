/*
 * temporary - create, lock, then check that the name still exists: another process may remove the
 * file as abandoned between the first two steps.
 */
#include "mnist/base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char suffix[] = ".tmp";

enum { TRIES = 100 };

static int set_errno(int number)
{
    errno = number;
    return -1;
}

static bool make_name(char name[TEMPORARY_PATH_MAX], const char *path, int number)
{
    char more[16] = "";
    if (number > 0)
        snprintf(more, sizeof more, "-%d", number);
    int length =
        snprintf(name, TEMPORARY_PATH_MAX, "%s.%ld%s%s", path, (long)getpid(), more, suffix);
    return length >= 0 && length < TEMPORARY_PATH_MAX;
}

/* "x.4711.tmp", "x.4711-2.tmp" */
static bool is_temporary(const char *name)
{
    size_t length = strlen(name), end = sizeof suffix - 1;
    if (length <= end || strcmp(name + length - end, suffix) != 0)
        return false;
    size_t at = length - end, digits = 0;
    for (; at > 0 && (strchr("0123456789-", name[at - 1]) != NULL); at--)
        digits++;
    return digits > 0 && at > 1 && name[at - 1] == '.' && name[at] != '-';
}

/* False if another process has locked or removed the file. On file systems without locks, files are
   never abandoned. */
static bool lock(int file)
{
    struct stat status;
    if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return false;
    return fstat(file, &status) == 0 && status.st_nlink > 0;
}

/* A new, locked file or folder; -1 with errno set, EEXIST if the name is in use. */
static int make(const char *name, bool folder, mode_t mode)
{
    if (folder && mkdir(name, mode) < 0)
        return -1;
    int file = folder ? open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                      : open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0 && folder) {
        int number = errno;
        rmdir(name);
        return set_errno(number);
    }
    if (file < 0 || lock(file))
        return file;
    close(file);
    return set_errno(EEXIST);
}

static int make_any(char name[TEMPORARY_PATH_MAX], const char *path, bool folder, mode_t mode)
{
    for (int number = 0; number < TRIES; number++) {
        if (!make_name(name, path, number))
            return set_errno(ENAMETOOLONG);
        int file = make(name, folder, mode);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return set_errno(EEXIST);
}

int temporary_file(char name[TEMPORARY_PATH_MAX], const char *path)
{
    return make_any(name, path, false, 0666);
}

int temporary_folder(char name[TEMPORARY_PATH_MAX], const char *path, mode_t mode)
{
    return make_any(name, path, true, mode);
}

/* A descriptor with the lock; -1 if another user owns the file or its process is alive. */
static int lock_abandoned(const char *path, struct stat *status)
{
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return -1;
    if (fstat(file, status) == 0 && status->st_uid == geteuid() &&
        (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode)) &&
        flock(file, LOCK_EX | LOCK_NB) == 0)
        return file;
    close(file);
    return -1;
}

void temporary_remove_abandoned(const char *folder, void (*remove_folder)(const char *path))
{
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[TEMPORARY_PATH_MAX];
        struct stat status;
        if (!is_temporary(entry->d_name) ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
            continue;
        int file = lock_abandoned(path, &status);
        if (file < 0)
            continue;
        if (!S_ISDIR(status.st_mode))
            unlink(path);
        else if (remove_folder != NULL)
            remove_folder(path);
        close(file);
    }
    if (entries != NULL)
        closedir(entries);
}
