/*
 * json_mend - JSON that front ends send and jansson refuses.
 *
 * message.c mends a part that jansson cannot read, and then tries once more. Three things are
 * mended, none of which changes the length of the text:
 *
 *     "\ud83d"                 half of a surrogate pair: browsers cut texts inside a character
 *     123456789012345678901    a number beyond 64 bits or beyond a double becomes the nearest double
 *     NaN  Infinity            Python writes them; they become 0.0 and 1e308
 *
 * Everything else, such as bytes that are not UTF-8, is left as it is and remains an error.
 */
#ifndef KERNEL_FRONT_JSON_MEND_H
#define KERNEL_FRONT_JSON_MEND_H

#include <stddef.h>

/* json has a NUL after its size bytes. */
void json_mend(char *json, size_t size);

#endif
