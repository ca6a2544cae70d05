/*
 * signature - HMAC with OpenSSL.
 *
 * The keyed state is computed once. Each message uses a duplicate of it, so threads need no lock.
 */
#include "kernel/front/signature.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_NAME_MAX = 32 };

struct signature {
    EVP_MAC_CTX *keyed; /* NULL = no key: messages are not signed */
};

/* Converts a scheme to OpenSSL's name of its digest: "hmac-sha3_256" to "sha3-256". False: the
   scheme is not an HMAC, or its name is too long. */
static bool digest_name(char name[DIGEST_NAME_MAX], const char *scheme)
{
    static const char prefix[] = "hmac-";
    size_t skip = sizeof prefix - 1;
    if (strncmp(scheme, prefix, skip) != 0 || strlen(scheme + skip) >= DIGEST_NAME_MAX)
        return false;
    size_t i = 0;
    for (; scheme[skip + i] != '\0'; i++)
        name[i] = scheme[skip + i] == '_' ? '-' : scheme[skip + i];
    name[i] = '\0';
    return i > 0;
}

static EVP_MAC_CTX *keyed_context(char *digest, const char *key)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    if (context != NULL &&
        !EVP_MAC_init(context, (const unsigned char *)key, strlen(key), parameters)) {
        EVP_MAC_CTX_free(context);
        context = NULL;
    }
    return context;
}

struct signature *signature_new(const char *scheme, const char *key, struct error *error)
{
    struct signature *signature = calloc(1, sizeof *signature);
    if (signature == NULL) {
        error_memory(error, "the signature's key", sizeof *signature);
        return NULL;
    }
    if (*key == '\0')
        return signature;
    char digest[DIGEST_NAME_MAX];
    if (digest_name(digest, scheme))
        signature->keyed = keyed_context(digest, key);
    if (signature->keyed == NULL ||
        2 * EVP_MAC_CTX_get_mac_size(signature->keyed) > SIGNATURE_HEX_MAX) {
        error_set(error, ERROR_DATA,
                  "signature_scheme is \"%.40s\", expected for example hmac-sha256 or hmac-sha512",
                  scheme);
        signature_free(&signature);
    }
    return signature;
}

void signature_free(struct signature **signature)
{
    if (*signature != NULL)
        EVP_MAC_CTX_free((*signature)->keyed);
    free(*signature);
    *signature = NULL;
}

bool signature_make(const struct signature *signature, const struct frame parts[SIGNATURE_PARTS],
                    char hex[SIGNATURE_HEX_MAX + 1])
{
    hex[0] = '\0';
    if (signature->keyed == NULL)
        return true;
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(signature->keyed);
    if (context == NULL)
        return false;
    unsigned char bytes[SIGNATURE_HEX_MAX / 2];
    size_t size = 0;
    bool good = true;
    for (int i = 0; i < SIGNATURE_PARTS; i++)
        good = good && EVP_MAC_update(context, parts[i].bytes, parts[i].size);
    good = good && EVP_MAC_final(context, bytes, &size, sizeof bytes);
    EVP_MAC_CTX_free(context);
    for (size_t i = 0; good && i < size; i++) {
        hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
        hex[2 * i + 2] = '\0';
    }
    return good;
}

bool signature_check(const struct signature *signature, const struct frame parts[SIGNATURE_PARTS],
                     const struct frame *claimed)
{
    if (signature->keyed == NULL)
        return true;
    char hex[SIGNATURE_HEX_MAX + 1];
    return signature_make(signature, parts, hex) && claimed->size == strlen(hex) &&
           CRYPTO_memcmp(claimed->bytes, hex, claimed->size) == 0;
}
