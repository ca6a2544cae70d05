/*
 * context - what a place in a cell is: a verb, a parameter's value, a variable...
 *
 * Completion asks it of the text up to the cursor, inspection of the text up to the end of the
 * word there. Nothing is judged: half a line is the usual case.
 */
#ifndef MNIST_LANGUAGE_CONTEXT_H
#define MNIST_LANGUAGE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/vocabulary.h"

enum context_place {
    PLACE_NOTHING,    /* a comment, a quoted text, after an unknown word          */
    PLACE_VERB,       /* the first word, or that after `time`                     */
    PLACE_ARGUMENT,   /* a bare word after the verb: subject, flag, name or value */
    PLACE_VALUE,      /* after `name=`                                            */
    PLACE_VARIABLE,   /* after $                                                  */
    PLACE_EXPRESSION, /* a name in arithmetic                                     */
    PLACE_TOPIC,      /* after `help` or ?                                        */
};

struct context {
    enum context_place place;
    size_t start;     /* bytes: where the word (or value) begins that ends at the text's end   */
    bool layer;       /* inside a model's block                                                */
    const char *verb; /* ARGUMENT, VALUE, TOPIC's second word: the vocabulary's own; or NULL   */
    const struct command
        *command; /* NULL when the verb has none without a subject                         */
    const struct parameter
        *parameter; /* VALUE: which; ARGUMENT: the positional that a bare value would be for */
    bool subject;   /* ARGUMENT, TOPIC: a subject may stand here                             */
    bool given
        [PARAMETERS_MAX]; /* which of the command's parameters are on the line already             */
    char quote; /* the word is inside this quote; NUL = none                             */
};

/* Of text[0..size-1], which is cut where the question is. */
struct context context_find(const char *text, size_t size);

/* The vocabulary's own text of a verb; NULL when there is none. */
const char *context_verb(const char *text, size_t start, size_t end, bool layer);

#endif
