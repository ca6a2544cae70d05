/*
 * svg - from gnuplot's SVG to the one that we hand out.
 *
 * What changes: the size on a page is the caller's, while the viewBox keeps the drawing's
 * coordinates, and the picture shrinks with a page that it is part of; gnuplot's version is replaced by a title and a description for screen readers;
 * the font, which gnuplot repeats at every text, is said once, with fallbacks of the same widths;
 * bitmaps keep hard pixel edges when a browser enlarges them. Bytes in, bytes out.
 */
#ifndef PLOTS_SVG_H
#define PLOTS_SVG_H

#include <stddef.h>

/* The font that gnuplot.c asks gnuplot for, and that svg_tidy replaces. */
#define SVG_FONT "sans"

struct svg_page {
    const char *title, *sentence; /* clean UTF-8 */
    int width, height;            /* CSS pixels on a page */
};

/* raw is size bytes with a zero byte behind them. Returns *tidy_size bytes and a zero byte, or NULL
   when memory runs out. Caller frees with free. */
char *svg_tidy(const char *raw, size_t size, const struct svg_page *page, size_t *tidy_size);

#endif
