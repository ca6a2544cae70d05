/*
 * value_print - recursive descent through the type, with the address of each part.
 */
#include "mnist/c_cells/value_print.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mnist/base/utf8.h"

enum {
    LINE_WIDTH = 80,
    TEXT_SIZE_MAX = 2000,   /* printed bytes of a string                     */
    WHOLE_COUNT_MAX = 1000, /* elements of the longest array printed in full */
    EDGE_COUNT = 3,         /* elements at each end of a shortened array     */
    INDENT = 4,
    WIDTH_MAX = 32, /* of a column */
};

__extension__ typedef unsigned __int128 wide;

static const char *word(const json_t *type, const char *key)
{
    const char *text = json_string_value(json_object_get(type, key));
    return text != NULL ? text : "";
}

static bool is_kind(const json_t *type, const char *kind)
{
    return strcmp(word(type, "k"), kind) == 0;
}

static size_t size_of(const json_t *type)
{
    if (is_kind(type, "array"))
        return (size_t)json_integer_value(json_object_get(type, "count")) *
               size_of(json_object_get(type, "of"));
    return (size_t)json_integer_value(json_object_get(type, "size"));
}

/* Copies memory that may be unreadable; false = it is. */
static bool read_memory(const void *from, void *to, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)from, size};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* ---- numbers -----------------------------------------------------------------------------------
   */

static void put_double(FILE *to, double value, bool single)
{
    char text[64];
    for (int digits = single ? 6 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (isnan(value) ||
            (single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value))
            break;
    }
    fputs(text, to);
}

static void put_float(FILE *to, const json_t *type, const void *at)
{
    float single;
    double value;
    long double longer;
    switch (size_of(type)) {
    case sizeof single:
        memcpy(&single, at, sizeof single);
        put_double(to, (double)single, true);
        return;
    case sizeof value:
        memcpy(&value, at, sizeof value);
        put_double(to, value, false);
        return;
    case sizeof longer:
        memcpy(&longer, at, sizeof longer);
        fprintf(to, "%.21Lg", longer);
        return;
    default: fprintf(to, "(%s)", word(type, "name"));
    }
}

static int64_t integer_at(const void *at, size_t size, bool is_signed)
{
    uint64_t value = 0;
    size = size < sizeof value ? size : sizeof value;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)((const unsigned char *)at)[i] << 8 * i;
    int unused = 64 - 8 * (int)size;
    if (is_signed && size > 0 && (value >> (63 - unused) & 1) != 0)
        value |= unused > 0 ? ~(uint64_t)0 << (64 - unused) : 0;
    return (int64_t)value;
}

static void put_integer(FILE *to, int64_t value, bool is_signed)
{
    if (is_signed)
        fprintf(to, "%lld", (long long)value);
    else
        fprintf(to, "%llu", (unsigned long long)value);
}

static void put_wide(FILE *to, const void *at, bool is_signed)
{
    wide value;
    char digits[48];
    int i = sizeof digits - 1;
    memcpy(&value, at, sizeof value);
    bool negative = is_signed && (value >> 127) != 0;
    value = negative ? -value : value;
    digits[i] = '\0';
    do
        digits[--i] = (char)('0' + (int)(value % 10));
    while ((value /= 10) > 0);
    fprintf(to, "%s%s", negative ? "-" : "", digits + i);
}

static void put_enum(FILE *to, const json_t *type, int64_t value)
{
    size_t i;
    json_t *pair;
    json_array_foreach(json_object_get(type, "values"), i, pair)
        if (json_integer_value(json_array_get(pair, 1)) == value) {
            fprintf(to, "%s (%lld)", json_string_value(json_array_get(pair, 0)), (long long)value);
            return;
        }
    fprintf(to, "(%s) %lld", word(type, "name"), (long long)value);
}

static void put_complex(FILE *to, const json_t *type, const void *at)
{
    double parts[2] = {0};
    float singles[2];
    if (size_of(type) == sizeof singles) {
        memcpy(singles, at, sizeof singles);
        parts[0] = (double)singles[0];
        parts[1] = (double)singles[1];
    } else {
        memcpy(parts, at, sizeof parts);
    }
    put_double(to, parts[0], size_of(type) == sizeof singles);
    fputs(signbit(parts[1]) ? " - " : " + ", to);
    put_double(to, fabs(parts[1]), size_of(type) == sizeof singles);
    fputc('i', to);
}

/* ---- characters and strings
   ---------------------------------------------------------------------- */

