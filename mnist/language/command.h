/*
 * command - the description of one command: words, parameters, defaults, help.
 *
 * The tables (tables/) and the words of plugins (plugin_words.c) are made of these structs. What a
 * command does is in mnist/commands/, found by its id, so that the front process links the vocabulary
 * and no arithmetic.
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
    COMMAND_COUNT, /* those of a cell; the layers of a model's block follow (LAYER_... is taken by nn/layer.h) */
    COMMAND_CONV = COMMAND_COUNT,
    COMMAND_MAXPOOL,
    COMMAND_AVGPOOL,
    COMMAND_GLOBALPOOL,
    COMMAND_DENSE,
    COMMAND_BATCHNORM,
    COMMAND_RELU,
    COMMAND_DROPOUT,
    COMMAND_FLATTEN,
    VOCABULARY_COUNT, /* those of plugin_words.h follow; each shares one of these ids with all of its kind */
    COMMAND_PLUGIN = VOCABULARY_COUNT,
    COMMAND_PLUGIN_LAYER,
};

enum parameter_kind {
    PARAMETER_BOOLEAN, /* stands bare: given or not; `resume=no` is allowed too     */
    PARAMETER_INTEGER, /* a whole number in low..high                               */
    PARAMETER_NUMBER,  /* a number in low..high                                     */
    PARAMETER_CHOICE,  /* one of choices                                            */
    PARAMETER_STRING,  /* any text                                                  */
    PARAMETER_NAME,    /* letters, digits, _ - . ; choices, if any, are only offers */
    PARAMETER_SIZE,    /* 5x5, or 5 for the same; both sides in low..high           */
    PARAMETER_PATH,    /* a file or folder; choices, if any, are only offers        */
    PARAMETER_VALUE,   /* any expression                                            */
};

/* A word that a parameter may have, with one line about it. */
struct choice {
    const char *word;
    const char *help;
};

struct parameter {
    const char *name;
    enum parameter_kind kind;
    bool positional; /* may be given bare, in the order of the table   */
    bool repeats;    /* positional, the last of them, as often as liked */
    bool required;
    bool also_integer; /* a whole number is one of the forms of a CHOICE: `pad=same` or `pad=2` */
    double low, high;  /* WHOLE, NUMBER, SIZE; both included             */
    bool low_open, high_open; /* NUMBER: the bound itself is not allowed        */
    bool high_technical;      /* high is only what the program can hold: said as "from 0 on" */
    bool folders_only;        /* PATH: completion offers no files               */
    const char *suffix;       /* PATH: completion offers, beside folders, only files that end so */
    const struct choice *choices; /* ends with a NULL word; NULL = none             */
    const char *fallback;         /* the default as one would type it; NULL = none  */
    const char *otherwise; /* help: what happens without it, where there is no fixed default */
    enum name_kind names;  /* which live names complete it                   */
    bool plugins;          /* registered layers and losses complete it, too  */
    const char *help;      /* one line                                       */
};

enum command_trait {
    COMMAND_CHANGES = 1, /* may change the session                                     */
    COMMAND_BLOCK = 2,   /* may have an indented block of layers after `:`             */
    COMMAND_WRAPS = 4,   /* another command follows it: `time train`                   */
    COMMAND_LAYER = 8,   /* a layer: stands only inside a model's block                */
    COMMAND_NAMED = 16,  /* model=NAME: asks that saved network, not the session's     */
};

enum { PARAMETERS_MAX = 24 };

struct command {
    enum command_id id;
    const char *verb;
    const char *subject;       /* NULL when there is none                     */
    const char *subject_alias; /* an older word for the subject, or NULL: it is read like the
                                           subject, but neither completed nor listed   */
    const struct parameter *parameters; /* parameter_count of them                     */
    size_t parameter_count;             /* at most PARAMETERS_MAX                      */
    const char *summary;                /* one line, without a full stop               */
    const char *details;                /* a paragraph, unwrapped; NULL = none         */
    const char *example;                /* a cell that parses, perhaps of several lines */
    unsigned traits;
};

/* A family of the help's first page. */
struct family {
    const char *name;  /* "data"                       */
    const char *title; /* "Load and explore the data"  */
    const struct command *commands;
    size_t count;
};

/* True if `subject` is the command's subject or its alias. */
bool command_has_subject(const struct command *command, const char *subject);

bool command_is_layer(const struct command *command);

/* NULL if the command has no parameter of this name. */
const struct parameter *command_parameter(const struct command *command, const char *name);

/* "explore samples" into text. */
enum { COMMAND_TITLE_SIZE = 64 };
void command_title(char text[COMMAND_TITLE_SIZE], const struct command *command);

#endif
