/*
 * cells_folder - mkdtemp(3), flock(2), and a recursive removal.
 *
 * Only a folder that this program made is removed: it has the name's form, belongs to the user, has
 * mode 0700 and contains a mark file.
 */
#include "mnist/c_cells/cells_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME  "mnist-c-"
#define CHARS "XXXXXX" /* mkdtemp's */
#define MARK  "made-by-mnist"

enum { DEPTH = 8, TRIES = 100 };

static bool is_named_so(const char *name)
{
    return strncmp(name, NAME, strlen(NAME)) == 0 && strlen(name) == strlen(NAME CHARS);
}

static bool is_ours(int folder)
{
    struct stat status;
    return fstat(folder, &status) == 0 && status.st_uid == geteuid() && status.st_nlink > 0 &&
           (status.st_mode & 0777) == 0700 && faccessat(folder, MARK, F_OK, 0) == 0;
}

static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

void cells_folder_remove(const char *path)
{
    const char *name = strrchr(path, '/');
    int folder = name != NULL && is_named_so(name + 1) ? open_folder(path) : -1;
    if (folder >= 0 && is_ours(folder))
        nftw(path, remove_entry, DEPTH, FTW_DEPTH | FTW_PHYS);
    if (folder >= 0)
        close(folder);
}

/* operation: LOCK_SH or LOCK_EX | LOCK_NB. Returns a descriptor with the lock; -1 = not our folder,
   or removed, or locked by others. */
static int lock(const char *path, int operation)
{
    int folder = open_folder(path);
    if (folder < 0)
        return -1;
    /* checked again with the lock: another process may have removed the folder before */
    if (is_ours(folder) && flock(folder, operation) == 0 && is_ours(folder))
        return folder;
    close(folder);
    return -1;
}

/* Makes a folder with mode 0700 and its mark file. */
static bool make(char path[CELLS_FOLDER_SIZE], const char *parent)
{
    char mark[CELLS_FOLDER_SIZE + sizeof MARK + 1];
    snprintf(path, CELLS_FOLDER_SIZE, "%s/" NAME CHARS, parent);
    if (mkdtemp(path) == NULL)
        return false;
    snprintf(mark, sizeof mark, "%s/" MARK, path);
    int file = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
    if (file < 0)
        rmdir(path);
    return file >= 0;
}

static void remove_abandoned(const char *parent)
{
    DIR *entries = opendir(parent);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[CELLS_FOLDER_SIZE];
        if (!is_named_so(entry->d_name) ||
            snprintf(path, sizeof path, "%s/%s", parent, entry->d_name) >= (int)sizeof path)
            continue;
        int locked = lock(path, LOCK_EX | LOCK_NB);
        if (locked < 0)
            continue;
        cells_folder_remove(path);
        close(locked);
    }
    if (entries != NULL)
        closedir(entries);
}

static const char *parent_folder(void)
{
    const char *parent = getenv("TMPDIR");
    return parent != NULL && strlen(parent) < CELLS_FOLDER_SIZE / 2 ? parent : "/tmp";
}

void cells_folder_remove_abandoned(void)
{
    remove_abandoned(parent_folder());
}

int cells_folder_lock(char path[CELLS_FOLDER_SIZE], struct error *error)
{
    const char *parent = parent_folder();
    path[CELLS_FOLDER_SIZE - 1] = '\0'; /* a cell may have overwritten this memory */
    int locked = path[0] != '\0' ? lock(path, LOCK_SH) : -1;
    if (locked >= 0)
        return locked;
    remove_abandoned(parent);
    for (int i = 0; locked < 0 && i < TRIES;
         i++) { /* another session may remove it before it is locked */
        if (!make(path, parent))
            break;
        locked = lock(path, LOCK_SH);
    }
    if (locked < 0) {
        error_system(error, "the folder for C cells cannot be created: %s", path);
        path[0] = '\0';
    }
    return locked;
}
