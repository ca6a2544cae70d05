/*
 * packed - reads a file sequentially, and decompresses it if it is a gzip file.
 *
 * idx.c reads IDX files through it. A gzip file is recognised by its first bytes 1F 8B, not by its
 * name. The file's size and times at the end must be those at the beginning, so that a file that
 * another program modifies during the reading is refused. Files of several gzip members are not
 * supported: no data set is published as one.
 */
#ifndef MNIST_DATA_PACKED_H
#define MNIST_DATA_PACKED_H

#include "mnist/base/errors.h"
#include "mnist/base/progress.h"
#include "mnist/data/hash_cache.h"

#include <stddef.h>
#include <stdint.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
    PACKED_SIZE_MAX = 2000000000, /* bytes in a file on the disk            */
    PACKED_INPUT = 1 << 16,       /* bytes read at a time                   */
};

struct packed {
    const char *path; /* borrowed */
    int file;
    bool gzip;
    bool ended;                       /* the gzip stream is complete and its checksum is right */
    struct hash_cache_entry identity; /* of the file when it was opened */
    size_t size;                      /* bytes on the disk */
    size_t taken;                     /* bytes read from the disk so far */
    z_stream stream;
    uint8_t input[PACKED_INPUT]; /* compressed input: stream.next_in, avail_in */
};

/* Opens a regular file. On failure the caller must not call packed_close. */
__attribute__((warn_unused_result)) bool packed_open(struct packed *packed, const char *path,
                                                     struct error *error);

/* Reads up to size bytes of uncompressed content; *got is less than size only at the end. Ticks
   progress, which may be NULL, once per MiB. */
__attribute__((warn_unused_result)) bool packed_read(struct packed *packed, uint8_t *out,
                                                     size_t size, size_t *got,
                                                     struct progress *progress,
                                                     struct error *error);

/* False with error if the file's size or times have changed since packed_open. */
__attribute__((warn_unused_result)) bool packed_unchanged(struct packed *packed,
                                                          struct error *error);

/* Checks that the content ends here, after `expected` uncompressed bytes, and that the file has not
   changed since packed_open. */
__attribute__((warn_unused_result)) bool packed_end(struct packed *packed, size_t expected,
                                                    struct error *error);

void packed_close(struct packed *packed);

#endif
