/*
 * command_table - the table from command id to run function, generated from commands.def.
 */
#include "mnist/commands/command_table.h"

#include <assert.h>
#include <stddef.h>

static const command_run functions[COMMAND_COUNT] = {
#define COMMAND(id, function) [COMMAND_##id] = function,
#include "mnist/language/commands.def"
#undef COMMAND
};

bool command_execute(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic)
{
    const struct command *command = bound_call_command(call);
    if (command->id == COMMAND_PLUGIN)
        return run_plugin_command(s, call, diagnostic);
    assert(command->id < COMMAND_COUNT);
    command_run run = functions[command->id];
    if ((command->traits & COMMAND_NAMED) && bound_call_given(call, "model"))
        return run_named(s, call, run, diagnostic);
    return run(s, call, diagnostic);
}
