/*
 * hash_cache - SHA-256 values of files that have not changed since they were hashed.
 *
 * Computing the SHA-256 takes most of the time of loading MNIST. dataset.c stores it in a file in
 * the data folder, with the device, inode, size and times of the hashed file. As in git, a file
 * with the same values is considered unchanged. Programs cannot set the time of the last status
 * change (ctime). A file that changed less than two seconds before it was read is not cached, since
 * a second change could have the same time. Without a cached value the file is hashed again.
 */
#ifndef MNIST_DATA_HASH_CACHE_H
#define MNIST_DATA_HASH_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define HASH_CACHE_FILE ".checked" /* file name of the cache in a data folder */

enum { HASH_CACHE_HEX_SIZE = 65 /* of a SHA-256, including the NUL */ };

struct hash_cache_entry {
    uint64_t device, inode;
    int64_t size, modified_ns, changed_ns;
    int64_t seen_ns; /* time of stat; not stored */
};

struct hash_cache_entry hash_cache_entry(const struct stat *status);

/* Whether both describe the same file with the same size and times; seen_ns is ignored. */
bool hash_cache_same(const struct hash_cache_entry *a, const struct hash_cache_entry *b);

/* Looks up the SHA-256 of a file in the cache of folder. False if it is not cached. */
bool hash_cache_find(const char *folder, const struct hash_cache_entry *file,
                     char hex[HASH_CACHE_HEX_SIZE]);

/* Replaces the cache of folder by the hashes of count files. Failures are ignored. */
void hash_cache_write(const char *folder, const struct hash_cache_entry *files,
                      char (*hexes)[HASH_CACHE_HEX_SIZE], int count);

#endif
