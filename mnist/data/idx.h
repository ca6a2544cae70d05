/*
 * idx - the file format of MNIST: a few big-endian numbers, then bytes.
 *
 *     offset  images (magic 0x00000803)      offset  labels (magic 0x00000801)
 *     0       00 00 08 03                    0       00 00 08 01
 *     4       count                          4       count
 *     8       rows                           8       labels, count bytes 0..9
 *     12      columns
 *     16      pixels, count * rows * columns bytes, row by row; 0 = paper, 255 = ink
 *
 * (00 00, then the type: 08 = unsigned byte, then the number of dimensions.) Numbers are unsigned,
 * 32 bits, most significant byte first. Source: yann.lecun.com/exdb/mnist, "The IDX file format".
 *
 * dataset.c reads and preprocess.c writes such files, plain or (for reading) packed with gzip. The
 * data are copied into memory of their own (pages.h): a file that is overwritten, cut or removed
 * later leaves the loaded data as they are.
 *
 * Images may also have four dimensions (magic 0x00000804), one of them being a single channel:
 * [count, 1, rows, columns] or [count, rows, columns, 1]. A file may be empty (count 0). Colour and
 * other element types are left out: the networks take one channel of bytes.
 */
#ifndef MNIST_DATA_IDX_H
#define MNIST_DATA_IDX_H

#include "mnist/base/errors.h"
#include "mnist/base/progress.h"
#include "mnist/data/hash_cache.h"

#include <stddef.h>
#include <stdint.h>

enum {
    IDX_COUNT_MAX = 2000000, /* items in a file: about thirty times MNIST */
    IDX_SIDE_MAX = 256,      /* rows or columns of an image               */
    IDX_CLASSES = 10,        /* labels are 0 .. 9                         */
    IDX_IMAGES_HEADER = 16,  /* bytes */
    IDX_LABELS_HEADER = 8,   /* bytes */
    IDX_HEADER_MAX = IDX_IMAGES_HEADER,
    IDX_SIZE_MAX = 2000000000, /* bytes in a file, after unpacking          */
};

struct idx {
    int count;
    int rows, columns;                /* 1, 1 in a file of labels                        */
    bool labels;                      /* one dimension instead of three                  */
    const uint8_t *bytes;             /* [count, rows, cols], borrowed until idx_release */
    uint8_t *memory;                  /* the same; read-only if it was read from a file  */
    size_t size;                      /* bytes of memory, count * rows * cols            */
    struct hash_cache_entry identity; /* of the file, packed or not */
};

/* Opens path and checks all of it. On failure error names path, byte offset, expected, found;
   idx is empty, and idx_release does nothing. Caller releases with idx_release. */
__attribute__((warn_unused_result)) bool idx_read_images(struct idx *idx, const char *path,
                                                         struct progress *watch,
                                                         struct error *error);
__attribute__((warn_unused_result)) bool idx_read_labels(struct idx *idx, const char *path,
                                                         struct progress *watch,
                                                         struct error *error);
void idx_release(struct idx *idx);

/* Writable memory for size bytes, all 0; the caller sets the dimensions. False = no memory. */
__attribute__((warn_unused_result)) bool idx_allocate(struct idx *idx, size_t size);

/* Bytes of the plain file of these images or labels. */
size_t idx_file_size(const struct idx *idx);

/* The header of the plain file of these images or labels. Returns its size. */
size_t idx_header(uint8_t header[IDX_HEADER_MAX], const struct idx *idx);

/* Writes a plain file: first under a temporary name beside path, to the disk, then renamed. On
   failure path is what it was before, and nothing is left behind. images [count, rows, cols],
   labels [count]. */
__attribute__((warn_unused_result)) bool idx_write_images(const char *path, const uint8_t *images,
                                                          int count, int rows, int columns,
                                                          struct error *error);
__attribute__((warn_unused_result)) bool idx_write_labels(const char *path, const uint8_t *labels,
                                                          int count, struct error *error);

#endif
