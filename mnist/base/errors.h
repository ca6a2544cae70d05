/*
 * errors - external errors: a kind and one line of text, in a struct that the caller owns.
 *
 * Every function of mnist/ that can fail for external reasons (a file, a size, the user's input)
 * takes a `struct error *` and returns false, NULL or -1. The text states the location, the
 * expected and the actual value, and the remedy. A programmer's mistake is an assert, not an error.
 */
#ifndef MNIST_BASE_ERRORS_H
#define MNIST_BASE_ERRORS_H

#include <stdbool.h>

enum { ERROR_TEXT_SIZE = 1024 };

enum error_kind {
    ERROR_NONE,
    ERROR_USAGE,       /* a name, type or value in the cell                    */
    ERROR_DATA,        /* the content of a file                                */
    ERROR_SYSTEM,      /* the operating system: open, write, memory            */
    ERROR_STATE,       /* missing precondition of a command (no model)         */
    ERROR_NUMBER,      /* arithmetic: a loss that is NaN, a division by zero   */
    ERROR_INTERRUPTED, /* the user asked to stop                               */
};

struct error {
    enum error_kind kind;
    int line; /* of the text that the caller passed, from 1; 0 = not known */
    char text[ERROR_TEXT_SIZE];
};

/* Fills error, which may be NULL, and returns false, for `return error_set(...)`. The text is cut
   to ERROR_TEXT_SIZE and made one line without control characters (utf8_visible). */
__attribute__((format(printf, 3, 4))) bool error_set(struct error *error, enum error_kind kind,
                                                     const char *format, ...);

/* strerror(number). For EFBIG under `ulimit -f` also the limit and the remedy. Returns text. */
enum { ERROR_REASON_SIZE = 256 };
const char *error_reason(char text[ERROR_REASON_SIZE], int number);

/* error_set with kind ERROR_SYSTEM, then ": " and error_reason(errno). */
__attribute__((format(printf, 2, 3))) bool error_system(struct error *error, const char *format,
                                                        ...);

/* error_set for a stop that the user requested. */
bool error_interrupted(struct error *error);

/* error_set for a failed allocation of size bytes (0 = not known) for what ("the training images").
   */
bool error_memory(struct error *error, const char *what, unsigned long long size);

/* The kind as the `ename` of a cell's error: "UsageError", "DataError", "KeyboardInterrupt".
   Static. */
const char *error_name(enum error_kind kind);

#endif
