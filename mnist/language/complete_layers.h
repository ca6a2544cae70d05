/*
 * complete_layers - completion of the names of earlier layers in a block of `model` (`add relu1`).
 */
#ifndef MNIST_LANGUAGE_COMPLETE_LAYERS_H
#define MNIST_LANGUAGE_COMPLETE_LAYERS_H

#include <stddef.h>

#include "mnist/language/matches.h"

/* Offers the names of the layers in the lines of the block before the line of text[end]. A name is
   the first word of the line and its number among the lines with this word: conv1, relu2. */
void complete_layers(struct matches *matches, const char *text, size_t end);

#endif
