/*
 * c_api - the session that mnist.h's functions work on.
 *
 * c_cell.c lends them the session while a cell of C runs; c_api_data.c, c_api_network.c and c_api_output.c are the functions.
 * Whatever cannot be right ends the cell through crash_fail: the copy of the session that takes over is as it was before.
 */
#ifndef MNIST_C_API_C_API_H
#define MNIST_C_API_C_API_H

#include "mnist/c_api/include/mnist.h"
#include "mnist/c_cells/faults/crash.h"
#include "mnist/workspace/session_state.h"

void c_api_begin(struct session *s);

/* Puts in order what the cell has left: a table that was not ended, a network with other weights. Of cells inside
   each other (a cell runs a command that a cell has registered) the outermost. */
void c_api_end(struct session *s);

/* ---- for the files of c_api alone; function is who asks, for the error's text ---- */

/* The session, if it may be had: inside a cell, on its own thread. */
struct session *c_api_session(const char *function);

/* The same, when it is known to be there. */
struct session *c_api_now(void);

/* Images of a part of the prepared data, which are loaded if there are none. */
struct selection c_api_select(const char *function, enum mnist_part part);

/* What was made of the network is of no use any more. */
void c_api_forget_plans(void);

/* The cell ends, and with it what it may do to the data's pixels. */
void c_api_settle_data(void);

/* The cell ends: if its weights are not those that were handed out, the network is another one. */
void c_api_settle_network(struct session *s);

/* A table that the cell has not ended is shown; a plot is not. */
void c_api_settle_outputs(struct session *s);

#endif
