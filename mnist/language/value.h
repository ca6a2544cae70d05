/*
 * value - the value of a variable or an expression: None, a boolean, a number, a string or a list.
 *
 * The caller owns a value: value_init or a constructor first, value_release last. Copies are
 * deep, so values share no memory.
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

/* Sets None, which needs no release. */
void value_init(struct value *value);

/* Frees the contents and sets None. */
void value_release(struct value *value);

struct value value_boolean(bool boolean);
struct value value_number(double number);

/* These allocate memory. False, and *value is None, if memory runs out. They do not release the
   old contents of *value. */
bool value_string(struct value *value, const char *text);
bool value_string_bytes(struct value *value, const char *text, size_t size);
bool value_list(struct value *value); /* an empty list */
bool value_copy(struct value *to, const struct value *from);

/* Moves item to the end of the list; *item is None then. False, and *item is unchanged, if memory
   runs out or VALUE_LIST_MAX is reached. */
bool value_append(struct value *list, struct value *item);

/* The memory of the value in bytes, including its contents. */
size_t value_size(const struct value *value);

bool value_equal(const struct value *a, const struct value *b);

/* For display: `97.25`, `True`, `None`, `[1, 2]`; a string without quotes. Caller frees; NULL if
   memory runs out. */
char *value_display(const struct value *value);

/* As source text: strings in double quotes with escapes. Parsing it gives an equal value. Caller
   frees; NULL if memory runs out. */
char *value_source(const struct value *value);

/* "a number", "a string", "None" and so on, for messages. Static. */
const char *value_kind_name(enum value_kind kind);

enum { NUMBER_TEXT_SIZE = 32 };

/* The shortest decimal that parses to the same number; integers up to 2^53 without a point. */
void number_print(char text[NUMBER_TEXT_SIZE], double number);

#endif
