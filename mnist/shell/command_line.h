/*
 * command_line - cells from the words of a command line.
 *
 * main.c runs what comes out of here. The system's shell has taken the quotes off its words; here
 * they are put back on where the command language needs them.
 */
#ifndef MNIST_SHELL_COMMAND_LINE_H
#define MNIST_SHELL_COMMAND_LINE_H

/* `mnist train epochs=5`: the words as one line. Caller frees. NULL when memory runs out. */
char *command_line_join(int count, char *const *words);

/* `mnist -c 'load fashion; explore'`: the text with a line end in place of each `;` outside of
   quotes and comments. Cells of C, from a line %%c to a line %%, keep theirs. Caller frees. NULL
   when memory runs out. */
char *command_line_split(const char *text);

#endif
