/*
 * dataset_json - reads and writes dataset.json with Jansson. Reading checks type and range of each
 * field.
 */
#include "mnist/data/dataset_json.h"

#include "mnist/base/atomic_file.h"
#include "mnist/data/idx.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char format_name[] = "mnist-dataset";

static bool dataset_json_path(char *path, size_t size, const char *folder, struct error *error)
{
    int length = snprintf(path, size, "%s/" DATASET_JSON_FILE, folder);
    if (length < 0 || (size_t)length >= size)
        return error_set(error, ERROR_USAGE, "the folder's name is too long: %.60s...", folder);
    return true;
}

bool dataset_json_write(const struct dataset_json *fields, const char *folder, struct error *error)
{
    char path[ATOMIC_FILE_PATH_MAX];
    if (!dataset_json_path(path, sizeof path, folder, error))
        return false;
    if (fields->seed > INT64_MAX)
        return error_set(error, ERROR_USAGE,
                         "the seed of a saved data set must be at most 2^63 - 1");
    json_t *json =
        json_pack("{s:s, s:i, s:s, s:s, s:b, s:i, s:b, s:i, s:I, s:s}", "format", format_name,
                  "version", DATASET_JSON_VERSION, "source", fields->source, "classes",
                  fields->fashion ? "fashion" : "digits", "deskew", fields->deskew, "crop",
                  fields->crop, "normalize", fields->normalize, "validation", fields->validation,
                  "seed", (json_int_t)fields->seed, "note", fields->note);
    if (json != NULL && fields->source_hash[0] != '\0' &&
        json_object_set_new(json, "source_sha256", json_string(fields->source_hash)) < 0) {
        json_decref(json);
        json = NULL;
    }
    char *text = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    if (text == NULL)
        return error_set(error, ERROR_SYSTEM,
                         "%s: cannot write JSON: out of memory, or a name is not valid UTF-8",
                         path);
    struct atomic_file_part parts[] = {{text, strlen(text)}, {"\n", 1}};
    bool ok = atomic_file_write(path, parts, 2, error);
    free(text);
    return ok;
}

/* Reads the file into a buffer that the caller frees. *text = NULL if the file does not exist. */
static bool read_text(const char *path, char **text, size_t *size, struct error *error)
{
    *text = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return errno == ENOENT || error_system(error, "cannot open %s", path);
    char *buffer = malloc(DATASET_JSON_FILE_MAX + 1);
    bool ok = buffer != NULL || error_memory(error, path, DATASET_JSON_FILE_MAX);
    for (*size = 0; ok && *size <= DATASET_JSON_FILE_MAX;) {
        ssize_t got = read(file, buffer + *size, DATASET_JSON_FILE_MAX + 1 - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            ok = error_system(error, "cannot read %s", path);
        if (got <= 0)
            break;
        *size += (size_t)got;
    }
    close(file);
    if (ok && *size > DATASET_JSON_FILE_MAX)
        ok = error_set(error, ERROR_DATA, "%s: expected at most %d bytes, found more", path,
                       DATASET_JSON_FILE_MAX);
    if (!ok) {
        free(buffer);
        return false;
    }
    *text = buffer;
    return true;
}

static bool wrong(const char *path, const char *field, const char *expected, struct error *error)
{
    return error_set(error, ERROR_DATA,
                     "%s: field \"%s\": expected %s; the file is damaged or was written by another "
                     "program: save the data set again with `preprocess save=NAME`",
                     path, field, expected);
}

static bool get_text(const json_t *json, const char *path, const char *field, char *out,
                     size_t size, struct error *error)
{
    const char *value = json_string_value(json_object_get(json, field));
    if (value == NULL || strlen(value) >= size)
        return wrong(path, field, "a short text", error);
    memcpy(out, value, strlen(value) + 1);
    return true;
}

static bool get_number(const json_t *json, const char *path, const char *field, json_int_t max,
                       json_int_t *out, struct error *error)
{
    const json_t *value = json_object_get(json, field);
    *out = json_integer_value(value);
    if (json_is_integer(value) && *out >= 0 && *out <= max)
        return true;
    char expected[64];
    snprintf(expected, sizeof expected, "an integer from 0 to %" JSON_INTEGER_FORMAT, max);
    return wrong(path, field, expected, error);
}

static bool get_truth(const json_t *json, const char *path, const char *field, bool *out,
                      struct error *error)
{
    const json_t *value = json_object_get(json, field);
    *out = json_is_true(value);
    return json_is_boolean(value) || wrong(path, field, "true or false", error);
}

/* Files of older versions do not have this field. */
static bool get_source_hash(const json_t *json, const char *path, char hash[SHA256_HEX_SIZE],
                            struct error *error)
{
    hash[0] = '\0';
    if (json_object_get(json, "source_sha256") == NULL)
        return true;
    return get_text(json, path, "source_sha256", hash, SHA256_HEX_SIZE, error) &&
           (strspn(hash, "0123456789abcdef") == SHA256_HEX_SIZE - 1 ||
            wrong(path, "source_sha256", "64 hexadecimal digits", error));
}

static bool decode(struct dataset_json *fields, const json_t *json, const char *path,
                   struct error *error)
{
    char format[sizeof format_name], classes[sizeof "fashion"];
    json_int_t version, crop, validation, seed;
    if (!get_text(json, path, "format", format, sizeof format, error) ||
        !get_number(json, path, "version", INT32_MAX, &version, error))
        return false;
    if (strcmp(format, format_name) != 0)
        return wrong(path, "format", "\"mnist-dataset\"", error);
    if (version != DATASET_JSON_VERSION)
        return wrong(path, "version", "1 (a newer program may have written it)", error);
    if (!get_text(json, path, "source", fields->source, sizeof fields->source, error) ||
        !get_text(json, path, "classes", classes, sizeof classes, error) ||
        !get_source_hash(json, path, fields->source_hash, error) ||
        !get_text(json, path, "note", fields->note, sizeof fields->note, error) ||
        !get_truth(json, path, "deskew", &fields->deskew, error) ||
        !get_truth(json, path, "normalize", &fields->normalize, error) ||
        !get_number(json, path, "crop", DATASET_JSON_CROP_MAX, &crop, error) ||
        !get_number(json, path, "validation", IDX_COUNT_MAX, &validation, error) ||
        !get_number(json, path, "seed", INT64_MAX, &seed, error))
        return false;
    fields->fashion = strcmp(classes, "fashion") == 0;
    if (!fields->fashion && strcmp(classes, "digits") != 0)
        return wrong(path, "classes", "\"digits\" or \"fashion\"", error);
    fields->crop = (int)crop;
    fields->validation = (int)validation;
    fields->seed = (uint64_t)seed;
    return true;
}

bool dataset_json_read(struct dataset_json *fields, bool *present, const char *folder,
                       struct error *error)
{
    char path[ATOMIC_FILE_PATH_MAX], *text;
    size_t size = 0;
    *fields = (struct dataset_json){0};
    *present = false;
    if (!dataset_json_path(path, sizeof path, folder, error) ||
        !read_text(path, &text, &size, error))
        return false;
    if (text == NULL)
        return true;
    json_error_t where;
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    free(text);
    if (json == NULL)
        return error_set(
            error, ERROR_DATA,
            "%s: line %d, column %d: expected JSON, found: %s; save the data set again with "
            "`preprocess save=NAME`",
            path, where.line, where.column, where.text);
    struct dataset_json found = {0};
    bool ok = decode(&found, json, path, error);
    json_decref(json);
    if (ok)
        *fields = found;
    *present = ok;
    return ok;
}
