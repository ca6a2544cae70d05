/*
 * replace - temporary file, fsync, rename; see replace.h.
 */
#include "mnist/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *advice(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return "make room on the disk, or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS: return "choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR: return "is the folder's name right?";
    default: return "the old file, if there was one, is unchanged";
    }
}

/* error_system with what to do at the end. */
static bool fail(struct error *error, const char *path, const char *action)
{
    int number = errno;
    return error_set(error, ERROR_SYSTEM, "%s: cannot be %s: %s; %s", path, action,
                     strerror(number), advice(number));
}

static bool write_all(int file, const struct replace_piece *piece)
{
    const char *bytes = piece->bytes;
    for (size_t done = 0; done < piece->size;) {
        ssize_t wrote = write(file, bytes + done, piece->size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        done += (size_t)wrote;
    }
    return true;
}

/* The rename itself is on the disk only when the folder is. A folder that cannot be synced is no
   failure. */
static void sync_folder_of(const char *path)
{
    char folder[REPLACE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, sizeof folder, "%.*s", length, slash == NULL ? "." : path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return;
    fsync(file);
    close(file);
}

bool replace_file(const char *path, const struct replace_piece *pieces, int count,
                  struct error *error)
{
    char temporary[REPLACE_PATH_MAX];
    int length = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof temporary)
        return error_set(error, ERROR_USAGE, "the path is longer than %d bytes: %.60s...",
                         REPLACE_PATH_MAX, path);

    unlink(temporary); /* of a dead process that had our number */
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return fail(error, path, "made");
    bool ok = true;
    for (int i = 0; i < count && ok; i++)
        ok = write_all(file, &pieces[i]) || fail(error, path, "written");
    if (ok && fsync(file) < 0)
        ok = fail(error, path, "written to the disk");
    if (close(file) < 0 && ok)
        ok = fail(error, path, "written");
    if (ok && rename(temporary, path) < 0)
        ok = fail(error, path, "put in place");
    if (ok)
        sync_folder_of(path);
    else
        unlink(temporary);
    return ok;
}

bool replace_make_folder(const char *folder, struct error *error)
{
    char path[REPLACE_PATH_MAX];
    size_t length = strlen(folder);
    if (length == 0 || length >= sizeof path)
        return error_set(error, ERROR_USAGE, "a folder's name has 1 to %d bytes, not %zu",
                         REPLACE_PATH_MAX - 1, length);
    memcpy(path, folder, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        char after = path[i];
        path[i] = '\0';
        struct stat status;
        if (mkdir(path, 0777) < 0 && errno != EEXIST)
            return fail(error, path, "made as a folder");
        if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
            return error_set(error, ERROR_SYSTEM,
                             "%s: expected a folder, found a file of that name", path);
        path[i] = after;
    }
    return true;
}
