/*
 * sha256_hex - SHA-256 of bytes in memory, as 64 hexadecimal digits.
 *
 * dataset.c compares the files of a data set with the published digests and identifies a data set
 * by its content. OpenSSL computes the digest: 55 MB take 0.03 s if the processor has instructions
 * for SHA, and about 0.2 s otherwise.
 */
#ifndef MNIST_BASE_SHA256_HEX_H
#define MNIST_BASE_SHA256_HEX_H

#include <stddef.h>

#include "mnist/base/errors.h"
#include "mnist/base/progress.h"

enum { SHA256_HEX_SIZE = 65 /* 64 digits and the terminating NUL */ };

/* hex = SHA-256 of the header, which may be empty, followed by the bytes. False with error set if
   progress, which may be NULL, stops it or OpenSSL fails. */
__attribute__((warn_unused_result)) bool sha256_hex(char hex[SHA256_HEX_SIZE], const void *header,
                                                    size_t header_size, const void *bytes,
                                                    size_t size, struct progress *progress,
                                                    struct error *error);

#endif
