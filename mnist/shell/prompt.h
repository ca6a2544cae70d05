/*
 * prompt - `mnist` alone: a prompt with history, completion and blocks of several lines, by
 * libedit.
 */
#ifndef MNIST_SHELL_PROMPT_H
#define MNIST_SHELL_PROMPT_H

#include <stdbool.h>

#include "mnist/session.h"

/* The terminal's characters; before session_new, which keeps the locale for all later commands. */
void prompt_set_locale(void);

/* Reads cells and gives each to run(context, cell), until the input ends or run returns false. The
   session's names are completed. False when the terminal cannot be used. */
bool prompt_run(struct session *session, bool (*run)(void *context, const char *cell),
                void *context);

#endif
