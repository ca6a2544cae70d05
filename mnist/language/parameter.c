/*
 * parameter - descriptions and conversions of the kinds of parameters.
 */
#include "mnist/base/shared_limits.h"
#include "mnist/language/parameter.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/home_path.h"
#include "mnist/language/nearest.h"
#include "mnist/language/plugin_words.h"
#include "mnist/language/variables.h"

enum { NUMBER_WORD_MAX = 64, SHOWN_MAX = 60 };

static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s", more);
}

/* The choices of the table, then the names that plugins have registered; NULL after the last. */
static const char *choice_at(const struct parameter *parameter, size_t index)
{
    size_t own = 0;
    while (parameter->choices != NULL && parameter->choices[own].word != NULL)
        own++;
    return index < own ? parameter->choices[index].word
                       : plugin_words_at(parameter->names, index - own);
}

/* "sgd, adam or adamw" */
static void list_choices(char text[PARAMETER_EXPECTED_SIZE], const struct parameter *parameter)
{
    const char *word;
    for (size_t i = 0; (word = choice_at(parameter, i)) != NULL; i++) {
        bool last = choice_at(parameter, i + 1) == NULL && !parameter->also_integer;
        if (i > 0)
            append(text, PARAMETER_EXPECTED_SIZE, last ? " or " : ", ");
        append(text, PARAMETER_EXPECTED_SIZE, word);
    }
    if (text[0] == '\0') {
        append(text, PARAMETER_EXPECTED_SIZE, "the name of a registered ");
        append(text, PARAMETER_EXPECTED_SIZE, name_kind_word(parameter->names));
    }
}

/* "from 1 to 10000", "above 0 and at most 10", "of at least 0 and below 1"; without `full`, a
   technical maximum is left out: "of at least 0". */
static void list_range(char text[PARAMETER_EXPECTED_SIZE], const struct parameter *parameter,
                       bool full)
{
    char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE], range[PARAMETER_EXPECTED_SIZE];
    if (parameter->low == -DBL_MAX && parameter->high == DBL_MAX)
        return;
    append(text, PARAMETER_EXPECTED_SIZE, " ");
    number_print(low, parameter->low);
    number_print(high, parameter->high);
    if (parameter->low_open)
        snprintf(range, sizeof range, "above %s and %s %s", low,
                 parameter->high_open ? "below" : "at most", high);
    else if (parameter->high_technical && !full)
        snprintf(range, sizeof range, "of at least %s", low);
    else
        snprintf(range, sizeof range,
                 parameter->high_open ? "of at least %s and below %s" : "from %s to %s", low, high);
    append(text, PARAMETER_EXPECTED_SIZE, range);
}

/* `full`: the range includes a technical maximum. */
static const char *list_expected(char text[PARAMETER_EXPECTED_SIZE],
                                 const struct parameter *parameter, bool full)
{
    text[0] = '\0';
    switch (parameter->kind) {
    case PARAMETER_BOOLEAN: append(text, PARAMETER_EXPECTED_SIZE, "yes or no"); break;
    case PARAMETER_INTEGER:
        append(text, PARAMETER_EXPECTED_SIZE, "an integer");
        list_range(text, parameter, full);
        break;
    case PARAMETER_NUMBER:
        append(text, PARAMETER_EXPECTED_SIZE, "a number");
        list_range(text, parameter, full);
        break;
    case PARAMETER_CHOICE:
        list_choices(text, parameter);
        if (parameter->also_integer) {
            append(text, PARAMETER_EXPECTED_SIZE, " or an integer");
            list_range(text, parameter, full);
        }
        break;
    case PARAMETER_STRING: append(text, PARAMETER_EXPECTED_SIZE, "a string"); break;
    case PARAMETER_NAME:
        append(text, PARAMETER_EXPECTED_SIZE, "a name (letters, digits, _");
        append(text, PARAMETER_EXPECTED_SIZE,
               parameter->names == NAME_VARIABLE ? ")" : ", - and .)");
        break;
    case PARAMETER_SIZE:
        append(text, PARAMETER_EXPECTED_SIZE, "a size such as 3x3 or 3, with sides");
        list_range(text, parameter, full);
        break;
    case PARAMETER_PATH: append(text, PARAMETER_EXPECTED_SIZE, "a name or a path"); break;
    case PARAMETER_VALUE: append(text, PARAMETER_EXPECTED_SIZE, "a value"); break;
    }
    return text;
}

