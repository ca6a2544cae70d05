/*
 * hash_cache - one line for each file: SHA-256, device, inode, size, and the times of the last
 * modification and the last status change in nanoseconds.
 */
#include "mnist/data/hash_cache.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mnist/base/atomic_file.h"

static const int64_t second_ns = 1000000000, settled_ns = 2000000000;

enum { LINE_SIZE = 256, FILES_MAX = 16 };

static int64_t nanoseconds(const struct timespec *time)
{
    return (int64_t)time->tv_sec * second_ns + time->tv_nsec;
}

struct hash_cache_entry hash_cache_entry(const struct stat *status)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (struct hash_cache_entry){.device = (uint64_t)status->st_dev,
                                     .inode = (uint64_t)status->st_ino,
                                     .size = (int64_t)status->st_size,
                                     .modified_ns = nanoseconds(&status->st_mtim),
                                     .changed_ns = nanoseconds(&status->st_ctim),
                                     .seen_ns = nanoseconds(&now)};
}

static bool cache_path(char path[ATOMIC_FILE_PATH_MAX], const char *folder)
{
    int size = snprintf(path, ATOMIC_FILE_PATH_MAX, "%s/" HASH_CACHE_FILE, folder);
    return size > 0 && size < ATOMIC_FILE_PATH_MAX;
}

bool hash_cache_same(const struct hash_cache_entry *a, const struct hash_cache_entry *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

bool hash_cache_find(const char *folder, const struct hash_cache_entry *file,
                     char hex[HASH_CACHE_HEX_SIZE])
{
    char path[ATOMIC_FILE_PATH_MAX], line[LINE_SIZE];
    FILE *cache = cache_path(path, folder) ? fopen(path, "re") : NULL;
    bool found = false;
    while (cache != NULL && !found && fgets(line, sizeof line, cache) != NULL) {
        struct hash_cache_entry cached;
        found = sscanf(line, "%64[0-9a-f] %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
                       hex, &cached.device, &cached.inode, &cached.size, &cached.modified_ns,
                       &cached.changed_ns) == 6 &&
                strlen(hex) == HASH_CACHE_HEX_SIZE - 1 && hash_cache_same(&cached, file);
    }
    if (cache != NULL)
        fclose(cache);
    return found;
}

void hash_cache_write(const char *folder, const struct hash_cache_entry *files,
                      char (*hexes)[HASH_CACHE_HEX_SIZE], int count)
{
    char path[ATOMIC_FILE_PATH_MAX], text[FILES_MAX * LINE_SIZE];
    struct error ignored;
    size_t used = 0;
    assert(count >= 0 && count <= FILES_MAX);
    for (int i = 0; i < count; i++)
        if (files[i].seen_ns - files[i].changed_ns > settled_ns)
            used +=
                (size_t)snprintf(text + used, LINE_SIZE,
                                 "%s %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
                                 hexes[i], files[i].device, files[i].inode, files[i].size,
                                 files[i].modified_ns, files[i].changed_ns);
    struct atomic_file_part part = {text, used};
    if (used > 0 && cache_path(path, folder) && !atomic_file_write(path, &part, 1, &ignored))
        return; /* the folder may be read-only */
}
