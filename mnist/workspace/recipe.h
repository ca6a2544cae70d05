/*
 * recipe - the commands of a network's training, as one line of text: "train epochs=3; train
 * resume".
 */
#ifndef MNIST_WORKSPACE_RECIPE_H
#define MNIST_WORKSPACE_RECIPE_H

struct trainer;

enum { RECIPE_SIZE = 2048 };

/* Adds a command to the end or to the beginning. A recipe that would be too long ends with
   "...". */
void recipe_add(char recipe[RECIPE_SIZE], const char *command);
void recipe_prepend(char recipe[RECIPE_SIZE], const char *command);
/* Appends the position of a trainer that has not finished, and removes it again. */
void recipe_add_stop(char recipe[RECIPE_SIZE], const struct trainer *trainer);
void recipe_remove_stop(char recipe[RECIPE_SIZE]);

#endif
