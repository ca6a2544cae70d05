/*
 * tiles - small images in a picture, each with a caption.
 *
 * images.c, comparison.c, digit.c and maps.c choose the positions; tiles.gp, which their templates
 * load, draws the images. Coordinates are CSS pixels, y downwards. Each image is a datablock
 * $tile1, $tile2... gnuplot's SVG contains it as a bitmap of its own size (a digit: about 600
 * bytes), enlarged with hard edges.
 */
#ifndef PLOTS_TILES_H
#define PLOTS_TILES_H

#include <stdbool.h>

#include "plots/drawing.h"
#include "plots/plots.h"

enum { TILES_CLEAR = 12 }; /* minimum distance in pixels between two captions */

/* A regular grid. tiles_layout fills it; the caller may change left and top. */
struct tiles_grid {
    int count, across, down;
    double pixel; /* CSS pixels of one image pixel               */
    double tile_width, tile_height;
    double step_x, step_y; /* from one tile to the next                   */
    double left, top;
    double width, height; /* of the grid                                 */
};

/* Chooses the number of columns (across > 0: this number) and the size of the tiles, for a grid of
   at most room pixels. caption_lines is the number of caption lines below each tile. */
struct tiles_grid tiles_layout(int count, int rows, int columns, int across, int caption_lines,
                               double room);

/* The maximum width of a caption if the tiles are moved apart within room pixels. */
double tiles_caption_room(const struct tiles_grid *grid, double room);

/* Moves the tiles apart, within room pixels, until captions of this width are TILES_CLEAR apart.
   Must be called before tiles_x and tiles_y. */
void tiles_widen(struct tiles_grid *grid, double caption, double room);

double tiles_x(const struct tiles_grid *grid, int index);
double tiles_y(const struct tiles_grid *grid, int index);

/* The lowest and highest finite value of a stack; 0 and 255 for bytes. False if no value is
   finite. */
bool tiles_range(const struct plot_stack *stack, double *low, double *high);

double tiles_value(const struct plot_stack *stack, int index, int row, int column);

/* Writes low and high, the values of paper and ink for the palette; high > low. */
void tiles_put_ink_range(struct drawing *drawing, double low, double high);

/* tiles_begin, then count times tiles_put, numbered from 1. */
void tiles_begin(struct drawing *drawing, int count);
void tiles_put(struct drawing *drawing, int number, const struct plot_stack *stack, int index,
               double x, double y, double pixel);

/* tiles_captions_begin, then count times tiles_caption, numbered from 1: text centred at x, its
   first line below y. */
void tiles_captions_begin(struct drawing *drawing, int count);
void tiles_caption(struct drawing *drawing, int number, const char *text, double x, double y,
                   bool marked);

/* False with an error for an empty stack, sides above PLOT_IMAGE_SIDE_MAX, more than `most` images,
   or no finite value. */
bool tiles_check(struct plot_error *error, const char *what, const struct plot_stack *stack,
                 int most);

#endif
