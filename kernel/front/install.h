/*
 * install - tells Jupyter of this kernel: writes a kernelspec ("Making kernels for Jupyter",
 * "Kernel specs").
 *
 *     PREFIX/share/jupyter/kernels/NAME/  kernel.json  logo-32x32.png  logo-64x64.png  logo-svg.svg
 *
 * Each file is written under another name and renamed, so that a reader finds the old one or the
 * new one, never half.
 */
#ifndef KERNEL_FRONT_INSTALL_H
#define KERNEL_FRONT_INSTALL_H

#include <limits.h>
#include <stdbool.h>

#include "mnist/base/errors.h"

/* `mnist-kernel install …`; arguments[0] is "install". Returns the exit status; what went wrong is
   said on stderr. */
int install_main(int count, char **arguments, const char *usage);

/* The folder of this executable, without `/` at the end. */
bool install_own_folder(char folder[PATH_MAX], struct error *error);

#endif
