/*
 * model_file_internal - the struct of an open model file, shared by model_file.c, which fills and
 * checks it, and model_file_load.c, which copies tensors from it into a network.
 */
#ifndef MNIST_NN_MODEL_MODEL_FILE_INTERNAL_H
#define MNIST_NN_MODEL_MODEL_FILE_INTERNAL_H

#include <jansson.h>

#include "mnist/nn/model/model_file.h"
#include "mnist/nn/model/model_file_digest.h"

enum { MODEL_FILE_PATH_SIZE = 4096 };

/* A checked tensor: of type F32, within the data, with the size that its shape requires. */
struct tensor_entry {
    const char *name; /* within header */
    int rank;
    int64_t dims[MODEL_TENSOR_RANK_MAX];
    uint64_t begin, end; /* bytes of data */
};

struct model_file {
    char path[MODEL_FILE_PATH_SIZE];
    unsigned char *bytes;
    uint64_t size, data; /* the file's size; the offset of the first tensor */
    json_t *header;
    struct tensor_entry *entries; /* [entry_count], by begin */
    int entry_count;
};

/* Sets ERROR_DATA: "PATH is not a valid model file: " and the reason. Returns false. */
__attribute__((format(printf, 3, 4))) bool model_file_damaged(const struct model_file *file,
                                                              struct error *error,
                                                              const char *format, ...);

#endif
