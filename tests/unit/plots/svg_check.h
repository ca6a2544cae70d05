/*
 * svg_check - whether a picture's bytes are what they claim to be: for the tests of plots/.
 *
 * Not a whole XML parser: elements must nest, attributes be quoted, text be UTF-8 without control
 * characters, `&` begin one of the five entities. Every piece of text that lies level must lie
 * inside the picture, by the widths that text.h tells.
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
