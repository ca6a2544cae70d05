/*
 * checkpoint_fields - one switch over the types for writing and one for reading. Reading checks
 * type and range of every field.
 */
#include "mnist/nn/train/checkpoint_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *number_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *field_json(const char *at, enum field_type type)
{
    char hex[32];
    switch (type) {
    case FIELD_INT_ADDED:
    case FIELD_INT: return json_integer(*(const int *)(const void *)at);
    case FIELD_OPTIONAL:
    case FIELD_FLOAT: return number_json((double)*(const float *)(const void *)at);
    case FIELD_DOUBLE: return number_json(*(const double *)(const void *)at);
    case FIELD_BOOL: return json_boolean(*(const bool *)(const void *)at);
    case FIELD_U64_ADDED:
    case FIELD_U64: return json_integer((json_int_t) * (const uint64_t *)(const void *)at);
    case FIELD_I64: return json_integer(*(const int64_t *)(const void *)at);
    case FIELD_HEX:
        snprintf(hex, sizeof hex, "%016" PRIx64, *(const uint64_t *)(const void *)at);
        return json_string(hex);
    }
    return NULL;
}

json_t *fields_write(const void *from, const struct field *fields, int count)
{
    json_t *object = json_object();
    for (int i = 0; i < count; i++) {
        const char *at = (const char *)from + fields[i].offset;
        if (fields[i].type == FIELD_OPTIONAL && isnan(*(const float *)(const void *)at))
            continue;
        if (json_object_set_new(object, fields[i].name, field_json(at, fields[i].type)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static bool read_hex(uint64_t *to, const json_t *value)
{
    const char *text = json_string_value(value);
    char *end = NULL;
    if (text == NULL || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *to = strtoull(text, &end, 16);
    return true;
}

static bool read_field(char *at, enum field_type type, const json_t *value)
{
    if (value == NULL && (type == FIELD_INT_ADDED || type == FIELD_U64_ADDED))
        return true;
    json_int_t integer = json_integer_value(value);
    double number = json_is_null(value) ? (double)NAN : json_number_value(value);
    switch (type) {
    case FIELD_INT_ADDED:
    case FIELD_INT:
        *(int *)(void *)at = (int)integer;
        return json_is_integer(value) && integer >= 0 && integer <= INT32_MAX;
    case FIELD_U64_ADDED:
    case FIELD_U64:
    case FIELD_I64: *(int64_t *)(void *)at = integer; return json_is_integer(value) && integer >= 0;
    case FIELD_BOOL: *(bool *)(void *)at = json_is_true(value); return json_is_boolean(value);
    case FIELD_HEX: return read_hex((uint64_t *)(void *)at, value);
    case FIELD_DOUBLE:
        *(double *)(void *)at = number;
        return json_is_null(value) || json_is_number(value);
    case FIELD_OPTIONAL:
    case FIELD_FLOAT:
        if (!isnan(number) && fabs(number) > 3.4e38)
            return false;
        *(float *)(void *)at = (float)number;
        return json_is_null(value) || json_is_number(value) ||
               (type == FIELD_OPTIONAL && value == NULL);
    }
    return false;
}

const char *fields_read(void *to, const json_t *object, const struct field *fields, int count)
{
    for (int i = 0; i < count; i++)
        if (!read_field((char *)to + fields[i].offset, fields[i].type,
                        json_object_get(object, fields[i].name)))
            return fields[i].name;
    return NULL;
}
