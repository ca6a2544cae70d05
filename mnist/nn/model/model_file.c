/*
 * model_file - opens and checks model files in the format of model_file.h. model_file_load.c copies
 * tensors from an open file; model_file_write.c writes files.
 *
 * The file is untrusted. Size, header length, JSON, metadata, then dtype, shape and offsets of each
 * tensor are checked in this order, each with its own message. The whole file is read into memory
 * first, so that a change of the file during the checks has no effect.
 */
#include "mnist/nn/model/model_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mnist/nn/model/model_file_internal.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "floats in the file are little-endian");
_Static_assert(sizeof(float) == 4, "F32");

enum { LENGTH_SIZE = 8, RANK_MAX = MODEL_TENSOR_RANK_MAX };

static const char metadata_key[] = "__metadata__";

bool model_file_damaged(const struct model_file *file, struct error *error, const char *format, ...)
{
    char why[ERROR_TEXT_SIZE / 2];
    va_list values;
    va_start(values, format);
    vsnprintf(why, sizeof why, format, values);
    va_end(values);
    return error_set(error, ERROR_DATA, "%.300s is not a valid model file: %s", file->path, why);
}

static bool read_bytes(struct model_file *file, int descriptor, struct error *error)
{
    for (uint64_t done = 0; done < file->size;) {
        ssize_t got = read(descriptor, file->bytes + done, file->size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_system(error, "cannot read the model %s", file->path);
        if (got == 0)
            return model_file_damaged(file, error,
                                      "another program shortened it while it was read");
        done += (uint64_t)got;
    }
    return true;
}

static bool read_file(struct model_file *file, struct error *error)
{
    int descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return error_system(error, "cannot open the model %s", file->path);
    struct stat status;
    bool done = false;
    if (fstat(descriptor, &status) != 0)
        error_system(error, "cannot read the model %s", file->path);
    else if (!S_ISREG(status.st_mode))
        error_set(error, ERROR_DATA, "%.300s is not a regular file: a model is a single file",
                  file->path);
    else if (status.st_size < LENGTH_SIZE + 2)
        model_file_damaged(file, error, "it has %lld bytes, but even an empty model has %d",
                           (long long)status.st_size, LENGTH_SIZE + 2);
    else if ((uint64_t)status.st_size > MODEL_FILE_SIZE_MAX)
        model_file_damaged(file, error, "it has %lld bytes, but the limit is %llu",
                           (long long)status.st_size, MODEL_FILE_SIZE_MAX);
    else {
        file->size = (uint64_t)status.st_size;
        file->bytes = malloc(file->size);
        done = file->bytes != NULL ? read_bytes(file, descriptor, error)
                                   : error_memory(error, "the model file", file->size);
    }
    close(descriptor);
    return done;
}

static bool parse_header(struct model_file *file, struct error *error)
{
    uint64_t length = 0;
    for (int i = LENGTH_SIZE - 1; i >= 0; i--)
        length = length << 8 | file->bytes[i];
    if (length > file->size - LENGTH_SIZE || length > MODEL_FILE_HEADER_MAX)
        return model_file_damaged(file, error,
                                  "its first 8 bytes give a header size of %" PRIu64
                                  " bytes, but %" PRIu64 " bytes follow (and the limit is %d)",
                                  length, file->size - LENGTH_SIZE, MODEL_FILE_HEADER_MAX);
    const char *text = (const char *)file->bytes + LENGTH_SIZE;
    if (length == 0 || text[0] != '{')
        return model_file_damaged(file, error, "its header, at byte %d, does not begin with '{'",
                                  LENGTH_SIZE);
    json_error_t json_error;
    file->header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &json_error);
    if (file->header == NULL)
        return model_file_damaged(file, error, "its header is not JSON: %s at byte %d",
                                  json_error.text, LENGTH_SIZE + json_error.position);
    if (!json_is_object(file->header))
        return model_file_damaged(file, error, "its header is not a JSON object");
    file->data = LENGTH_SIZE + length;
    return true;
}

