/*
 * picture - a finished picture: an SVG, a PNG of twice its size, and a sentence.
 *
 * The functions of plots.h fill it. A front end shows the SVG or the PNG; text front ends and
 * screen readers use the sentence, which describes the picture. The SVG has a fixed size and
 * background, contains no external references, and is byte-identical for the same data.
 *
 * JupyterLab shows an SVG as an <img>, which does not shrink to the cell (a PNG does), and which
 * has no maximum if the SVG's width is relative. Therefore every picture is shown with at most
 * PICTURE_SHOWN_MAX pixels, the width of a cell in a window of 900 pixels. An SVG that is part of a
 * page (Visual Studio Code, Notebook 6, nbviewer) shrinks with the page.
 */
#ifndef PLOTS_PICTURE_H
#define PLOTS_PICTURE_H

#include <stddef.h>

enum { PICTURE_SENTENCE_SIZE = 512, PICTURE_SHOWN_MAX = 720 };

struct picture {
    char *svg; /* svg_size bytes, followed by a zero byte */
    size_t svg_size;
    unsigned char *png; /* 2 * width by 2 * height pixels */
    size_t png_size;
    int width, height;                    /* in the coordinates of the drawing */
    int shown_width, shown_height;        /* on a page, in CSS pixels */
    char sentence[PICTURE_SENTENCE_SIZE]; /* UTF-8, one line */
};

/* Frees the contents of the picture and zeroes it. The picture may be zeroed or released
   already. */
void picture_release(struct picture *picture);

#endif
