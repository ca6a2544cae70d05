/*
 * model_file_write - writes a model file in the format of model_file.h.
 *
 * Jansson builds the JSON header. The floats are written from memory without conversion, so this
 * file does not compile for big-endian machines. atomic_file.h replaces the old file as a whole.
 */
#include "mnist/nn/model/model_file.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/atomic_file.h"
#include "mnist/nn/model/model_file_digest.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "floats in the file are little-endian");
_Static_assert(sizeof(float) == 4, "F32");

enum { LENGTH_SIZE = 8 };

static json_t *shape_json(const int *dims, int rank)
{
    json_t *shape = json_array();
    for (int i = 0; i < rank; i++)
        json_array_append_new(shape, json_integer(dims[i]));
    return shape;
}

/* Adds a tensor of count floats at offset *end to the header, and advances *end. False when memory
   runs out. */
static bool add_tensor(json_t *header, const char *name, json_t *shape, size_t count, uint64_t *end)
{
    uint64_t begin = *end;
    *end += count * sizeof(float);
    json_t *tensor = json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape,
                               "data_offsets", (json_int_t)begin, (json_int_t)*end);
    return tensor != NULL && json_object_set_new(header, name, tensor) == 0;
}

static bool add_text(json_t *metadata, const char *key, const char *value)
{
    return json_object_set_new(metadata, key, json_string(value)) == 0;
}

/* The caller's pairs, then the pairs of model_file.h, which replace a caller's pair with the same
   key. */
static json_t *make_metadata(const struct network *network, const struct model_pair *pairs,
                             int pair_count)
{
    json_t *metadata = json_object();
    char *text = network_text(network);
    char hash[32], input[64];
    struct shape shape = network_input(network);
    snprintf(hash, sizeof hash, "%016" PRIx64, network_hash(network));
    snprintf(input, sizeof input, "%dx%dx%d", shape.channels, shape.height, shape.width);
    bool done = metadata != NULL && text != NULL;
    for (int i = 0; done && i < pair_count; i++)
        done = add_text(metadata, pairs[i].key, pairs[i].value);
    done = done && add_text(metadata, MODEL_KEY_FORMAT, "mnist") &&
           add_text(metadata, MODEL_KEY_NETWORK, text) &&
           add_text(metadata, MODEL_KEY_INPUT, input) && add_text(metadata, MODEL_KEY_HASH, hash);
    free(text);
    if (!done) {
        json_decref(metadata);
        return NULL;
    }
    return metadata;
}

/* Adds the digest of the metadata and of all tensors to the metadata. False when memory runs out.
   */
static bool add_digest(json_t *metadata, const struct network *network,
                       const struct model_tensor *extra, int extra_count)
{
    int own = network_tensor_count(network);
    char digest[MODEL_DIGEST_SIZE];
    struct digest_tensor *tensors = calloc((size_t)(own + extra_count) + 1, sizeof *tensors);
    if (tensors == NULL)
        return false;
    for (int i = 0; i < own; i++) {
        const struct tensor *tensor = network_tensor(network, i);
        tensors[i] = (struct digest_tensor){.name = tensor->name,
                                            .rank = tensor->rank,
                                            .bytes = network_values_const(network) + tensor->offset,
                                            .size = tensor->count * sizeof(float)};
        for (int d = 0; d < tensor->rank; d++)
            tensors[i].dims[d] = tensor->dims[d];
    }
    for (int i = 0; i < extra_count; i++)
        tensors[own + i] = (struct digest_tensor){.name = extra[i].name,
                                                  .rank = 1,
                                                  .dims = {(int64_t)extra[i].count},
                                                  .bytes = extra[i].values,
                                                  .size = extra[i].count * sizeof(float)};
    bool done = model_file_digest(digest, metadata, tensors, own + extra_count) &&
                add_text(metadata, MODEL_KEY_DIGEST, digest);
    free(tensors);
    return done;
}

