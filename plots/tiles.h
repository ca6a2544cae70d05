/*
 * tiles - small images placed on a picture, each with its caption.
 *
 * images.c and maps.c say where each image goes; tiles.gp (loaded by their templates) draws them.
 * The template's coordinates are CSS pixels, y downwards. An image becomes the datablock $tile1,
 * $tile2...; gnuplot's SVG holds it as a bitmap of its own size (a digit: some 600 bytes),
 * enlarged with hard edges.
 */
#ifndef PLOTS_TILES_H
#define PLOTS_TILES_H

#include <stdbool.h>

#include "plots/drawing.h"
#include "plots/plots.h"

enum { TILES_CLEAR = 12 }; /* pixels from the longest caption to the one beside it, at least */

/* A regular grid below drawing->top. Filled by tiles_layout; the caller may move left and top. */
struct tiles_grid {
    int count, across, down;
    double pixel; /* CSS pixels of one image pixel               */
    double tile_width, tile_height;
    double step_x, step_y; /* from one tile to the next                   */
    double left, top;
    double width, height; /* of the whole                                */
};

/* Chooses how many go across (across > 0: that many) and how large, for a picture of at most room
   pixels. caption_lines: room for so many lines of text under each. */
struct tiles_grid tiles_layout(int count, int rows, int columns, int across, int caption_lines,
                               double room);

/* How wide a caption may be, when the tiles may be moved apart as far as room allows. */
double tiles_caption_room(const struct tiles_grid *grid, double room);

/* Moves the tiles apart, so far as room allows, until captions of that width have TILES_CLEAR
   between them. Call it before the grid's places are asked for. */
void tiles_widen(struct tiles_grid *grid, double caption, double room);

double tiles_x(const struct tiles_grid *grid, int index);
double tiles_y(const struct tiles_grid *grid, int index);

/* Numbers in a stack: its lowest and highest finite value. Bytes: 0 and 255. False when nothing
   is finite. */
bool tiles_range(const struct plot_stack *stack, double *low, double *high);

double tiles_value(const struct plot_stack *stack, int index, int row, int column);

/* Says how many tiles will come. Then tiles_put exactly so many times, numbered from 1. */
void tiles_begin(struct drawing *drawing, int count);
void tiles_put(struct drawing *drawing, int number, const struct plot_stack *stack, int index,
               double x, double y, double pixel);

/* Captions, centred at x, the first line below y: exactly count, numbered from 1. */
void tiles_captions_begin(struct drawing *drawing, int count);
void tiles_caption(struct drawing *drawing, int number, const char *text, double x, double y,
                   bool marked);

/* Refuses empty stacks, sides beyond PLOT_IMAGE_SIDE_MAX, more than most images, nothing finite. */
bool tiles_check(struct plot_error *error, const char *what, const struct plot_stack *stack,
                 int most);

#endif
