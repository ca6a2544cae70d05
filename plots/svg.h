/*
 * svg - converts gnuplot's SVG to the SVG of a picture, from bytes to bytes.
 *
 *     size       width and height are the caller's; the viewBox keeps the drawing's coordinates,
 *                and the picture shrinks with a page that contains it
 *     title      <title> and <desc> for screen readers replace gnuplot's version
 *     font       stated once, with fallbacks of the same widths, instead of at every text
 *     bitmaps    keep hard pixel edges when a browser enlarges them
 */
#ifndef PLOTS_SVG_H
#define PLOTS_SVG_H

#include <stddef.h>

/* The font of gnuplot.c's commands, which svg_tidy replaces. */
#define SVG_FONT "sans"

struct svg_page {
    const char *title, *sentence; /* clean UTF-8 */
    int width, height;            /* CSS pixels on a page */
};

/* raw has size bytes, followed by a zero byte. Returns *tidy_size bytes and a zero byte, or NULL if
   memory runs out. Caller frees with free. */
char *svg_tidy(const char *raw, size_t size, const struct svg_page *page, size_t *tidy_size);

#endif
