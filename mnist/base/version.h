/*
 * version - of the kernel, the shell and the session alike.
 */
#ifndef MNIST_BASE_VERSION_H
#define MNIST_BASE_VERSION_H

#define MNIST_VERSION "0.1.0"

#endif
