/*
 * checked - a line a file: SHA-256, device, inode, size, both times in nanoseconds.
 */
#include "mnist/data/checked.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mnist/replace.h"

static const int64_t second_ns = 1000000000, settled_ns = 2000000000;

enum { LINE_SIZE = 256, FILES_MAX = 16 };

static int64_t nanoseconds(const struct timespec *time)
{
    return (int64_t)time->tv_sec * second_ns + time->tv_nsec;
}

struct checked_file checked_file(const struct stat *status)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (struct checked_file){.device = (uint64_t)status->st_dev,
                                 .inode = (uint64_t)status->st_ino,
                                 .size = (int64_t)status->st_size,
                                 .modified_ns = nanoseconds(&status->st_mtim),
                                 .changed_ns = nanoseconds(&status->st_ctim),
                                 .seen_ns = nanoseconds(&now)};
}

static bool note_path(char path[REPLACE_PATH_MAX], const char *folder)
{
    int size = snprintf(path, REPLACE_PATH_MAX, "%s/" CHECKED_FILE, folder);
    return size > 0 && size < REPLACE_PATH_MAX;
}

bool checked_same(const struct checked_file *a, const struct checked_file *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

bool checked_find(const char *folder, const struct checked_file *file, char hex[CHECKED_HEX_SIZE])
{
    char path[REPLACE_PATH_MAX], line[LINE_SIZE];
    FILE *note = note_path(path, folder) ? fopen(path, "re") : NULL;
    bool found = false;
    while (note != NULL && !found && fgets(line, sizeof line, note) != NULL) {
        struct checked_file noted;
        found = sscanf(line, "%64[0-9a-f] %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
                       hex, &noted.device, &noted.inode, &noted.size, &noted.modified_ns,
                       &noted.changed_ns) == 6 &&
                strlen(hex) == CHECKED_HEX_SIZE - 1 && checked_same(&noted, file);
    }
    if (note != NULL)
        fclose(note);
    return found;
}

void checked_note(const char *folder, const struct checked_file *files,
                  char (*hexes)[CHECKED_HEX_SIZE], int count)
{
    char path[REPLACE_PATH_MAX], text[FILES_MAX * LINE_SIZE];
    struct error ignored;
    size_t used = 0;
    for (int i = 0; i < count && i < FILES_MAX; i++)
        if (files[i].seen_ns - files[i].changed_ns > settled_ns)
            used +=
                (size_t)snprintf(text + used, LINE_SIZE,
                                 "%s %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
                                 hexes[i], files[i].device, files[i].inode, files[i].size,
                                 files[i].modified_ns, files[i].changed_ns);
    struct replace_piece piece = {text, used};
    if (used > 0 && note_path(path, folder) && !replace_file(path, &piece, 1, &ignored))
        return; /* a folder that cannot be written to */
}
