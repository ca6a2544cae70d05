/*
 * value - life cycle, comparison and printing of values.
 */
#include "mnist/language/value.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"
#include "mnist/base/string_buffer.h"

/* Integers up to 2^53 are printed without exponent. A double cannot represent all larger ones. */
#define INTEGER_EXACT 9007199254740992.0

/* Bytes of a printed value, with quotes, escapes and commas. */
enum { VALUE_PRINT_MAX = 256 * 1024 * 1024 };

void value_init(struct value *value)
{
    *value = (struct value){.kind = VALUE_NONE};
}

void value_release(struct value *value)
{
    if (value->kind == VALUE_STRING) {
        free(value->text);
    } else if (value->kind == VALUE_LIST) {
        for (size_t i = 0; i < value->list.count; i++)
            value_release(&value->list.items[i]);
        free(value->list.items);
    }
    value_init(value);
}

struct value value_boolean(bool boolean)
{
    return (struct value){.kind = VALUE_BOOLEAN, .boolean = boolean};
}

struct value value_number(double number)
{
    return (struct value){.kind = VALUE_NUMBER, .number = number};
}

bool value_string_bytes(struct value *value, const char *text, size_t size)
{
    value_init(value);
    if (size > VALUE_STRING_SIZE_MAX)
        return false;
    char *copy = malloc(size + 1);
    if (copy == NULL)
        return false;
    if (size > 0)
        memcpy(copy, text, size);
    copy[size] = '\0';
    value->kind = VALUE_STRING;
    value->text = copy;
    return true;
}

bool value_string(struct value *value, const char *text)
{
    return value_string_bytes(value, text, strlen(text));
}

bool value_list(struct value *value)
{
    *value = (struct value){.kind = VALUE_LIST};
    return true;
}

static bool list_copy(struct value *to, const struct value *from)
{
    size_t count = from->list.count;
    struct value list = {.kind = VALUE_LIST};
    if (count > 0 &&
        (list.list.items = malloc(array_capacity(count) * sizeof *list.list.items)) == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!value_copy(&list.list.items[i], &from->list.items[i])) {
            value_release(&list);
            return false;
        }
        list.list.count++;
    }
    *to = list;
    return true;
}

bool value_copy(struct value *to, const struct value *from)
{
    value_init(to);
    switch (from->kind) {
    case VALUE_STRING: return value_string(to, from->text);
    case VALUE_LIST: return list_copy(to, from);
    default: *to = *from; return true;
    }
}

bool value_append(struct value *list, struct value *item)
{
    assert(list->kind == VALUE_LIST);
    struct value *items =
        array_grow(list->list.items, list->list.count, sizeof *items, VALUE_LIST_MAX);
    if (items == NULL)
        return false;
    list->list.items = items;
    list->list.items[list->list.count++] = *item;
    value_init(item);
    return true;
}

size_t value_size(const struct value *value)
{
    size_t size = sizeof *value;
    if (value->kind == VALUE_STRING)
        size += strlen(value->text) + 1;
    if (value->kind == VALUE_LIST) {
        for (size_t i = 0; i < value->list.count; i++)
            size += value_size(&value->list.items[i]);
    }
    return size;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_NONE: return true;
    case VALUE_BOOLEAN: return a->boolean == b->boolean;
    case VALUE_NUMBER: return a->number == b->number;
    case VALUE_STRING: return strcmp(a->text, b->text) == 0;
    case VALUE_LIST: break;
    }
    if (a->list.count != b->list.count)
        return false;
    for (size_t i = 0; i < a->list.count; i++) {
        if (!value_equal(&a->list.items[i], &b->list.items[i]))
            return false;
    }
    return true;
}

void number_print(char text[NUMBER_TEXT_SIZE], double number)
{
    if (number == 0 || isnan(number)) {
        snprintf(text, NUMBER_TEXT_SIZE, "%s", isnan(number) ? "-" : "0");
        return;
    }
    if (fabs(number) <= INTEGER_EXACT && number == floor(number)) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.0f", number);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            return;
    }
}

/* Prints a string in double quotes, with escapes. */
static void print_quoted(struct string_buffer *out, const char *text)
{
    string_buffer_add(out, "\"");
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '"': string_buffer_add(out, "\\\""); break;
        case '\\': string_buffer_add(out, "\\\\"); break;
        case '$': string_buffer_add(out, "\\$"); break;
        case '\n': string_buffer_add(out, "\\n"); break;
        case '\r': string_buffer_add(out, "\\r"); break;
        case '\t': string_buffer_add(out, "\\t"); break;
        default:
            if ((unsigned char)*c < 0x20 || *c == 0x7F)
                string_buffer_print(out, "\\x%02x", (unsigned)(unsigned char)*c);
            else
                string_buffer_add_bytes(out, c, 1);
        }
    }
    string_buffer_add(out, "\"");
}

static void print_value(struct string_buffer *out, const struct value *value, bool quote)
{
    char number[NUMBER_TEXT_SIZE];
    switch (value->kind) {
    case VALUE_NONE: string_buffer_add(out, "None"); break;
    case VALUE_BOOLEAN: string_buffer_add(out, value->boolean ? "True" : "False"); break;
    case VALUE_NUMBER:
        number_print(number, value->number);
        if (quote && !isfinite(value->number))
            string_buffer_print(out, "float(\"%s\")", isnan(value->number) ? "nan" : number);
        else
            string_buffer_add(out, number);
        break;
    case VALUE_STRING:
        if (quote)
            print_quoted(out, value->text);
        else
            string_buffer_add(out, value->text);
        break;
    case VALUE_LIST:
        string_buffer_add(out, "[");
        for (size_t i = 0; i < value->list.count && !out->failed; i++) {
            string_buffer_add(out, i == 0 ? "" : ", ");
            print_value(out, &value->list.items[i], true);
        }
        string_buffer_add(out, "]");
        break;
    }
}

char *value_display(const struct value *value)
{
    struct string_buffer out;
    string_buffer_init(&out, VALUE_PRINT_MAX);
    print_value(&out, value, false);
    return string_buffer_take(&out);
}

char *value_source(const struct value *value)
{
    struct string_buffer out;
    string_buffer_init(&out, VALUE_PRINT_MAX);
    print_value(&out, value, true);
    return string_buffer_take(&out);
}

const char *value_kind_name(enum value_kind kind)
{
    switch (kind) {
    case VALUE_NONE: return "None";
    case VALUE_BOOLEAN: return "a boolean (True or False)";
    case VALUE_NUMBER: return "a number";
    case VALUE_STRING: return "a string";
    case VALUE_LIST: return "a list";
    }
    return "a value";
}
