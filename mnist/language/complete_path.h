/*
 * complete_path - completion of paths, which may begin with `~`.
 */
#ifndef MNIST_LANGUAGE_COMPLETE_PATH_H
#define MNIST_LANGUAGE_COMPLETE_PATH_H

#include "mnist/language/command.h"
#include "mnist/language/matches.h"

/* Offers the folders, and the files that are valid for the parameter, whose path begins with the
   typed text. Each is written as a word of a command, in quotes if necessary. */
void complete_path(struct matches *matches, const struct parameter *parameter);

#endif
