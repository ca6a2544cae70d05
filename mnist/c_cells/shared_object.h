/*
 * shared_object - loads a cell's shared object into the process, and redirects calls of older cells
 * to functions that are defined again.
 *
 * cells.c calls it after compiler.c. Objects are never unloaded: pointers to their functions and
 * variables may exist anywhere.
 */
#ifndef MNIST_C_CELLS_SHARED_OBJECT_H
#define MNIST_C_CELLS_SHARED_OBJECT_H

#include <stdbool.h>

#include "mnist/base/errors.h"

/* Loads the file and finds the function. False with error set, mostly because of an undefined
   symbol. */
bool shared_object_load(const char *path, const char *function, void (**found)(void),
                        struct error *error);

/* From now on, calls of `symbol` in objects whose path begins with `folder` call `successor`.
   Function pointers that a program has stored still point to the old function. False: no symbol
   `successor`. */
bool shared_object_replace(const char *folder, const char *symbol, const char *successor);

/* Calls choose(context, path, symbol, now) for each function that a loaded object calls by name or
   takes the address of. path: the object's file, "" = the program; now: the present target. choose
   returns the new target; NULL = no change. */
void shared_object_redirect(void *(*choose)(void *context, const char *path, const char *symbol,
                                            void *now),
                            void *context);

#endif