static void put_character(FILE *to, char c, char quote)
{
    static const char plain[] = "\a\b\f\n\r\t\v\\", escaped[] = "abfnrtv\\";
    const char *at = c != '\0' ? strchr(plain, c) : NULL;
    if (at != NULL)
        fprintf(to, "\\%c", escaped[at - plain]);
    else if (c == quote)
        fprintf(to, "\\%c", c);
    else if ((unsigned char)c < ' ' || (unsigned char)c >= 0x7F)
        fprintf(to, "\\%03o", (unsigned)(unsigned char)c);
    else
        fputc(c, to);
}

static void put_char(FILE *to, char c)
{
    fputc('\'', to);
    put_character(to, c, '\'');
    fprintf(to, "' (%d)", c);
}

/* UTF-8 characters as they are, invalid bytes and control characters as escapes; at most
   TEXT_SIZE_MAX bytes. */
static void put_characters(FILE *to, const char *bytes, size_t size)
{
    size_t at = 0;
    fputc('"', to);
    while (at < size && at < TEXT_SIZE_MAX) {
        bool valid;
        size_t length = utf8_decode(bytes + at, size - at, NULL, &valid);
        if (valid && length > 1)
            fwrite(bytes + at, 1, length, to);
        else
            put_character(to, bytes[at], '"');
        at += length;
    }
    fputs(at < size ? "\"…" : "\"", to);
}

static void put_string(FILE *to, const char *text)
{
    char bytes[TEXT_SIZE_MAX + UTF8_SIZE_MAX];
    size_t size = 0;
    if (!read_memory(text, bytes, 1)) {
        fprintf(to, "(char *) %p, which cannot be read", (const void *)text);
        return;
    }
    while (size < sizeof bytes && read_memory(text + size, &bytes[size], 1) && bytes[size] != '\0')
        size++;
    put_characters(to, bytes, size);
}

static void put_pointer(FILE *to, const json_t *type, const void *at)
{
    const void *value;
    memcpy(&value, at, sizeof value);
    if (value == NULL)
        fputs("NULL", to);
    else if (json_is_true(json_object_get(type, "text")))
        put_string(to, value);
    else
        fprintf(to, "(%s) %p", word(type, "name"), value);
}

/* ---- structs and arrays
   --------------------------------------------------------------------------- */

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
        put_integer(to, bits_at(at, bit, width, json_is_true(json_object_get(type, "signed"))),
                    true);
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
    return is_kind(type, "array") ? count_of(type) * elements_of(json_object_get(type, "of")) : 1;
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
    size_t count = count_of(type), step = size_of(of);
    int width = 0;
    bool gap;
    for (size_t i = 0; i < count; i = next_index(i, count, shorten, &gap)) {
        const char *element = (const char *)at + i * step;
        int own = 0;
        if (is_kind(of, "array")) {
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
    size_t count = count_of(type), step = size_of(of);
    bool rows = is_kind(of, "array"), gap = false;
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
    while (is_kind(of, "array"))
        of = json_object_get(of, "of");
    fputs(word(of, "name"), to);
    for (of = type; is_kind(of, "array"); of = json_object_get(of, "of"))
        fprintf(to, "[%zu]", count_of(of));
}

static void put_array(FILE *to, const json_t *type, const void *at, int indent)
{
    const json_t *of = json_object_get(type, "of");
    if (is_kind(of, "char")) {
        put_characters(to, at,
                       strnlen(at, count_of(type))); /* a string that fills its array has no NUL */
        return;
    }
    bool rows = is_kind(of, "array"), shorten = elements_of(type) > WHOLE_COUNT_MAX;
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
    size_t size = size_of(type);
    bool is_signed = json_is_true(json_object_get(type, "signed"));
    for (size_t i = 0; i < sizeof nested / sizeof *nested; i++)
        if (is_kind(type, nested[i].kind)) {
            nested[i].put(to, type, at, indent);
            return;
        }
    if (is_kind(type, "int") && size > sizeof(int64_t))
        put_wide(to, at, is_signed);
    else if (is_kind(type, "int"))
        put_integer(to, integer_at(at, size, is_signed), is_signed);
    else if (is_kind(type, "bool"))
        fputs(*(const unsigned char *)at != 0 ? "true" : "false", to);
    else if (is_kind(type, "char"))
        put_char(to, *(const char *)at);
    else if (is_kind(type, "float"))
        put_float(to, type, at);
    else if (is_kind(type, "complex"))
        put_complex(to, type, at);
    else if (is_kind(type, "enum"))
        put_enum(to, type, integer_at(at, size, is_signed));
    else if (is_kind(type, "pointer"))
        put_pointer(to, type, at);
    else if (is_kind(type, "function"))
        fprintf(to, "a function, %s", word(type, "name"));
    else
        fprintf(to, "(%s)", word(type, "name"));
}

char *value_print(const json_t *type, const void *value)
{
    return print_value(type, value, 0);
}