const char *parameter_expected(char text[PARAMETER_EXPECTED_SIZE],
                               const struct parameter *parameter)
{
    list_expected(text, parameter, false);
    if (parameter->choices != NULL && parameter->names >= NAME_COMMAND &&
        plugin_words_at(parameter->names, 0) == NULL) {
        append(text, PARAMETER_EXPECTED_SIZE, ", or a registered ");
        append(text, PARAMETER_EXPECTED_SIZE, name_kind_word(parameter->names));
    }
    return text;
}

bool parameter_is_expression(const struct parameter *parameter)
{
    return parameter->kind == PARAMETER_INTEGER || parameter->kind == PARAMETER_NUMBER ||
           parameter->kind == PARAMETER_BOOLEAN || parameter->kind == PARAMETER_VALUE;
}

/* The value in a diagnostic: strings in quotes, at most SHOWN_MAX bytes. */
static void show_value(char *shown, size_t size, const struct value *value)
{
    char *text = value_source(value);
    if (text == NULL) {
        snprintf(shown, size, "this");
        return;
    }
    size_t length = strlen(text);
    if (length > SHOWN_MAX) {
        size_t cut = SHOWN_MAX;
        while (cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80)
            cut--;
        text[cut] = '\0';
    }
    snprintf(shown, size, "%s%s", text, length > SHOWN_MAX ? "..." : "");
    free(text);
}

/* A string that consists of one decimal number. */
static bool string_number(const char *text, double *number)
{
    size_t size = strlen(text);
    if (size == 0 || size > NUMBER_WORD_MAX || strspn(text, "0123456789+-.eE") != size)
        return false;
    char *end;
    *number = strtod(text, &end);
    return *end == '\0' && isfinite(*number);
}

static bool value_as_number(const struct value *value, double *number)
{
    if (value->kind == VALUE_NUMBER) {
        *number = value->number;
        return true;
    }
    return value->kind == VALUE_STRING && string_number(value->text, number);
}

/* Writes "must be ..., not ..."; returns false. The technical maximum is shown to a number that
   exceeds it. */
static bool not_accepted(const struct parameter *parameter, const struct value *value,
                         char why[PARAMETER_WHY_SIZE])
{
    char accepted[PARAMETER_EXPECTED_SIZE], shown[SHOWN_MAX + 8];
    double number;
    bool beyond = value_as_number(value, &number) && number > parameter->high;
    show_value(shown, sizeof shown, value);
    snprintf(why, PARAMETER_WHY_SIZE, "must be %s, not %s",
             list_expected(accepted, parameter, beyond), shown);
    return false;
}

static bool in_range(const struct parameter *parameter, double number)
{
    return (parameter->low_open ? number > parameter->low : number >= parameter->low) &&
           (parameter->high_open ? number < parameter->high : number <= parameter->high);
}

static void replace_value(struct value *value, struct value other)
{
    value_release(value);
    *value = other;
}

static bool convert_number(const struct parameter *parameter, struct value *value,
                           char why[PARAMETER_WHY_SIZE])
{
    double number;
    bool integer = parameter->kind != PARAMETER_NUMBER;
    if (!value_as_number(value, &number) || !in_range(parameter, number) ||
        (integer && number != floor(number)))
        return not_accepted(parameter, value, why);
    replace_value(value, value_number(number));
    return true;
}

static bool convert_boolean(const struct parameter *parameter, struct value *value,
                            char why[PARAMETER_WHY_SIZE])
{
    static const char *const yes[] = {"yes", "true", "True", "on", NULL}, *const no[] = {
                                                                              "no", "false",
                                                                              "False", "off", NULL};
    if (value->kind == VALUE_BOOLEAN)
        return true;
    for (size_t i = 0; value->kind == VALUE_STRING && yes[i] != NULL; i++) {
        bool is_yes = strcmp(value->text, yes[i]) == 0;
        if (is_yes || strcmp(value->text, no[i]) == 0) {
            replace_value(value, value_boolean(is_yes));
            return true;
        }
    }
    return not_accepted(parameter, value, why);
}

