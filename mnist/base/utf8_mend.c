/*
 * utf8_mend - one character at a time (Unicode 15, table 3-7, "Well-formed UTF-8 byte sequences").
 */
#include "mnist/base/utf8_mend.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes a character with this first byte has, 0 for none; low..high is the range of its second
   byte. */
static size_t expected(uint8_t first, uint8_t *low, uint8_t *high)
{
    *low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    *high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

enum utf8_step utf8_look(const char *bytes, size_t size, size_t *length)
{
    const uint8_t *p = (const uint8_t *)bytes;
    uint8_t low, high;
    size_t need = expected(p[0], &low, &high);
    *length = 1;
    if (need == 0)
        return UTF8_BROKEN;
    for (size_t i = 1; i < need; i++) {
        if (i == size) {
            *length = size;
            return UTF8_CUT;
        }
        if (p[i] < low || p[i] > high) {
            *length = i;
            return UTF8_BROKEN;
        }
        low = 0x80;
        high = 0xBF;
    }
    *length = need;
    return UTF8_CHARACTER;
}

size_t utf8_good(const char *bytes, size_t size)
{
    size_t at = 0, length;
    while (at < size) {
        if ((uint8_t)bytes[at] < 0x80)
            at++;
        else if (utf8_look(bytes + at, size - at, &length) == UTF8_CHARACTER)
            at += length;
        else
            break;
    }
    return at;
}

/* Caller frees. */
static char *mended(const char *bytes, size_t size, size_t *mended_size)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, mended_size);
    if (to == NULL)
        return NULL;
    for (size_t at = 0; at < size;) {
        size_t good = utf8_good(bytes + at, size - at), broken = 0;
        fwrite(bytes + at, 1, good, to);
        at += good;
        if (at < size) {
            utf8_look(bytes + at, size - at, &broken);
            fputs(UTF8_REPLACED, to);
        }
        at += broken;
    }
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

json_t *utf8_json_sized(const char *bytes, size_t size)
{
    json_t *string = json_stringn(bytes, size);
    if (string != NULL || bytes == NULL)
        return string;
    size_t mended_size;
    char *text = mended(bytes, size, &mended_size);
    if (text != NULL)
        string = json_stringn(text, mended_size);
    free(text);
    return string;
}

json_t *utf8_json(const char *text)
{
    return text != NULL ? utf8_json_sized(text, strlen(text)) : NULL;
}
