/*
 * svg_check - checks that a picture contains a well-formed SVG and PNG, for the tests of plots/.
 *
 * This is not a complete XML parser. Elements must nest, attributes must be quoted, text must be
 * UTF-8 without control characters, and `&` must begin one of the five entities. Every horizontal
 * text must be inside the picture, according to the widths of text.h.
 */
#ifndef TESTS_SVG_CHECK_H
#define TESTS_SVG_CHECK_H

#include <stdbool.h>

#include "plots/picture.h"

/* NULL, or what is wrong (static text, or in the caller's 200 bytes). */
const char *svg_check(const struct picture *picture, char wrong[200]);

/* The same for the PNG: signature, size, chunks up to IEND. */
const char *png_check(const struct picture *picture);

#endif
