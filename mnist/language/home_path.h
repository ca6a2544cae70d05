/*
 * home_path - expands `~` and `~user` at the beginning of a path, as a shell does.
 *
 * parameter.c expands every path that a cell gives to a command, quoted or not, because a path
 * with blanks needs quotes. complete_path.c expands the folder of a path that is being typed. The
 * name of an unknown user stays unchanged, and so does `./~`.
 */
#ifndef MNIST_LANGUAGE_HOME_PATH_H
#define MNIST_LANGUAGE_HOME_PATH_H

/* The path with the home folder in place of its first component. Caller frees; NULL if memory
   runs out. */
char *home_path_expand(const char *path);

#endif
