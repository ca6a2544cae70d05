/*
 * command_table - the table from command id to run function, generated from commands.def.
 */
#include "mnist/commands/command_table.h"

#include <assert.h>
#include <stddef.h>

#include "mnist/c_api/plugins.h"

static const command_run functions[COMMAND_COUNT] = {
#define COMMAND(id, function) [COMMAND_##id] = function,
#include "mnist/language/commands.def"
#undef COMMAND
};

static bool run_plugin(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic)
{
    const char *name = bound_call_command(call)->verb;
    plugins_command_run *run = plugins_command_runner(name);
    if (run == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL,
                                     "%s is no longer registered: run the cell that registers it",
                                     name);
    return run(s, call, diagnostic);
}

bool command_execute(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic)
{
    const struct command *command = bound_call_command(call);
    if (command->id == COMMAND_PLUGIN)
        return run_plugin(s, call, diagnostic);
    assert(command->id < COMMAND_COUNT);
    command_run run = functions[command->id];
    if ((command->traits & COMMAND_NAMED) && bound_call_given(call, "model"))
        return run_named(s, call, run, diagnostic);
    return run(s, call, diagnostic);
}
