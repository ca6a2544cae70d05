/*
 * write_all - write(2) until every byte is written.
 */
#ifndef MNIST_BASE_WRITE_ALL_H
#define MNIST_BASE_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/* Continues after partial writes and signals; waits while a non-blocking file is full. False with
   errno set: some bytes may have been written. */
bool write_all(int file, const void *bytes, size_t size);

#endif
