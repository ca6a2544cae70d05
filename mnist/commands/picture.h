/*
 * picture - shows the picture of a command (workspace/picture_output.h), which has the file's name.
 */
#ifndef MNIST_COMMANDS_PICTURE_H
#define MNIST_COMMANDS_PICTURE_H

#include <stdbool.h>

#include "mnist/language/bound_call.h"
#include "plots/plots.h"

struct session;

/* drawn is the result of the plot function; if false, the diagnostic states plot_error. */
bool show_picture(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic,
                  bool drawn, struct picture *picture, const struct plot_error *error);

#endif
