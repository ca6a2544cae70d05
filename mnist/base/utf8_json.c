/*
 * utf8_json - replaces invalid sequences, then leaves the rest to jansson.
 */
#include "mnist/base/utf8_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/utf8.h"

/* Caller frees. */
static char *replace_invalid(const char *bytes, size_t size, size_t *valid_size)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, valid_size);
    if (to == NULL)
        return NULL;
    for (size_t at = 0; at < size;) {
        size_t valid = utf8_valid_size(bytes + at, size - at), invalid = 0;
        fwrite(bytes + at, 1, valid, to);
        at += valid;
        if (at < size) {
            utf8_scan(bytes + at, size - at, &invalid);
            fputs(UTF8_REPLACEMENT_BYTES, to);
        }
        at += invalid;
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
    size_t valid_size;
    char *text = replace_invalid(bytes, size, &valid_size);
    if (text != NULL)
        string = json_stringn(text, valid_size);
    free(text);
    return string;
}

json_t *utf8_json(const char *text)
{
    return text != NULL ? utf8_json_sized(text, strlen(text)) : NULL;
}