static json_t *make_header(const struct network *network, const struct model_pair *pairs,
                           int pair_count, const struct model_tensor *extra, int extra_count)
{
    json_t *header = json_object(), *metadata = make_metadata(network, pairs, pair_count);
    uint64_t end = 0;
    bool done = json_object_set_new(header, "__metadata__", metadata) == 0;
    for (int i = 0; done && i < network_tensor_count(network); i++) {
        const struct tensor *tensor = network_tensor(network, i);
        done = add_tensor(header, tensor->name, shape_json(tensor->dims, tensor->rank),
                          tensor->count, &end);
    }
    for (int i = 0; done && i < extra_count; i++)
        done = add_tensor(header, extra[i].name, json_pack("[I]", (json_int_t)extra[i].count),
                          extra[i].count, &end);
    if (!done || !add_digest(metadata, network, extra, extra_count)) {
        json_decref(header);
        return NULL;
    }
    return header;
}

/* The header's text, padded with spaces to a multiple of 8, as the format recommends. NULL when
   memory runs out. Caller frees. */
static char *header_text(const json_t *header, size_t *size)
{
    char *text = json_dumps(header, JSON_COMPACT);
    if (text == NULL)
        return NULL;
    size_t length = strlen(text), padded = (length + 7) / 8 * 8;
    char *wide = realloc(text, padded + 1);
    if (wide == NULL) {
        free(text);
        return NULL;
    }
    memset(wide + length, ' ', padded - length);
    wide[padded] = '\0';
    *size = padded;
    return wide;
}

/* Writes [header length | header | tensors ... | extra tensors ...]. */
static bool write_file(const char *path, const char *text, size_t size,
                       const struct network *network, const struct model_tensor *extra,
                       int extra_count, struct error *error)
{
    int tensors = network_tensor_count(network), count = 0;
    unsigned char length[LENGTH_SIZE];
    struct atomic_file_part *pieces = malloc((size_t)(2 + tensors + extra_count) * sizeof *pieces);
    if (pieces == NULL)
        return error_memory(error, "a model file's list of tensors",
                            (size_t)tensors * sizeof *pieces);
    for (int i = 0; i < LENGTH_SIZE; i++)
        length[i] = (unsigned char)((uint64_t)size >> (8 * i));
    pieces[count++] = (struct atomic_file_part){length, sizeof length};
    pieces[count++] = (struct atomic_file_part){text, size};
    for (int i = 0; i < tensors; i++) {
        const struct tensor *tensor = network_tensor(network, i);
        pieces[count++] = (struct atomic_file_part){network_values_const(network) + tensor->offset,
                                                    tensor->count * sizeof(float)};
    }
    for (int i = 0; i < extra_count; i++)
        pieces[count++] =
            (struct atomic_file_part){extra[i].values, extra[i].count * sizeof(float)};
    bool done = atomic_file_write(path, pieces, count, error);
    free(pieces);
    return done;
}

bool model_file_save(const char *path, const struct network *network,
                     const struct model_pair *pairs, int pair_count,
                     const struct model_tensor *extra, int extra_count, struct error *error)
{
    assert(pair_count <= MODEL_FILE_METADATA_MAX - 5);
    json_t *header = make_header(network, pairs, pair_count, extra, extra_count);
    size_t size = 0;
    char *text = header == NULL ? NULL : header_text(header, &size);
    json_decref(header);
    if (text == NULL)
        return error_set(
            error, ERROR_SYSTEM,
            "cannot write the model %s: memory for its header ran out, or its metadata contains "
            "text that is not UTF-8",
            path);
    bool done = false;
    if (size > MODEL_FILE_HEADER_MAX)
        error_set(error, ERROR_USAGE,
                  "cannot write the model %s: its header has %zu bytes, but the limit is %d", path,
                  size, MODEL_FILE_HEADER_MAX);
    else
        done = write_file(path, text, size, network, extra, extra_count, error);
    free(text);
    return done;
}
