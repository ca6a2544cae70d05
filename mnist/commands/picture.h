/*
 * picture - shows a picture in the cell's output and writes a copy to the plot folder.
 */
#ifndef MNIST_COMMANDS_PICTURE_H
#define MNIST_COMMANDS_PICTURE_H

#include <stdbool.h>

#include "mnist/language/bound_call.h"
#include "plots/plots.h"

struct session;

/* Shows the picture and, if a plot folder is set, writes it there. drawn is the result of the plot
   function; if false, the diagnostic states plot_error. */
bool show_picture(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic,
                  bool drawn, struct picture *picture, const struct plot_error *error);

/* show_picture for a picture that was drawn successfully. title is the name of the file. False with
   error set: the picture was shown, but not written. */
bool keep_picture(struct session *s, const char *title, struct picture *picture,
                  struct error *error);

#endif