static bool convert_choice(const struct parameter *parameter, struct value *value,
                           char why[PARAMETER_WHY_SIZE])
{
    double number;
    if (parameter->also_integer && value_as_number(value, &number))
        return convert_number(parameter, value, why);
    if (value->kind != VALUE_STRING)
        return not_accepted(parameter, value, why);
    struct nearest nearest = nearest_begin(value->text);
    const char *word;
    for (size_t i = 0; (word = choice_at(parameter, i)) != NULL; i++) {
        if (strcmp(word, value->text) == 0)
            return true;
        nearest_offer(&nearest, word);
    }
    not_accepted(parameter, value, why);
    if (nearest.best != NULL) {
        size_t used = strlen(why);
        snprintf(why + used, PARAMETER_WHY_SIZE - used, "; did you mean `%s`?", nearest.best);
    }
    return false;
}

bool parameter_name_valid(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > NAME_SIZE_MAX || name[0] == '.' || name[0] == '-')
        return false;
    for (const char *c = name; *c != '\0'; c++) {
        bool letter =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        if (!letter && (unsigned char)*c < 0x80 && strchr("_-.", *c) == NULL)
            return false;
    }
    return true;
}

/* A non-empty path, with `~` replaced by the home folder. */
static bool convert_path(const struct parameter *parameter, struct value *value,
                         char why[PARAMETER_WHY_SIZE])
{
    if (value->text[0] == '\0')
        return not_accepted(parameter, value, why);
    char *expanded = home_path_expand(value->text);
    struct value path;
    bool done = expanded != NULL && value_string(&path, expanded);
    free(expanded);
    if (!done) {
        snprintf(why, PARAMETER_WHY_SIZE, "cannot be stored: out of memory");
        return false;
    }
    replace_value(value, path);
    return true;
}

static bool convert_string(const struct parameter *parameter, struct value *value,
                           char why[PARAMETER_WHY_SIZE])
{
    if (value->kind == VALUE_NUMBER) {
        char digits[NUMBER_TEXT_SIZE];
        struct value text;
        number_print(digits, value->number);
        if (!value_string(&text, digits)) {
            snprintf(why, PARAMETER_WHY_SIZE, "cannot be stored: out of memory");
            return false;
        }
        replace_value(value, text);
    }
    if (value->kind != VALUE_STRING)
        return not_accepted(parameter, value, why);
    if (parameter->kind == PARAMETER_PATH)
        return convert_path(parameter, value, why);
    bool variable = parameter->kind == PARAMETER_NAME && parameter->names == NAME_VARIABLE;
    if (variable && !variable_name_valid(value->text))
        return not_accepted(parameter, value, why);
    if (parameter->kind == PARAMETER_NAME && !variable && !parameter_name_valid(value->text))
        return not_accepted(parameter, value, why);
    return true;
}

/* "5x5" -> 5, 5; "5" -> 5, 5. */
static bool string_size(const char *text, double sides[SIZE_COUNT])
{
    char first[NUMBER_WORD_MAX];
    size_t size = strcspn(text, "xX");
    if (size >= sizeof first)
        return false;
    memcpy(first, text, size);
    first[size] = '\0';
    if (!string_number(first, &sides[0]))
        return false;
    sides[1] = sides[0];
    return text[size] == '\0' || string_number(text + size + 1, &sides[1]);
}

static bool convert_size(const struct parameter *parameter, struct value *value,
                         char why[PARAMETER_WHY_SIZE])
{
    double sides[SIZE_COUNT] = {0};
    bool read = false;
    if (value->kind == VALUE_NUMBER) {
        sides[0] = sides[1] = value->number;
        read = true;
    } else if (value->kind == VALUE_STRING) {
        read = string_size(value->text, sides);
    }
    struct value list;
    value_list(&list);
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        struct value side = value_number(sides[i]);
        if (!read || sides[i] != floor(sides[i]) || !in_range(parameter, sides[i]) ||
            !value_append(&list, &side)) {
            value_release(&list);
            return not_accepted(parameter, value, why);
        }
    }
    replace_value(value, list);
    return true;
}

bool parameter_convert(const struct parameter *parameter, struct value *value,
                       char why[PARAMETER_WHY_SIZE])
{
    switch (parameter->kind) {
    case PARAMETER_BOOLEAN: return convert_boolean(parameter, value, why);
    case PARAMETER_INTEGER:
    case PARAMETER_NUMBER: return convert_number(parameter, value, why);
    case PARAMETER_CHOICE: return convert_choice(parameter, value, why);
    case PARAMETER_SIZE: return convert_size(parameter, value, why);
    case PARAMETER_VALUE: return true;
    case PARAMETER_STRING:
    case PARAMETER_NAME:
    case PARAMETER_PATH: break;
    }
    return convert_string(parameter, value, why);
}
