/*
 * model_file - networks on disk, in the safetensors format, which libraries for Python, Rust and
 * JavaScript can read.
 *
 *     bytes 0-7        n, length of the header, unsigned 64-bit little-endian
 *     bytes 8 to 8+n   a JSON object, padded with spaces to a multiple of 8:
 *                      { "__metadata__": {string: string...},
 *                        "conv1.weight": {"dtype": "F32", "shape": [32, 1, 5, 5],
 *                                         "data_offsets": [0, 3200]}, ... }
 *     the rest         the bytes of the tensors, little-endian floats. Offsets count from here. The
 *                      tensors cover the rest of the file without gaps or overlaps.
 *
 * https://huggingface.co/docs/safetensors (format). A file is written under a temporary name in the
 * same folder, synced, and renamed, so that the path always names a complete file, old or new.
 * Reading has two steps, because the file contains the network's text: model_file_open reads and
 * checks the file, the caller builds the network from the metadata, and model_file_load copies the
 * values into it.
 */
#ifndef MNIST_NN_MODEL_MODEL_FILE_H
#define MNIST_NN_MODEL_MODEL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/nn/model/network.h"

enum {
    MODEL_FILE_HEADER_MAX = 4 * 1024 * 1024,
    MODEL_FILE_TENSORS_MAX = 4096,
    MODEL_FILE_METADATA_MAX = 256, /* pairs */
};
#define MODEL_FILE_SIZE_MAX (8ULL * 1024 * 1024 * 1024)

/* Keys that model_file_save writes. The caller may add others. */
#define MODEL_KEY_FORMAT  "format"  /* "mnist"                                              */
#define MODEL_KEY_NETWORK "network" /* network_text                                         */
#define MODEL_KEY_INPUT   "input"   /* "1x28x28": channels x height x width                 */
#define MODEL_KEY_HASH    "hash"    /* network_hash, 16 hexadecimal digits; checked by load */
#define MODEL_KEY_DIGEST  "sha256"  /* of everything else (model_file_digest.h); checked by open */

struct model_pair {
    const char *key, *value; /* UTF-8 */
};

/* An additional one-dimensional tensor, such as the state of the optimizer. */
struct model_tensor {
    const char *name;
    const float *values;
    size_t count;
};

/* Writes network to path, with the caller's pairs and with the keys above, which win. On failure
   the file at path is unchanged; the error has path and reason (ERROR_SYSTEM, or ERROR_USAGE when
   the metadata is too long). */
__attribute__((warn_unused_result)) bool model_file_save(
    const char *path, const struct network *network, const struct model_pair *pairs, int pair_count,
    const struct model_tensor *extra, int extra_count, struct error *error);

struct model_file;

/* Reads a file and checks everything that does not depend on the network: sizes, header, offsets
   and the SHA-256, if the metadata contains one. NULL with error (ERROR_SYSTEM: the file cannot be
   read; ERROR_DATA: the file is not a valid model file, with the reason). Caller frees with
   model_file_free. */
struct model_file *model_file_open(const char *path, struct error *error)
    __attribute__((warn_unused_result));
void model_file_free(struct model_file **file);

/* Whether the file contains the SHA-256 of its content, which model_file_open has then verified. */
bool model_file_verified(const struct model_file *file);

/* A metadata value, borrowed until model_file_free; NULL = no such key. */
const char *model_file_metadata(const struct model_file *file, const char *key);
/* The shape of the images, from MODEL_KEY_INPUT. */
bool model_file_input(const struct model_file *file, struct shape *input, struct error *error);

/* Copies the tensors into network. The file must contain each of the network's tensors with the
   same shape, and the hash of the values must be the one in the metadata. On failure network is
   unchanged (ERROR_DATA, or out of memory). */
__attribute__((warn_unused_result)) bool model_file_load(const struct model_file *file,
                                                         struct network *network,
                                                         struct error *error);

/* Copies the tensor with this name, of any shape, to values [count]. False with error if the file
   has no such tensor or the tensor has another number of values. */
bool model_file_read(const struct model_file *file, const char *name, float *values, size_t count,
                     struct error *error);

#endif
