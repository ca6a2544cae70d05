/*
 * plugin_help - the help of what a cell of C registers: a comment in the cell's text.
 *
 * It is the comment right above the register_... call, or else the one above the function that has
 * the part's name, or begins with it (gate_forward for gate).
 */
#ifndef MNIST_C_API_PLUGIN_HELP_H
#define MNIST_C_API_PLUGIN_HELP_H

/* text: the cell; line: of the call, from 1. The comment's lines without its marks; "" = there is none.
   Caller frees; NULL without memory. */
char *plugin_help(const char *text, const char *name, int line);

#endif
