/*
 * c_api - the session that mnist.h's functions work on.
 *
 * c_cell.c lends them the session while a cell of C runs.
 */
#ifndef MNIST_COMMANDS_C_API_H
#define MNIST_COMMANDS_C_API_H

struct session;

void c_api_begin(struct session *s);

/* Puts in order what the cell has left: a table that was not ended, a network with other weights. */
void c_api_end(struct session *s);

#endif
