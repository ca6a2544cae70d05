/*
 * c_api - the session that the functions of mnist.h work on, while a C cell runs.
 *
 * mnist/commands/c_cell.c and plugin_command.c call c_api_begin and c_api_end around a cell and a
 * registered command; c_api_data.c, c_api_network.c, c_api_output.c and c_api_plugins.c implement
 * the functions. A wrong argument ends the cell by crash_fail; the copy of the session that takes
 * over has the state before the cell.
 */
#ifndef MNIST_C_API_C_API_H
#define MNIST_C_API_C_API_H

#include "mnist/c_api/c_api_session.h"
#include "mnist/c_api/include/mnist.h"
#include "mnist/c_cells/faults/crash.h"
#include "mnist/workspace/session_state.h"

/* The functions of mnist.h work on this session from now on. */
void c_api_begin(struct session *s);

/* Shows a table that the cell has not ended, and marks the network as changed if its weights are.
   Calls may be nested (a cell runs a command that a cell has registered); then the outermost call
   does it. */
void c_api_end(struct session *s);

/* A registered command: c_api_set_command sets the function and its arguments, then
   c_api_call_command, which cells_call calls, runs it. Between c_api_begin and c_api_end. */
void c_api_set_command(mnist_command_plugin *function, const struct bound_call *call);
void c_api_call_command(void);

/* ---- for the files of c_api; function: name of the calling function, for errors ---- */

/* The images of a part of the prepared data; loads MNIST if no data are loaded. */
struct selection c_api_select(const char *function, enum mnist_part part);

/* Frees the predictor and the plan, which depend on the network. */
void c_api_forget_plans(void);

/* The cell has ended: it no longer writes to the data's pixels. */
void c_api_settle_data(void);

/* The cell has ended: if it has changed weights, the network is no longer the one that was trained.
   */
void c_api_settle_network(struct session *s);

/* The cell has ended: forgets the call of its command. This call is also what makes the linker take
   c_api_plugins.c, whose other functions only cells call. */
void c_api_settle_plugins(void);

/* Shows a table that the cell has not ended; drops a plot. */
void c_api_settle_outputs(struct session *s);

#endif
