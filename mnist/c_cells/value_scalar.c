/*
 * value_scalar - prints numbers, characters, strings and pointers (see value_scalar.h).
 */
#include "mnist/c_cells/value_scalar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mnist/base/utf8.h"

enum { TEXT_SIZE_MAX = 2000 }; /* printed bytes of a string */

__extension__ typedef unsigned __int128 wide;

const char *value_type_text(const json_t *type, const char *key)
{
    const char *text = json_string_value(json_object_get(type, key));
    return text != NULL ? text : "";
}

bool value_type_is(const json_t *type, const char *kind)
{
    return strcmp(value_type_text(type, "k"), kind) == 0;
}

size_t value_type_size(const json_t *type)
{
    if (value_type_is(type, "array"))
        return (size_t)json_integer_value(json_object_get(type, "count")) *
               value_type_size(json_object_get(type, "of"));
    return (size_t)json_integer_value(json_object_get(type, "size"));
}

/* Copies memory that may be unreadable; false = it is. */
static bool read_memory(const void *from, void *to, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)from, size};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* ---- numbers ---- */

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
    switch (value_type_size(type)) {
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
    default: fprintf(to, "(%s)", value_type_text(type, "name"));
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

void value_scalar_integer(FILE *to, int64_t value, bool is_signed)
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
    fprintf(to, "(%s) %lld", value_type_text(type, "name"), (long long)value);
}

static void put_complex(FILE *to, const json_t *type, const void *at)
{
    double parts[2] = {0};
    float singles[2];
    if (value_type_size(type) == sizeof singles) {
        memcpy(singles, at, sizeof singles);
        parts[0] = (double)singles[0];
        parts[1] = (double)singles[1];
    } else {
        memcpy(parts, at, sizeof parts);
    }
    put_double(to, parts[0], value_type_size(type) == sizeof singles);
    fputs(signbit(parts[1]) ? " - " : " + ", to);
    put_double(to, fabs(parts[1]), value_type_size(type) == sizeof singles);
    fputc('i', to);
}

/* ---- characters and strings ---- */

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

void value_scalar_characters(FILE *to, const char *bytes, size_t size)
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
    value_scalar_characters(to, bytes, size);
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
        fprintf(to, "(%s) %p", value_type_text(type, "name"), value);
}

void value_scalar_print(FILE *to, const json_t *type, const void *at)
{
    size_t size = value_type_size(type);
    bool is_signed = json_is_true(json_object_get(type, "signed"));
    if (value_type_is(type, "int") && size > sizeof(int64_t))
        put_wide(to, at, is_signed);
    else if (value_type_is(type, "int"))
        value_scalar_integer(to, integer_at(at, size, is_signed), is_signed);
    else if (value_type_is(type, "bool"))
        fputs(*(const unsigned char *)at != 0 ? "true" : "false", to);
    else if (value_type_is(type, "char"))
        put_char(to, *(const char *)at);
    else if (value_type_is(type, "float"))
        put_float(to, type, at);
    else if (value_type_is(type, "complex"))
        put_complex(to, type, at);
    else if (value_type_is(type, "enum"))
        put_enum(to, type, integer_at(at, size, is_signed));
    else if (value_type_is(type, "pointer"))
        put_pointer(to, type, at);
    else if (value_type_is(type, "function"))
        fprintf(to, "a function, %s", value_type_text(type, "name"));
    else
        fprintf(to, "(%s)", value_type_text(type, "name"));
}