static bool check_metadata(const struct model_file *file, struct error *error)
{
    const json_t *metadata = json_object_get(file->header, metadata_key);
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return model_file_damaged(file, error,
                                  "it has no %s: it may be a safetensors file from another program",
                                  metadata_key);
    if (json_object_size(metadata) > MODEL_FILE_METADATA_MAX)
        return model_file_damaged(file, error, "it has %zu metadata entries, but the limit is %d",
                                  json_object_size(metadata), MODEL_FILE_METADATA_MAX);
    json_object_foreach((json_t *)json_object_get(file->header, metadata_key), key, value)
        if (!json_is_string(value))
            return model_file_damaged(file, error, "its metadata entry \"%.60s\" is not a string",
                                      key);
    const char *format = model_file_metadata(file, MODEL_KEY_FORMAT);
    if (format == NULL || strcmp(format, "mnist") != 0)
        return model_file_damaged(
            file, error, "its format is \"%.60s\", not \"mnist\": another program wrote it",
            format == NULL ? "" : format);
    return true;
}

static bool read_shape(const struct model_file *file, struct tensor_entry *entry,
                       const json_t *shape, uint64_t *count, struct error *error)
{
    if (!json_is_array(shape) || json_array_size(shape) > RANK_MAX)
        return model_file_damaged(file, error,
                                  "tensor %.60s must have a shape of at most %d dimensions",
                                  entry->name, RANK_MAX);
    *count = 1;
    entry->rank = (int)json_array_size(shape);
    for (int i = 0; i < entry->rank; i++) {
        const json_t *dim = json_array_get(shape, (size_t)i);
        json_int_t value = json_integer_value(dim);
        if (!json_is_integer(dim) || value < 1 ||
            (uint64_t)value > MODEL_FILE_SIZE_MAX / sizeof(float) / *count)
            return model_file_damaged(file, error,
                                      "dimension %d of tensor %.60s is not a valid size", i + 1,
                                      entry->name);
        entry->dims[i] = value;
        *count *= (uint64_t)value;
    }
    return true;
}

