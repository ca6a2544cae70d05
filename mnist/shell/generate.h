/*
 * generate - manual pages and shell completion, generated from the vocabulary.
 *
 * `make install` generates them (mnist --generate=man > mnist.1), so that they agree with the
 * program. The completion scripts contain no words of the language: they call mnist
 * --complete=TEXT, which knows the vocabulary and the saved networks.
 */
#ifndef MNIST_SHELL_GENERATE_H
#define MNIST_SHELL_GENERATE_H

#include <stdbool.h>
#include <stdio.h>

#include "mnist/language/live_names.h"

/* what: "man", "kernel-man", "bash" or "zsh". For other words,
   false with a message on stderr. */
bool generate(FILE *file, const char *what);

/* mnist(1) and mnist-kernel(1), in roff for the macros of man (generate_man.c). */
void generate_man(FILE *file);
void generate_kernel_man(FILE *file);

/* The completions of the last word of text, one a line: word, tab, description. */
void generate_matches(FILE *file, const char *text, const struct live_names *names);

#endif
