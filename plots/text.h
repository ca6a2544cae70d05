/*
 * text - text in pictures: cleaning, measuring, cutting and wrapping.
 *
 * gnuplot draws text with `noenhanced`, so it interprets no characters, but it needs valid UTF-8.
 * The approximate width of a text must be known before drawing, because it determines the size of
 * the picture. Widths are those of DejaVu Sans, the widest font of the SVG's font list, rounded up.
 */
#ifndef PLOTS_TEXT_H
#define PLOTS_TEXT_H

#include <stddef.h>

enum { TEXT_SIZE_MAX = 1024 }; /* bytes of one piece of text in a picture, with its zero byte */

/* Copies from (NULL counts as "") to to[size], cut at a character boundary. Invalid UTF-8 becomes
   U+FFFD, each control character becomes a space. */
void text_clean(char *to, size_t size, const char *from);

/* The approximate width of clean text in CSS pixels, in a font of font_px. */
double text_width(const char *text, double font_px);

/* The width of the widest line. */
double text_lines_width(const char *lines, double font_px);

/* text_clean, then cut to at most width pixels, with an ellipsis character at the end. */
void text_fit(char *to, size_t size, const char *from, double font_px, double width);

/* text_clean, then line breaks instead of spaces, so that no line is wider than width pixels. At
   most `lines` lines, the last one cut as in text_fit. Returns the number of lines, 0 for empty
   text. */
int text_wrap(char *to, size_t size, const char *from, double font_px, double width, int lines);

#endif
