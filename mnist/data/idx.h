/*
 * idx - the IDX file format of MNIST: a header of big-endian numbers, then bytes.
 *
 *     offset  images (magic 0x00000803)      offset  labels (magic 0x00000801)
 *     0       00 00 08 03                    0       00 00 08 01
 *     4       count                          4       count
 *     8       rows                           8       labels, count bytes 0..9
 *     12      columns
 *     16      pixels, count * rows * columns bytes, row by row; 0 = paper, 255 = ink
 *
 * (The magic number is 00 00, the element type, 08 = unsigned byte, and the number of dimensions.)
 * Numbers are unsigned, 32 bits, most significant byte first. Source: yann.lecun.com/exdb/mnist,
 * "The IDX file format".
 *
 * dataset.c reads and preprocess.c writes these files; files to read may be compressed with gzip.
 * The data is copied to memory (pages.h), so that overwriting, truncating or removing the file
 * later does not affect loaded data.
 *
 * Images may also have four dimensions (magic 0x00000804) with a single channel: [count, 1, rows,
 * columns] or [count, rows, columns, 1]. A file may be empty (count 0). Colour and other element
 * types are not supported, since the networks have one input channel of bytes.
 */
#ifndef MNIST_DATA_IDX_H
#define MNIST_DATA_IDX_H

#include "mnist/base/errors.h"
#include "mnist/base/shared_limits.h"
#include "mnist/base/progress.h"
#include "mnist/data/hash_cache.h"

#include <stddef.h>
#include <stdint.h>

enum {
    IDX_COUNT_MAX = 2000000, /* items in a file: about 30 times MNIST     */
    IDX_CLASSES = 10,        /* labels are 0 .. 9                         */
    IDX_IMAGES_HEADER = 16,  /* bytes */
    IDX_LABELS_HEADER = 8,   /* bytes */
    IDX_HEADER_MAX = IDX_IMAGES_HEADER,
    IDX_SIZE_MAX = 2000000000, /* bytes in an uncompressed file             */
};

struct idx {
    int count;
    int rows, columns;                /* 1, 1 in a file of labels                        */
    bool labels;                      /* one dimension instead of three                  */
    const uint8_t *bytes;             /* [count, rows, columns], until idx_release       */
    uint8_t *memory;                  /* the same; read-only if it was read from a file  */
    size_t size;                      /* bytes of memory, count * rows * columns         */
    struct hash_cache_entry identity; /* of the file on the disk                         */
};

/* Reads and checks the whole file. On failure idx is empty, and error contains path, byte offset,
   the expected and the actual value. Caller releases with idx_release. */
__attribute__((warn_unused_result)) bool idx_read_images(struct idx *idx, const char *path,
                                                         struct progress *progress,
                                                         struct error *error);
__attribute__((warn_unused_result)) bool idx_read_labels(struct idx *idx, const char *path,
                                                         struct progress *progress,
                                                         struct error *error);
void idx_release(struct idx *idx);

/* Allocates size writable bytes, all 0; the caller sets the dimensions. False when memory runs
   out. */
__attribute__((warn_unused_result)) bool idx_allocate(struct idx *idx, size_t size);

/* Size in bytes of an uncompressed file with these images or labels. */
size_t idx_file_size(const struct idx *idx);

/* Writes the header of an uncompressed file with these images or labels. Returns its size. */
size_t idx_header(uint8_t header[IDX_HEADER_MAX], const struct idx *idx);

/* Writes an uncompressed file under a temporary name in the same folder, syncs it, and renames it
   to path. On failure path is unchanged, and the temporary file is removed. images [count, rows,
   columns], labels [count]. */
__attribute__((warn_unused_result)) bool idx_write_images(const char *path, const uint8_t *images,
                                                          int count, int rows, int columns,
                                                          struct error *error);
__attribute__((warn_unused_result)) bool idx_write_labels(const char *path, const uint8_t *labels,
                                                          int count, struct error *error);

#endif
