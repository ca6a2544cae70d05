/*
 * plugin_command - runs a command that a C cell has registered (register_command in mnist.h).
 *
 * The function runs like a C cell: with the functions of mnist.h, the limits of time and memory,
 * and a record if it crashes.
 */
#include <assert.h>

#include "mnist/c_api/c_api.h"
#include "mnist/c_api/plugins.h"
#include "mnist/commands/command_table.h"
#include "mnist/workspace/session_state.h"

bool run_plugin_command(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic)
{
    const char *name = bound_call_command(call)->verb;
    mnist_command_plugin *function = plugins_command(name);
    if (function == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL,
                                     "%s is no longer registered: run the cell that registers it",
                                     name);
    const struct cells_request request = {
        .memory = s->c_memory, .seconds = s->c_seconds, .output = s->output};
    assert(s->cells != NULL);
    c_api_begin(s);
    c_api_set_command(function, call);
    cells_call(s->cells, &request, c_api_call_command);
    c_api_end(s);
    return true;
}
