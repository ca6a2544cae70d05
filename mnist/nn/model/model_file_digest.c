/*
 * model_file_digest - SHA-256 (OpenSSL) over the sorted metadata, then over the sorted tensors.
 */
#include "mnist/nn/model/model_file_digest.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/nn/model/model_file.h"

static bool add(EVP_MD_CTX *context, const void *bytes, size_t size)
{
    return EVP_DigestUpdate(context, bytes, size) == 1;
}

/* Hashes the text including its NUL. */
static bool add_text(EVP_MD_CTX *context, const char *text)
{
    return add(context, text, strlen(text) + 1);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_metadata(EVP_MD_CTX *context, json_t *metadata)
{
    const char **keys = malloc((json_object_size(metadata) + 1) * sizeof *keys), *key;
    size_t count = 0;
    json_t *value;
    if (keys == NULL)
        return false;
    json_object_foreach(metadata, key, value)
        if (strcmp(key, MODEL_KEY_DIGEST) != 0)
            keys[count++] = key;
    qsort(keys, count, sizeof *keys, compare_keys);
    bool done = true;
    for (size_t i = 0; done && i < count; i++)
        done = add_text(context, keys[i]) &&
               add_text(context, json_string_value(json_object_get(metadata, keys[i])));
    free(keys);
    return done;
}

static int compare_tensors(const void *a, const void *b)
{
    const struct digest_tensor *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static bool add_tensor(EVP_MD_CTX *context, const struct digest_tensor *tensor)
{
    enum { DIMENSION_SIZE = 24 };
    char shape[MODEL_TENSOR_RANK_MAX * DIMENSION_SIZE] = "";
    size_t used = 0;
    for (int i = 0; i < tensor->rank; i++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%" PRId64, i > 0 ? "," : "",
                                 tensor->dims[i]);
    return add_text(context, tensor->name) && add_text(context, "F32") &&
           add_text(context, shape) && add(context, tensor->bytes, tensor->size);
}

bool model_file_digest(char digest[MODEL_DIGEST_SIZE], json_t *metadata,
                       struct digest_tensor *tensors, int tensor_count)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                add_metadata(context, metadata);
    if (tensor_count > 0)
        qsort(tensors, (size_t)tensor_count, sizeof *tensors, compare_tensors);
    for (int i = 0; done && i < tensor_count; i++)
        done = add_tensor(context, &tensors[i]);
    done = done && EVP_DigestFinal_ex(context, bytes, &size) == 1;
    EVP_MD_CTX_free(context);
    for (unsigned int i = 0; done && i < size; i++)
        snprintf(digest + (size_t)2 * i, 3, "%02x", bytes[i]);
    return done;
}
