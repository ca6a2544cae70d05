/*
 * command - the description of one command: words, parameters, defaults, help.
 *
 * The tables (tables/) and the words of plugins (plugin_words.c) are made of these structs. What
 * a command does is in mnist/commands/, found by its id, so that the front process links the
 * vocabulary and no arithmetic.
 */
#ifndef MNIST_LANGUAGE_COMMAND_H
#define MNIST_LANGUAGE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/live_names.h"

enum command_id {
#define COMMAND(id, function) COMMAND_##id,
#include "mnist/language/commands.def"
#undef COMMAND
    COMMAND_COUNT, /* layers follow */
    COMMAND_BEFORE_LAYERS = COMMAND_COUNT - 1,
#define LAYER(id, name, native) COMMAND_##id,
#include "mnist/language/layers.def"
    VOCABULARY_COUNT, /* COMMAND_PLUGIN: all of plugins; COMMAND_PLUGIN_LAYER: their layers */
    COMMAND_PLUGIN = VOCABULARY_COUNT,
    COMMAND_PLUGIN_LAYER,
};

enum parameter_kind {
    PARAMETER_BOOLEAN, /* given by its name alone: `resume`; or `resume=no`            */
    PARAMETER_INTEGER, /* an integer in low..high                                      */
    PARAMETER_NUMBER,  /* a number in low..high                                        */
    PARAMETER_CHOICE,  /* one of choices, or a name that a plugin has registered       */
    PARAMETER_STRING,  /* any string                                                   */
    PARAMETER_NAME,    /* letters, digits, _ - . ; choices are suggestions only        */
    PARAMETER_SIZE,    /* 5x5, or 5 for the same; rows and columns in low..high        */
    PARAMETER_PATH,    /* a file or folder; choices are suggestions only               */
    PARAMETER_VALUE,   /* any expression                                               */
};

/* A value of a parameter, with one line of help. */
struct choice {
    const char *word;
    const char *help;
};

struct parameter {
    const char *name;
    enum parameter_kind kind;
    bool positional; /* the value may be given without `name=`, in the order of the table */
    bool repeats;    /* positional, and may be given any number of times; must be the last */
    bool required;
    bool also_integer;            /* CHOICE: an integer is also valid, `pad=same` or `pad=2` */
    double low, high;             /* INTEGER, NUMBER, SIZE; both included                    */
    bool low_open, high_open;     /* NUMBER: the bound itself is excluded             */
    bool high_technical;          /* high is a technical limit: help says only "of at least 0" */
    bool folders_only;            /* PATH: completion offers folders only                      */
    const char *suffix;           /* PATH: completion offers folders and files with this suffix */
    const struct choice *choices; /* ends with a NULL word; NULL = none                 */
    const char *fallback;         /* the default, as written in a cell; NULL = none     */
    const char
        *otherwise; /* for help: the behaviour without the parameter, if there is no default */
    enum name_kind names; /* the live names that complete it                           */
    bool plugins;         /* layers and losses of plugins complete it as well          */
    bool earlier_layers;  /* the layers of the block before the line complete it       */
    const char *help;     /* one line                                                  */
};

enum command_trait {
    COMMAND_CHANGES = 1, /* may change the session                                     */
    COMMAND_BLOCK = 2,   /* may have an indented block of layers after `:`             */
    COMMAND_WRAPS = 4,   /* another command follows it: `time train`                   */
    COMMAND_LAYER = 8,   /* a layer: valid only inside the block of `model`            */
    COMMAND_NAMED = 16,  /* model=NAME: runs on a saved network, not on the session's  */
};

enum { PARAMETERS_MAX = 24 };

struct command {
    enum command_id id;
    const char *verb;
    const char *subject;       /* NULL = none                                             */
    const char *subject_alias; /* an older word for the subject: accepted, but not shown  */
    const char *elsewhere;     /* names in other libraries, see command_known_as; or NULL */
    const struct parameter *parameters; /* [parameter_count]                              */
    size_t parameter_count;             /* at most PARAMETERS_MAX                         */
    const char *summary;                /* one line, without a full stop                  */
    const char *details;                /* a paragraph without line breaks; NULL = none   */
    const char *example;                /* a cell without errors, of one or more lines    */
    unsigned traits;                    /* of enum command_trait                          */
};

/* A section of the list of commands. */
struct family {
    const char *name;  /* "data"                      */
    const char *title; /* "Load and explore the data" */
    const struct command *commands;
    size_t count;
};

/* True if `subject` is the command's subject or its alias. */
bool command_has_subject(const struct command *command, const char *subject);

/* True if other libraries use the word for this command, in any case and with or without `_`:
   `BatchNormalization`, `swish`. Such a word only leads to a suggestion. `elsewhere` has these
   words in small letters, without `_`, separated by blanks. */
bool command_known_as(const struct command *command, const char *word);

bool command_is_layer(const struct command *command);

/* NULL if the command has no parameter of this name. */
const struct parameter *command_parameter(const struct command *command, const char *name);

/* "explore samples" into text. */
enum { COMMAND_TITLE_SIZE = 64 };
void command_title(char text[COMMAND_TITLE_SIZE], const struct command *command);

#endif
