/*
 * hash_cache - which files have been read through before, and have not been touched since.
 *
 * The SHA-256 of MNIST is most of the time that loading it takes. dataset.c notes it in the folder
 * of the data, with the device, inode, size and times of the file; while all of them are the same
 * the file is taken to be the same, as git does it. The time of change cannot be set by a program,
 * and a file that had changed less than two seconds before it was read is not noted: a second
 * change might show the same time. Without a note, or where none can be written, the file is simply
 * read again.
 */
#ifndef MNIST_DATA_HASH_CACHE_H
#define MNIST_DATA_HASH_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define HASH_CACHE_FILE ".checked" /* the note's name in the folder */

enum { HASH_CACHE_HEX_SIZE = 65 /* of a SHA-256, with its end */ };

struct hash_cache_entry {
    uint64_t device, inode;
    int64_t size, modified_ns, changed_ns;
    int64_t seen_ns; /* when it was looked at; not part of the note */
};

struct hash_cache_entry hash_cache_entry(const struct stat *status);

/* The same file with the same size and times; when they were looked at does not count. */
bool hash_cache_same(const struct hash_cache_entry *a, const struct hash_cache_entry *b);

/* The SHA-256 that folder's note has for this file. False = none. */
bool hash_cache_find(const char *folder, const struct hash_cache_entry *file,
                     char hex[HASH_CACHE_HEX_SIZE]);

/* Writes folder's note anew, of count files. What cannot be noted is left out in silence. */
void hash_cache_note(const char *folder, const struct hash_cache_entry *files,
                     char (*hexes)[HASH_CACHE_HEX_SIZE], int count);

#endif
