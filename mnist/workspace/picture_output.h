/*
 * picture_output - shows a picture in the cell's output, and writes it to the session's plot folder
 * if it has one.
 *
 * A file is named after its command ("plot-loss.svg"). Further pictures of the same command in the
 * session are "plot-loss-2.svg", "plot-loss-3.svg"..., so a script does not overwrite its own
 * pictures, and a second run of the script writes the same names.
 */
#ifndef MNIST_WORKSPACE_PICTURE_OUTPUT_H
#define MNIST_WORKSPACE_PICTURE_OUTPUT_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "plots/picture.h"

struct session;

/* title is the name of the file, without suffix. False with error set: the picture was shown, but
   not written. */
bool picture_output(struct session *s, const char *title, struct picture *picture,
                    struct error *error);

#endif
