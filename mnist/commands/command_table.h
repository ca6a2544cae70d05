/*
 * command_table - the functions that run the commands, and the dispatch from a bound call to its
 * function.
 *
 * The prototypes and the table are generated from mnist/language/commands.def. A run function
 * gets the session and a call whose values are checked against the vocabulary. It builds new
 * objects first and changes the session only when nothing can fail any more. On failure it
 * returns false with a diagnostic that points into the cell; bound_call_diagnostic and `fail`
 * (session_state.h) set it.
 */
#ifndef MNIST_COMMANDS_COMMAND_TABLE_H
#define MNIST_COMMANDS_COMMAND_TABLE_H

#include <stdbool.h>

#include "mnist/language/bound_call.h"

struct session;

typedef bool (*command_run)(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic);

#define COMMAND(id, function) \
    bool function(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
#include "mnist/language/commands.def"
#undef COMMAND

/* Runs the command of a bound call, which may be a plugin command or a command with `model`. */
bool command_execute(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic);

/* Runs a command that a C cell has registered (plugin_command.c). */
bool run_plugin_command(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);

/* Runs a command with the saved network of its parameter `model` and with images preprocessed as in
   that network's training (model_commands.c). Afterwards the session has its own network again. */
bool run_named(struct session *s, const struct bound_call *call, command_run run,
               struct diagnostic *diagnostic);

#endif
