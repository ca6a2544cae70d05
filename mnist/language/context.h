/*
 * context - the syntactic role of a position in a cell: verb, argument, value, variable, and so on.
 *
 * Completion asks for the end of the text before the cursor, inspection for the end of the word
 * at the cursor. The text may be incomplete or wrong: no diagnostics are made.
 */
#ifndef MNIST_LANGUAGE_CONTEXT_H
#define MNIST_LANGUAGE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/vocabulary.h"

enum context_place {
    PLACE_NOTHING,    /* a comment, a string, or after an unknown word */
    PLACE_VERB,       /* the first word, or the word after `time` */
    PLACE_ARGUMENT,   /* a word after the verb without `=`: subject, boolean, parameter or value */
    PLACE_VALUE,      /* after `name=`                                            */
    PLACE_VARIABLE,   /* after $                                                  */
    PLACE_EXPRESSION, /* a name in an expression */
    PLACE_TOPIC,      /* after `help` or ?                                        */
};

struct context {
    enum context_place place;
    size_t start;     /* offset in bytes of the word (or value) that ends at the end of the text */
    bool layer;       /* inside the block of `model` */
    const char *verb; /* ARGUMENT, VALUE, second word of TOPIC: static; else NULL */
    const struct command *command; /* NULL if every command of the verb has a subject */
    const struct parameter
        *parameter;             /* VALUE: its parameter; ARGUMENT: the next positional parameter */
    bool subject;               /* ARGUMENT, TOPIC: a subject is possible */
    bool given[PARAMETERS_MAX]; /* the parameters that the line already gives */
    char quote;                 /* the open quote of the word; NUL = none */
};

/* The context of the end of text[0..size-1]. */
struct context context_find(const char *text, size_t size);

/* The vocabulary's copy of a verb; NULL if there is none. */
const char *context_verb(const char *text, size_t start, size_t end, bool layer);

#endif
