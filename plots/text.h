/*
 * text - words inside pictures: made safe, measured, and cut to the room there is.
 *
 * gnuplot draws text with `noenhanced`, so it interprets nothing; what is left to do is to hand
 * it only whole UTF-8, and to know about how wide a word will be before anything is drawn, since
 * a picture's size is chosen first. Widths are those of DejaVu Sans, the widest of the fonts that
 * we name, rounded up.
 */
#ifndef PLOTS_TEXT_H
#define PLOTS_TEXT_H

#include <stddef.h>

enum { TEXT_SIZE_MAX = 1024 }; /* bytes of one piece of text in a picture, with its zero byte */

/* Copies from (NULL counts as "") to to[size], cut at a whole character; broken UTF-8 becomes
   U+FFFD, each control character a space. */
void text_clean(char *to, size_t size, const char *from);

/* About how many CSS pixels text (clean UTF-8) takes in a font of font_px. */
double text_width(const char *text, double font_px);

/* The same of the widest of several lines. */
double text_lines_width(const char *lines, double font_px);

/* text_clean, then cut with "..." (one character) so that it takes at most width pixels. */
void text_fit(char *to, size_t size, const char *from, double font_px, double width);

/* text_clean, then line breaks in place of spaces so that no line takes more than width pixels;
   at most lines lines, the last one cut by text_fit. Returns how many lines there are, 0 for
   empty text. */
int text_wrap(char *to, size_t size, const char *from, double font_px, double width, int lines);

#endif
