/*
 * picture - one finished picture: as SVG, as PNG of twice the size, and as a sentence.
 *
 * The functions of plots.h fill it; whoever shows it (a notebook's output, a file) takes what it
 * can show. The SVG has a size and a background of its own, refers to nothing outside itself, and
 * repeats byte for byte for the same data. The sentence says what the picture shows, for those who
 * read and do not see.
 *
 * JupyterLab shows an SVG as an <img>, which it neither shrinks (as it does a PNG) nor bounds when
 * the SVG's width is relative. So every picture is shown at most PICTURE_SHOWN_MAX wide, which is
 * the room of a cell in a window of 900 pixels. Where an SVG becomes part of a page (Visual Studio
 * Code, Notebook 6, nbviewer), its style lets it shrink with the page.
 */
#ifndef PLOTS_PICTURE_H
#define PLOTS_PICTURE_H

#include <stddef.h>

enum { PICTURE_SENTENCE_SIZE = 512, PICTURE_SHOWN_MAX = 720 };

struct picture {
    char *svg; /* svg_size bytes, with a zero byte behind them */
    size_t svg_size;
    unsigned char *png; /* 2 * width by 2 * height pixels */
    size_t png_size;
    int width, height;                    /* of the drawing, in its own coordinates */
    int shown_width, shown_height;        /* on a page, in CSS pixels */
    char sentence[PICTURE_SENTENCE_SIZE]; /* UTF-8, one line */
};

/* Frees what the picture holds and zeroes it. A zeroed or already released picture is fine. */
void picture_release(struct picture *picture);

#endif
