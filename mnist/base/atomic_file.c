/*
 * atomic_file - temporary file, fsync, rename; see atomic_file.h.
 */
#include "mnist/base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mnist/base/write_all.h"

/* The remedy for an errno. */
static const char *advice(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT: return "make room on the disk, or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS: return "choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR: return "check the name of the folder";
    default: return "the old file, if there was one, is unchanged";
    }
}

/* error_system with the remedy. */
static bool fail(struct error *error, const char *path, const char *action)
{
    int number = errno;
    char reason[ERROR_REASON_SIZE];
    return error_set(error, ERROR_SYSTEM, "%s: cannot be %s: %s; %s", path, action,
                     error_reason(reason, number), advice(number));
}

/* A rename is on the disk only after its folder has been flushed. A folder that cannot be flushed
   is not an error. */
static void sync_folder_of(const char *path)
{
    char folder[ATOMIC_FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, sizeof folder, "%.*s", length, slash == NULL ? "." : path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return;
    fsync(file);
    close(file);
}

/* name = path + suffix. */
static bool append(char name[ATOMIC_FILE_PATH_MAX], const char *path, const char *suffix,
                   struct error *error)
{
    int length = snprintf(name, ATOMIC_FILE_PATH_MAX, "%s%s", path, suffix);
    return (length >= 0 && length < ATOMIC_FILE_PATH_MAX) ||
           error_set(error, ERROR_USAGE, "the path is longer than %d bytes: %.60s...",
                     ATOMIC_FILE_PATH_MAX, path);
}

/* The caller holds the lock until the rename is done. */
static bool put_in_place(int file, const char *temporary, const char *path, struct error *error)
{
    bool ok = fsync(file) == 0 || fail(error, path, "written to the disk");
    ok = ok && (rename(temporary, path) == 0 || fail(error, path, "replaced"));
    if (ok)
        sync_folder_of(path);
    return ok;
}

bool atomic_file_write(const char *path, const struct atomic_file_part *parts, int count,
                       struct error *error)
{
    char temporary[ATOMIC_FILE_PATH_MAX];
    int file = temporary_file(temporary, path);
    if (file < 0 && errno == ENAMETOOLONG)
        return append(temporary, path, "", error) && fail(error, path, "created");
    if (file < 0)
        return fail(error, path, "created");
    bool ok = true;
    for (int i = 0; i < count && ok; i++)
        ok = write_all(file, parts[i].bytes, parts[i].size) || fail(error, path, "written");
    ok = ok && put_in_place(file, temporary, path, error);
    if (!ok)
        unlink(temporary);
    close(file);
    return ok;
}

bool atomic_file_make_folder(const char *folder, mode_t mode, struct error *error)
{
    char path[ATOMIC_FILE_PATH_MAX];
    size_t length = strlen(folder);
    if (length == 0 || length >= sizeof path)
        return error_set(error, ERROR_USAGE, "a folder's name has 1 to %d bytes, not %zu",
                         ATOMIC_FILE_PATH_MAX - 1, length);
    memcpy(path, folder, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        char after = path[i];
        path[i] = '\0';
        struct stat status;
        if (mkdir(path, mode) < 0 && errno != EEXIST)
            return fail(error, path, "created as a folder");
        if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
            return error_set(error, ERROR_SYSTEM, "%s: expected a folder, found a file", path);
        path[i] = after;
    }
    return true;
}

/* ---- folders ---- */

static const char aside_suffix[] = ".replaced";

/* The path without trailing slashes; with symbolic links resolved if it exists. */
static bool resolve(char path[ATOMIC_FILE_PATH_MAX], const char *folder, struct error *error)
{
    char *whole = realpath(folder, NULL);
    if (whole == NULL && errno != ENOENT)
        return fail(error, folder, "resolved");
    bool ok = append(path, whole != NULL ? whole : folder, "", error);
    free(whole);
    for (size_t length = strlen(path); length > 1 && path[length - 1] == '/';)
        path[--length] = '\0';
    return ok;
}

static bool make_parent(const char *path, struct error *error)
{
    char parent[ATOMIC_FILE_PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash == NULL || slash == parent)
        return true;
    *slash = '\0';
    return atomic_file_make_folder(parent, 0777, error);
}

bool atomic_folder_begin(struct atomic_folder *replace, const char *folder, struct error *error)
{
    struct stat status;
    if (!resolve(replace->path, folder, error) ||
        !append(replace->aside, replace->path, aside_suffix, error))
        return false;
    bool exists = stat(replace->path, &status) == 0;
    if (exists && !S_ISDIR(status.st_mode))
        return error_set(error, ERROR_SYSTEM, "%s: expected a folder, found a file", replace->path);
    if (!make_parent(replace->path, error))
        return false;
    replace->lock =
        temporary_folder(replace->fresh, replace->path, exists ? status.st_mode & 0777 : 0777);
    return replace->lock >= 0 || fail(error, replace->path, "created as a folder");
}

void atomic_folder_end(struct atomic_folder *replace)
{
    close(replace->lock);
}

/* Without RENAME_EXCHANGE: three renames. A reader may restore the old folder in between
   (atomic_folder_recover); then the renames are tried again. */
static bool exchange_in_steps(const struct atomic_folder *replace)
{
    enum { TRIES = 100 };
    for (int try = 0; try < TRIES; try++) {
        if (rename(replace->path, replace->aside) < 0)
            return false;
        if (rename(replace->fresh, replace->path) == 0) {
            (void)rename(replace->aside, replace->fresh); /* on failure the next save removes it */
            return true;
        }
        if (errno != ENOTEMPTY && errno != EEXIST)
            break;
    }
    int number = errno;
    (void)rename(replace->aside, replace->path);
    errno = number;
    return false;
}

static bool exchange(const struct atomic_folder *replace)
{
#if defined(RENAME_EXCHANGE)
    if (renameat2(AT_FDCWD, replace->fresh, AT_FDCWD, replace->path, RENAME_EXCHANGE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
        return false;
#endif
    return exchange_in_steps(replace);
}

bool atomic_folder(struct atomic_folder *replace, struct error *error)
{
    /* rename replaces a missing or an empty folder in one step. */
    bool ok = rename(replace->fresh, replace->path) == 0;
    if (!ok && (errno == ENOTEMPTY || errno == EEXIST))
        ok = exchange(replace);
    if (!ok)
        return fail(error, replace->path, "replaced");
    sync_folder_of(replace->path);
    return true;
}

bool atomic_folder_recover(const char *folder)
{
    char path[ATOMIC_FILE_PATH_MAX], aside[ATOMIC_FILE_PATH_MAX];
    struct error ignored;
    return resolve(path, folder, &ignored) && append(aside, path, aside_suffix, &ignored) &&
           access(path, F_OK) != 0 && rename(aside, path) == 0;
}
