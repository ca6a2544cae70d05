/*
 * signature - the HMAC over the four dictionaries of a message.
 *
 * message.c signs sent messages and checks received ones, over the exact bytes on the wire. The
 * key and the scheme ("hmac-sha256", "hmac-sha512", or any digest of OpenSSL) are in the
 * connection file. With an empty key, as the specification requires, messages are not signed and
 * all are accepted. The object is immutable; threads share one.
 */
#ifndef KERNEL_FRONT_SIGNATURE_H
#define KERNEL_FRONT_SIGNATURE_H

#include <stdbool.h>

#include "kernel/front/frames.h"
#include "mnist/base/errors.h"

enum { SIGNATURE_PARTS = 4, SIGNATURE_HEX_MAX = 128 };

struct signature;

/* NULL with error set: the scheme is unknown, or memory ran out. Caller frees with
   signature_free. */
struct signature *signature_new(const char *scheme, const char *key, struct error *error);
void signature_free(struct signature **signature);

/* Writes the signature as lower-case hex digits; "" for an empty key. False: memory ran out in
   OpenSSL. */
bool signature_make(const struct signature *signature, const struct frame parts[SIGNATURE_PARTS],
                    char hex[SIGNATURE_HEX_MAX + 1]);

/* True if claimed is the signature of the parts. The comparison takes constant time. */
bool signature_check(const struct signature *signature, const struct frame parts[SIGNATURE_PARTS],
                     const struct frame *claimed);

#endif
