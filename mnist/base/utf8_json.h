/*
 * utf8_json - JSON strings of text that may not be UTF-8.
 *
 * jansson refuses invalid UTF-8, but the output of a cell or a file name may hold any bytes.
 * Invalid and truncated sequences are replaced by U+FFFD, as in the WHATWG decoder: one for each
 * maximal part of a sequence (utf8.h).
 */
#ifndef MNIST_BASE_UTF8_JSON_H
#define MNIST_BASE_UTF8_JSON_H

#include <jansson.h>
#include <stddef.h>

/* NULL only for NULL or if memory runs out. */
json_t *utf8_json(const char *text);
json_t *utf8_json_sized(const char *bytes, size_t size);

#endif
