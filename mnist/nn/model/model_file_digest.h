/*
 * model_file_digest - SHA-256 of the content of a model file: metadata and tensors.
 *
 * model_file_write.c stores the digest under the metadata key "sha256"; model_file.c computes it
 * again when it opens the file and refuses the file if the two differ. The digest covers content,
 * not the bytes of the header, so that a file stays valid when another safetensors program writes
 * it again with its keys in another order. The following data is hashed, in this order:
 *
 *     for each metadata key except "sha256", in ascending byte order:
 *         key, NUL, value, NUL
 *     for each tensor, in ascending byte order of the names:
 *         name, NUL, "F32", NUL, the dimensions in decimal with commas ("32,1,5,5"), NUL,
 *         the bytes of the floats, little-endian
 */
#ifndef MNIST_NN_MODEL_MODEL_FILE_DIGEST_H
#define MNIST_NN_MODEL_MODEL_FILE_DIGEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MODEL_DIGEST_SIZE = 65, /* 64 hexadecimal digits and NUL */
    MODEL_TENSOR_RANK_MAX = 8,
};

/* A tensor of the file. All pointers are borrowed. */
struct digest_tensor {
    const char *name;
    int rank;
    int64_t dims[MODEL_TENSOR_RANK_MAX];
    const void *bytes; /* product of dims, times 4 bytes */
    size_t size;
};

/* Computes the digest of a JSON object of strings and of tensors, which this function sorts by
   name. Returns false when memory runs out. */
__attribute__((warn_unused_result)) bool model_file_digest(char digest[MODEL_DIGEST_SIZE],
                                                           json_t *metadata,
                                                           struct digest_tensor *tensors,
                                                           int tensor_count);

#endif
