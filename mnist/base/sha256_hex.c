/*
 * sha256_hex - computed in steps of 1 MiB, so that it can be interrupted.
 */
#include "mnist/base/sha256_hex.h"

#include <openssl/evp.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32, STEP = 1 << 20 };

_Static_assert(SHA256_HEX_SIZE == 2 * DIGEST_SIZE + 1, "two digits for each byte");

static void write_hex(char *text, const uint8_t *bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_SIZE; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * DIGEST_SIZE] = '\0';
}

bool sha256_hex(char hex[SHA256_HEX_SIZE], const void *header, size_t header_size,
                const void *bytes, size_t size, struct progress *progress, struct error *error)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(context, header, header_size) == 1;
    bool running = true;
    for (size_t done = 0; ok && running && done < size;) {
        size_t step = size - done < STEP ? size - done : STEP;
        ok = EVP_DigestUpdate(context, (const uint8_t *)bytes + done, step) == 1;
        done += step;
        running = progress_tick(progress, (double)done, (double)size);
    }
    uint8_t digest[DIGEST_SIZE];
    ok = ok && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (!ok)
        return error_set(error, ERROR_SYSTEM, "OpenSSL could not compute a SHA-256");
    if (!running)
        return error_interrupted(error);
    write_hex(hex, digest);
    return true;
}
