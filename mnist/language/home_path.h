/*
 * home_path - `~` and `~user` at the beginning of a path, as the shell replaces them.
 *
 * parameter.c expands every path that a cell gives to a command, whether it is quoted or not:
 * quotes are needed for blanks here. folder.c reads the folder that a path being typed names. A
 * name that is no user's stays as it is, and so does `./~`.
 */
#ifndef MNIST_LANGUAGE_HOME_PATH_H
#define MNIST_LANGUAGE_HOME_PATH_H

/* The expanded path: $HOME, or the home folder of the user database, in the place of the first
   word. Caller frees; NULL when out of memory. */
char *home_path_expand(const char *path);

#endif
