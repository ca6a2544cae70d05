/*
 * command_line - the arguments of the program as text of the command language.
 *
 * The user's shell has removed the quotes of its words; quotes are added again where the command
 * language needs them. main.c executes the result.
 */
#ifndef MNIST_SHELL_COMMAND_LINE_H
#define MNIST_SHELL_COMMAND_LINE_H

/* `mnist train epochs=5`: the words as one line. Caller frees. NULL if memory runs out. */
char *command_line_join(int count, char *const *words);

/* `mnist -c 'load fashion; explore'`: the text with line ends instead of `;`, except in quotes,
   comments and C cells (from a line %%c to a line %%). Caller frees. NULL if memory runs out. */
char *command_line_split(const char *text);

#endif
