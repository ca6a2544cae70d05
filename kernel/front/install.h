/*
 * install - `mnist-kernel install`: writes the kernelspec, through which Jupyter finds this kernel
 * ("Making kernels for Jupyter", "Kernel specs").
 *
 *     PREFIX/share/jupyter/kernels/NAME/  kernel.json  logo-32x32.png  logo-64x64.png  logo-svg.svg
 *
 * Each file is written under a temporary name and renamed, so that a reader finds the complete old
 * file or the complete new one.
 */
#ifndef KERNEL_FRONT_INSTALL_H
#define KERNEL_FRONT_INSTALL_H

#include <limits.h>
#include <stdbool.h>

#include "mnist/base/errors.h"

/* Runs `mnist-kernel install …`; arguments[0] is "install". Returns the exit status; errors are
   printed on stderr. */
int install_main(int count, char **arguments, const char *usage);

/* The folder of this executable, without a trailing `/`. */
bool install_own_folder(char folder[PATH_MAX], struct error *error);

#endif
