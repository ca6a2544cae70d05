/*
 * prompt - the interactive prompt, with history, completion and cells of several lines; uses
 * libedit.
 */
#ifndef MNIST_SHELL_PROMPT_H
#define MNIST_SHELL_PROMPT_H

#include <stdbool.h>

#include "mnist/session.h"

/* Sets the character encoding of the terminal. Call before session_new, which records the locale.
   */
void prompt_set_locale(void);

/* Reads cells and calls run(context, cell) for each, until the input ends or run returns false.
   Completion uses the session's names. False if the terminal cannot be used. */
bool prompt_run(struct session *session, bool (*run)(void *context, const char *cell),
                void *context);

#endif
