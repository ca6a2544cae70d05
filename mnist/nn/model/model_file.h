/*
 * model_file - networks on disk, in the safetensors format, which Python, Rust and JavaScript read
 * as it is.
 *
 *     bytes 0-7        n, length of the header, unsigned 64-bit little-endian
 *     bytes 8 to 8+n   a JSON object, padded with spaces to a multiple of 8:
 *                      { "__metadata__": {string: string...},
 *                        "conv1.weight": {"dtype": "F32", "shape": [32, 1, 5, 5],
 *                                         "data_offsets": [0, 3200]}, ... }
 *     the rest         the tensors' bytes, little-endian floats; offsets count from here, without
 *                      gap or overlap, to the file's end
 *
 * https://huggingface.co/docs/safetensors (format). Writing goes to a temporary name in the same
 * folder, is synced, then renamed: the file is the old or the new one, never half of each. Reading
 * has two steps, since the network's text stands in the file: open, look at the metadata, build the
 * network, load its values.
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

/* Keys that this project writes; further ones are the caller's. */
#define MODEL_KEY_FORMAT  "format"  /* "mnist"                                              */
#define MODEL_KEY_NETWORK "network" /* network_text                                         */
#define MODEL_KEY_INPUT   "input"   /* "1x28x28": channels x height x width                 */
#define MODEL_KEY_HASH    "hash"    /* network_hash, 16 hexadecimal digits; checked by load */
#define MODEL_KEY_DIGEST  "sha256"  /* of everything else (model_file_digest.h); checked by open */

struct model_pair {
    const char *key, *value; /* UTF-8 */
};

/* Any further tensor, e.g. the optimiser's: flat. */
struct model_tensor {
    const char *name;
    const float *values;
    size_t count;
};

/* Writes network to path; this function adds format, network, input, hash and sha256. The file at
   path is untouched on failure: ERROR_SYSTEM with path and reason. */
__attribute__((warn_unused_result)) bool model_file_save(
    const char *path, const struct network *network, const struct model_pair *pairs, int pair_count,
    const struct model_tensor *extra, int extra_count, struct error *error);

struct model_file;

/* Opens and checks everything that can be checked without a network: sizes, header, offsets and, if
   the file states one, the SHA-256 of its content. NULL with error (ERROR_SYSTEM: cannot be read; ERROR_DATA: not a safetensors file of ours, and why).
   Caller frees with model_file_free. */
struct model_file *model_file_open(const char *path, struct error *error)
    __attribute__((warn_unused_result));
void model_file_free(struct model_file **file);

/* The file states the SHA-256 of its content, so that model_file_open has verified it. */
bool model_file_verified(const struct model_file *file);

/* A metadata value, borrowed until model_file_free; NULL = no such key. */
const char *model_file_metadata(const struct model_file *file, const char *key);
/* Pair number index, in the file's order; false past the last. */
bool model_file_pair(const struct model_file *file, int index, struct model_pair *pair);
/* The images' shape, from MODEL_KEY_INPUT. */
bool model_file_input(const struct model_file *file, struct shape *input, struct error *error);

/* Copies the tensors into network: each of its names must be there with its shape, and the hash
   must be right. network is untouched on failure. */
__attribute__((warn_unused_result)) bool model_file_load(const struct model_file *file,
                                                         struct network *network,
                                                         struct error *error);

/* Copies the tensor name (any shape of count values) to values; false with error if it is not there
 * or of another size. */
bool model_file_read(const struct model_file *file, const char *name, float *values, size_t count,
                     struct error *error);

#endif
