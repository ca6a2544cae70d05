/*
 * value - what a variable holds and an expression gives: nothing, a truth, a number, a text or a
 * list of values.
 *
 * Values belong to whoever declares them: value_init or one of the makers first, value_release
 * last. Copies are deep, so nothing is shared and nothing needs counting.
 */
#ifndef MNIST_LANGUAGE_VALUE_H
#define MNIST_LANGUAGE_VALUE_H

#include <stdbool.h>
#include <stddef.h>

enum { VALUE_LIST_MAX = 1000000, VALUE_STRING_SIZE_MAX = 16 * 1024 * 1024, VALUE_DEPTH_MAX = 64 };

enum value_kind { VALUE_NONE, VALUE_BOOLEAN, VALUE_NUMBER, VALUE_STRING, VALUE_LIST };

struct value {
    enum value_kind kind;
    union {
        bool boolean;
        double number;
        char *text; /* UTF-8, ends with NUL, owned */
        struct {
            struct value *items; /* owned */
            size_t count;
        } list;
    };
};

/* None; needs no release, but may have one. */
void value_init(struct value *value);

/* Frees what it holds and leaves None. */
void value_release(struct value *value);

struct value value_boolean(bool boolean);
struct value value_number(double number);

/* These take memory and return false (value is None) when there is none. What value held before
   is not released. */
bool value_string(struct value *value, const char *text);
bool value_string_bytes(struct value *value, const char *text, size_t size);
bool value_list(struct value *value); /* an empty list */
bool value_copy(struct value *to, const struct value *from);

/* Moves item to the end of the list; item is None afterwards. False: no memory, or VALUE_LIST_MAX
   reached; item stays. */
bool value_append(struct value *list, struct value *item);

/* Bytes it takes, all that it holds included. */
size_t value_size(const struct value *value);

bool value_equal(const struct value *a, const struct value *b);

/* As one reads it: `97.25`, `True`, `None`, `[1, 2]`; a text without quotes. Caller frees; NULL
   when out of memory. */
char *value_display(const struct value *value);

/* As one writes it in a cell: texts in double quotes with escapes, so that reading it back gives
   an equal value. */
char *value_source(const struct value *value);

/* "a number", "a text", "nothing (None)"... for messages. Static. */
const char *value_kind_name(enum value_kind kind);

enum { NUMBER_TEXT_SIZE = 32 };

/* The shortest digits that read back as the same number; whole numbers up to 2^53 without a
   point. */
void number_print(char text[NUMBER_TEXT_SIZE], double number);

#endif