static bool read_entry(const struct model_file *file, struct tensor_entry *entry, const char *name,
                       const json_t *tensor, struct error *error)
{
    const json_t *dtype = json_object_get(tensor, "dtype");
    const json_t *offsets = json_object_get(tensor, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    uint64_t count = 0, data_size = file->size - file->data;
    entry->name = name;
    if (!json_is_string(dtype) || strcmp(json_string_value(dtype), "F32") != 0)
        return model_file_damaged(file, error, "tensor %.60s has dtype %.20s, expected F32", name,
                                  json_is_string(dtype) ? json_string_value(dtype) : "none");
    if (!read_shape(file, entry, json_object_get(tensor, "shape"), &count, error))
        return false;
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0 || json_integer_value(end) < json_integer_value(begin))
        return model_file_damaged(file, error,
                                  "tensor %.60s has no valid data_offsets [begin, end]", name);
    entry->begin = (uint64_t)json_integer_value(begin);
    entry->end = (uint64_t)json_integer_value(end);
    if (entry->end > data_size)
        return model_file_damaged(file, error,
                                  "tensor %.60s ends at byte %" PRIu64
                                  " of the data, but the data has %" PRIu64
                                  " bytes: the file is truncated",
                                  name, entry->end, data_size);
    if (entry->end - entry->begin != count * sizeof(float))
        return model_file_damaged(
            file, error, "tensor %.60s has %" PRIu64 " bytes, but its shape requires %" PRIu64,
            name, entry->end - entry->begin, count * (uint64_t)sizeof(float));
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    const struct tensor_entry *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* In the order of their offsets, each tensor must begin where the previous one ends. */
static bool check_layout(const struct model_file *file, struct error *error)
{
    uint64_t end = 0;
    for (int i = 0; i < file->entry_count; i++) {
        const struct tensor_entry *entry = &file->entries[i];
        if (entry->begin != end)
            return model_file_damaged(file, error,
                                      "tensor %.60s begins at byte %" PRIu64
                                      " of the data, expected %" PRIu64 ": there is %s",
                                      entry->name, entry->begin, end,
                                      entry->begin < end ? "an overlap" : "a gap");
        end = entry->end;
    }
    if (end != file->size - file->data)
        return model_file_damaged(file, error,
                                  "it has %" PRIu64 " bytes of data, but the tensors have %" PRIu64,
                                  file->size - file->data, end);
    return true;
}

static bool read_entries(struct model_file *file, struct error *error)
{
    size_t count = json_object_size(file->header);
    if (count > MODEL_FILE_TENSORS_MAX)
        return model_file_damaged(file, error, "it has %zu tensors, but the limit is %d", count,
                                  MODEL_FILE_TENSORS_MAX);
    file->entries = calloc(count + 1, sizeof *file->entries);
    if (file->entries == NULL)
        return error_memory(error, "the model file's list of tensors",
                            count * sizeof *file->entries);
    const char *name;
    json_t *tensor;
    json_object_foreach(file->header, name, tensor) {
        if (strcmp(name, metadata_key) == 0)
            continue;
        if (!read_entry(file, &file->entries[file->entry_count], name, tensor, error))
            return false;
        file->entry_count++;
    }
    qsort(file->entries, (size_t)file->entry_count, sizeof *file->entries, compare_entries);
    return check_layout(file, error);
}

/* The SHA-256 in the metadata, if there is one, must be that of the content. */
static bool check_digest(const struct model_file *file, struct error *error)
{
    const char *stated = model_file_metadata(file, MODEL_KEY_DIGEST);
    char found[MODEL_DIGEST_SIZE];
    if (stated == NULL)
        return true;
    struct digest_tensor *tensors = calloc((size_t)file->entry_count + 1, sizeof *tensors);
    for (int i = 0; tensors != NULL && i < file->entry_count; i++) {
        const struct tensor_entry *entry = &file->entries[i];
        tensors[i] = (struct digest_tensor){.name = entry->name,
                                            .rank = entry->rank,
                                            .bytes = file->bytes + file->data + entry->begin,
                                            .size = entry->end - entry->begin};
        memcpy(tensors[i].dims, entry->dims, sizeof entry->dims);
    }
    json_t *metadata = json_object_get(file->header, metadata_key);
    bool done = tensors != NULL && model_file_digest(found, metadata, tensors, file->entry_count);
    free(tensors);
    if (!done)
        return error_memory(error, "the model file's checksum", 0);
    return strcmp(stated, found) == 0 ||
           model_file_damaged(
               file, error,
               "the SHA-256 of its content is %.16s..., but its metadata contains %.16s...; the "
               "file was changed after it was saved (if the change is intended, remove \"%s\" "
               "from the metadata)",
               found, stated, MODEL_KEY_DIGEST);
}

struct model_file *model_file_open(const char *path, struct error *error)
{
    struct model_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        error_memory(error, "the model file", sizeof *file);
        return NULL;
    }
    if ((size_t)snprintf(file->path, sizeof file->path, "%s", path) >= sizeof file->path) {
        error_set(error, ERROR_SYSTEM, "the path is too long: %.200s...", path);
        model_file_free(&file);
        return NULL;
    }
    if (!read_file(file, error) || !parse_header(file, error) || !check_metadata(file, error) ||
        !read_entries(file, error) || !check_digest(file, error))
        model_file_free(&file);
    return file;
}

void model_file_free(struct model_file **file)
{
    if (*file == NULL)
        return;
    json_decref((*file)->header);
    free((*file)->entries);
    free((*file)->bytes);
    free(*file);
    *file = NULL;
}

/* ---- queries --------------------------------------------------------------------------------- */

bool model_file_verified(const struct model_file *file)
{
    return model_file_metadata(file, MODEL_KEY_DIGEST) != NULL;
}

const char *model_file_metadata(const struct model_file *file, const char *key)
{
    return json_string_value(json_object_get(json_object_get(file->header, metadata_key), key));
}

bool model_file_input(const struct model_file *file, struct shape *input, struct error *error)
{
    const char *text = model_file_metadata(file, MODEL_KEY_INPUT);
    int sizes[3], used = 0;
    enum { SIZE_MAX_PIXELS = 4096 };
    if (text == NULL || strlen(text) > 32 ||
        sscanf(text, "%5dx%5dx%5d%n", &sizes[0], &sizes[1], &sizes[2], &used) != 3 ||
        text[used] != '\0')
        return model_file_damaged(file, error,
                                  "its input shape \"%.40s\" does not have the form \"1x28x28\"",
                                  text == NULL ? "" : text);
    for (int i = 0; i < 3; i++)
        if (sizes[i] < 1 || sizes[i] > SIZE_MAX_PIXELS)
            return model_file_damaged(file, error,
                                      "its input shape \"%.40s\" has a number that is not 1 to %d",
                                      text, SIZE_MAX_PIXELS);
    *input = (struct shape){sizes[0], sizes[1], sizes[2]};
    return true;
}
