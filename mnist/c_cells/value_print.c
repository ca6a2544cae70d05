/*
 * value_print - structs, unions and arrays: recursive descent through the type, with the address of
 * each part. value_scalar.c prints all other values.
 */
#include "mnist/c_cells/value_print.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c_cells/value_scalar.h"

enum {
    LINE_WIDTH = 80,
    WHOLE_COUNT_MAX = 1000, /* elements of the longest array printed in full */
    EDGE_COUNT = 3,         /* elements at each end of a shortened array     */
    INDENT = 4,
    WIDTH_MAX = 32, /* of a column */
};

static void put(FILE *to, const json_t *type, const void *at, int indent);

/* The value as a string. Caller frees; NULL: out of memory. */
static char *print_value(const json_t *type, const void *at, int indent)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        return NULL;
    put(file, type, at, indent);
    return fclose(file) == 0 ? text : NULL;
}

static int64_t bits_at(const unsigned char *at, size_t bit, int width, bool is_signed)
{
    uint64_t value = 0;
    for (int i = 0; i < width && i < 64; i++)
        value |= (uint64_t)(at[(bit + (size_t)i) / 8] >> (bit + (size_t)i) % 8 & 1) << i;
    if (is_signed && width > 0 && width < 64 && (value >> (width - 1) & 1) != 0)
        value |= ~(uint64_t)0 << width;
    return (int64_t)value;
}

static void put_field(FILE *to, const json_t *field, const unsigned char *at, int indent)
{
    size_t bit = (size_t)json_integer_value(json_array_get(field, 1));
    int width = (int)json_integer_value(json_array_get(field, 2));
    const json_t *type = json_array_get(field, 3);
    const char *name = json_string_value(json_array_get(field, 0));
    if (name != NULL && name[0] != '\0')
        fprintf(to, ".%s = ", name);
    if (width >= 0)
        value_scalar_integer(
            to, bits_at(at, bit, width, json_is_true(json_object_get(type, "signed"))), true);
    else
        put(to, type, at + bit / 8, indent);
}

/* In one line if it fits, else with one line for each field. */
static void put_record(FILE *to, const json_t *type, const void *at, int indent)
{
    const json_t *fields = json_object_get(type, "fields"), *field;
    size_t i, size;
    char *line = NULL;
    FILE *file = open_memstream(&line, &size);
    if (file == NULL)
        return;
    fputc('{', file);
    json_array_foreach(fields, i, field) {
        fputs(i > 0 ? ", " : "", file);
        put_field(file, field, at, indent);
    }
    fputc('}', file);
    if (fclose(file) == 0 && strlen(line) + (size_t)indent <= LINE_WIDTH &&
        strchr(line, '\n') == NULL) {
        fputs(line, to);
    } else {
        fputs("{\n", to);
        json_array_foreach(fields, i, field) {
            fprintf(to, "%*s", indent + INDENT, "");
            put_field(to, field, at, indent + INDENT);
            fputs(",\n", to);
        }
        fprintf(to, "%*s}", indent, "");
    }
    free(line);
}

static size_t count_of(const json_t *array)
{
    json_int_t count = json_integer_value(json_object_get(array, "count"));
    return count > 0 ? (size_t)count : 0;
}

static size_t elements_of(const json_t *type)
{
    return value_type_is(type, "array") ? count_of(type) * elements_of(json_object_get(type, "of"))
                                        : 1;
}

/* The next index to print; *gap = the middle of the array is left out here. */
static size_t next_index(size_t i, size_t count, bool shorten, bool *gap)
{
    *gap = shorten && i + 1 == EDGE_COUNT && count > 2 * EDGE_COUNT;
    return *gap ? count - EDGE_COUNT : i + 1;
}

/* The width of the widest element, which aligns the columns. */
static int width_of(const json_t *type, const void *at, bool shorten)
{
    const json_t *of = json_object_get(type, "of");
    size_t count = count_of(type), step = value_type_size(of);
    int width = 0;
    bool gap;
    for (size_t i = 0; i < count; i = next_index(i, count, shorten, &gap)) {
        const char *element = (const char *)at + i * step;
        int own = 0;
        if (value_type_is(of, "array")) {
            own = width_of(of, element, shorten);
        } else {
            char *text = print_value(of, element, 0);
            own = text != NULL ? (int)strlen(text) : 0;
            free(text);
        }
        width = own > width ? own : width;
    }
    return width < WIDTH_MAX ? width : WIDTH_MAX;
}

static void put_elements(FILE *to, const json_t *type, const void *at, int indent, int width,
                         bool shorten)
{
    const json_t *of = json_object_get(type, "of");
    size_t count = count_of(type), step = value_type_size(of);
    bool rows = value_type_is(of, "array"), gap = false;
    size_t column = (size_t)indent + 1;
    fputc('{', to);
    for (size_t i = 0; i < count;) {
        const char *element = (const char *)at + i * step;
        if (rows) {
            put_elements(to, of, element, indent + 1, width, shorten);
        } else {
            char *text = print_value(of, element, indent);
            fprintf(to, "%*s", width, text != NULL ? text : "");
            column += text != NULL && strlen(text) > (size_t)width ? strlen(text) : (size_t)width;
            free(text);
        }
        i = next_index(i, count, shorten, &gap);
        if (i < count) {
            bool turn = rows || column + 2 + (size_t)width > LINE_WIDTH + 40;
            fputs(gap && !rows ? ", …," : ",", to);
            column = turn ? (size_t)indent + 1 : column + 2;
            if (gap && rows)
                fprintf(to, "\n%*s…,", indent + 1, "");
            if (turn)
                fprintf(to, "\n%*s", indent + 1, "");
            else
                fputc(' ', to);
        }
    }
    fputc('}', to);
}

static void put_shape(FILE *to, const json_t *type)
{
    const json_t *of = type;
    while (value_type_is(of, "array"))
        of = json_object_get(of, "of");
    fputs(value_type_text(of, "name"), to);
    for (of = type; value_type_is(of, "array"); of = json_object_get(of, "of"))
        fprintf(to, "[%zu]", count_of(of));
}

static void put_array(FILE *to, const json_t *type, const void *at, int indent)
{
    const json_t *of = json_object_get(type, "of");
    if (value_type_is(of, "char")) {
        value_scalar_characters(
            to, at, strnlen(at, count_of(type))); /* a string that fills its array has no NUL */
        return;
    }
    bool rows = value_type_is(of, "array"), shorten = elements_of(type) > WHOLE_COUNT_MAX;
    put_shape(to, type);
    if (rows)
        fprintf(to, "\n%*s", indent, "");
    else
        fputc(' ', to);
    put_elements(to, type, at, indent, rows ? width_of(type, at, shorten) : 0, shorten);
}

static void put(FILE *to, const json_t *type, const void *at, int indent)
{
    static const struct {
        const char *kind;
        void (*put)(FILE *to, const json_t *type, const void *at, int indent);
    } nested[] = {{"struct", put_record}, {"union", put_record}, {"array", put_array}};
    for (size_t i = 0; i < sizeof nested / sizeof *nested; i++)
        if (value_type_is(type, nested[i].kind)) {
            nested[i].put(to, type, at, indent);
            return;
        }
    value_scalar_print(to, type, at);
}

char *value_print(const json_t *type, const void *value)
{
    return print_value(type, value, 0);
}
