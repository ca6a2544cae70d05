/*
 * plugin_help - the help text of a plugin: a comment in the text of the cell that registers it.
 *
 * It is the comment directly above the register_... call, or else the comment above the function
 * with the plugin's name, or with a name that begins with it (gate_forward for gate).
 */
#ifndef MNIST_C_API_PLUGIN_HELP_H
#define MNIST_C_API_PLUGIN_HELP_H

/* text: of the cell; line: of the call, from 1. Returns the lines of the comment without comment
   marks; "" = no comment. Caller frees; NULL: out of memory. */
char *plugin_help(const char *text, const char *name, int line);

#endif
