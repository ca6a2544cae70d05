/*
 * signature - the HMAC over the four dictionaries of a message.
 *
 * message.c signs what goes out and checks what comes in, over the very bytes of the wire. The key
 * and the scheme ("hmac-sha256", "hmac-sha512", any digest that OpenSSL knows) come from the
 * connection file; an empty key signs nothing and accepts everything, as the specification says.
 * Immutable once made: threads share one.
 */
#ifndef KERNEL_FRONT_SIGNATURE_H
#define KERNEL_FRONT_SIGNATURE_H

#include <stdbool.h>

#include "kernel/front/frames.h"
#include "mnist/base/errors.h"

enum { SIGNATURE_PARTS = 4, SIGNATURE_HEX_MAX = 128 };

struct signature;

/* NULL with error set: a scheme that is not known, no memory. Caller frees with signature_free. */
struct signature *signature_new(const char *scheme, const char *key, struct error *error);
void signature_free(struct signature **signature);

/* Writes lower-case hex digits and a NUL; "" for an empty key. False: OpenSSL failed (no memory).
   */
bool signature_make(const struct signature *signature, const struct frame parts[SIGNATURE_PARTS],
                    char hex[SIGNATURE_HEX_MAX + 1]);

/* Whether claimed is the parts' signature; takes the same time wherever they differ. */
bool signature_check(const struct signature *signature, const struct frame parts[SIGNATURE_PARTS],
                     const struct frame *claimed);

#endif
