/*
 * shared_object - a cell's shared object in this process: loaded for good, its function found, older cells' calls led to what
 * it defines anew.
 */
#ifndef MNIST_C_CELLS_SHARED_OBJECT_H
#define MNIST_C_CELLS_SHARED_OBJECT_H

#include <stdbool.h>

#include "mnist/base/errors.h"

/* Loads the file and finds the function. False with error set: a symbol that nothing defines, mostly. */
bool shared_object_load(const char *path, const char *function, void (**found)(void),
                        struct error *error);

/* Every call of `symbol` in objects whose path begins with folder goes to `successor` from now on. A pointer to the
   function that a program has kept still points to the old one. False: there is no such successor. */
bool shared_object_replace(const char *folder, const char *symbol, const char *successor);

/* Asks choose(context, path, symbol, now) of every function that a loaded object calls by name, or takes the address of,
   where it shall go from now on; NULL = where it went, now. path: the object's file, "" = the program. */
void shared_object_redirect(void *(*choose)(void *context, const char *path, const char *symbol,
                                            void *now),
                            void *context);

#endif
