/*
 * json_mend - repairs JSON that front ends send and jansson rejects.
 *
 * message.c repairs a part that jansson cannot read and then parses it again. Three kinds of text
 * are repaired; the length of the text does not change:
 *
 *     "\ud83d"                 half of a surrogate pair becomes \ufffd (browsers cut strings inside
 *                              a character)
 *     123456789012345678901    a number beyond 64 bits or a double becomes the nearest double
 *     NaN  Infinity            become 0.0 and 1e308 (Python writes them)
 *
 * Everything else, such as bytes that are not UTF-8, is unchanged and remains an error.
 */
#ifndef KERNEL_FRONT_JSON_MEND_H
#define KERNEL_FRONT_JSON_MEND_H

#include <stddef.h>

/* Repairs size bytes in place; json[size] must be NUL. */
void json_mend(char *json, size_t size);

#endif
