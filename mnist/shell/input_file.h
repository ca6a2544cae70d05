/*
 * input_file - the file of `mnist run`: commands of at most CELL_SIZE_MAX bytes, or a notebook of
 * at most NOTEBOOK_SIZE_MAX.
 */
#ifndef MNIST_SHELL_INPUT_FILE_H
#define MNIST_SHELL_INPUT_FILE_H

/* The content of a file; "-" is standard input. Caller frees. NULL with a message on stderr. */
char *input_file_read(const char *path);

#endif
