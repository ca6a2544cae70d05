/*
 * generate - manual pages and the completion of shells, written from the vocabulary.
 *
 * `make install` asks for them (mnist --generate=man > mnist.1), so that they never differ from
 * the program. The completion scripts know no words of the language: they ask the program, by
 * mnist --complete=TEXT, which has the vocabulary and the saved networks.
 */
#ifndef MNIST_SHELL_GENERATE_H
#define MNIST_SHELL_GENERATE_H

#include <stdbool.h>
#include <stdio.h>

#include "mnist/language/live_names.h"

/* what: "man", "kernel-man", "bash" or "zsh". False with a line on stderr when it is none of them.
   */
bool generate(FILE *file, const char *what);

/* mnist(1) and mnist-kernel(1), in roff for the macros of man (generate_man.c). */
void generate_man(FILE *file);
void generate_kernel_man(FILE *file);

/* What may stand at the end of text, a line each: the word, a tab, one line about it. */
void generate_matches(FILE *file, const char *text, const struct live_names *names);

#endif
