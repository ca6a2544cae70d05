/*
 * version - the version of kernel, shell and session.
 */
#ifndef MNIST_BASE_VERSION_H
#define MNIST_BASE_VERSION_H

#define MNIST_VERSION "0.1.0"

#endif
