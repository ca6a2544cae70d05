/*
 * winograd_tiles - which tiles go through a Winograd kernel together, and where each lies.
 *
 * Part of winograd_kernels.c.
 *
 * Where F(4x4, 3x3) leaves one or two outputs over, the last row or column of tiles is F(2, 3) in
 * that direction, with four of the six points, so that it needs only some of the frequencies and
 * shares their weights. A frequency's tiles lie side by side, in the order
 *
 *     4 x 4, 4 x 2, 2 x 4, 2 x 2      of frequencies that all have
 *     4 x 4, 4 x 2                    that have one of the two other points downwards
 *     4 x 4, 2 x 4                    or across: a tile of 2 x 4 has another place in these
 *     4 x 4                           or both
 */
#ifndef MNIST_NN_NATIVE_WINOGRAD_TILES_H
#define MNIST_NN_NATIVE_WINOGRAD_TILES_H

#include "mnist/nn/native/native.h"

struct tile {
    size_t x_at, y_at;     /* where it begins in the images' first block, and the results'       */
    int rows, columns;     /* from there on to the end of what is computed                      */
    bool low, narrow;      /* two rows, two columns, where others have four                     */
    int place, wide_place; /* among the tiles of a frequency; with another point across         */
};

struct grid {
    const struct native_geometry *g;
    const struct native_images *images;
    struct native_tiling rows, columns;
};

/* Tiles that go through at a time. */
struct tile_batch {
    int count;
    int with[2][2]; /* those that have a frequency: [it has another point downwards][or across] */
    struct tile tiles[NATIVE_TILES];
};

/* Where the next tile is. */
struct walk {
    int image, row, column;
};

static struct grid grid_of(const struct native_geometry *g, const struct native_images *images)
{
    return (struct grid){g, images, native_tiling(g->rows, g->tile),
                         native_tiling(g->columns, g->tile)};
}

/* To the tile that is so many columns on, at most at the row's end. */
static void walk_on(struct walk *walk, const struct grid *grid, int columns)
{
    walk->column += columns;
    if (walk->column < grid->columns.count)
        return;
    walk->column = 0;
    if (++walk->row < grid->rows.count)
        return;
    walk->row = 0;
    walk->image++;
}

/* Tiles of the strip at walk: the row's, or of a very long one as many as there is room for. */
static int strip_at(const struct grid *grid, const struct walk *walk)
{
    int left = grid->columns.count - walk->column;
    return left < NATIVE_TILES ? left : NATIVE_TILES;
}

/* How many tiles of each kind, [low][narrow], are in the strips from walk on that fit. */
static int count_kinds(int kinds[2][2], const struct grid *grid, struct walk walk)
{
    int count = 0;
    while (walk.image < grid->images->count && count + strip_at(grid, &walk) <= NATIVE_TILES) {
        int strip = strip_at(grid, &walk), low = walk.row >= grid->rows.full;
        int wide = grid->columns.full - walk.column;
        wide = wide < strip ? wide : strip;
        kinds[low][0] += wide;
        kinds[low][1] += strip - wide;
        count += strip;
        walk_on(&walk, grid, strip);
    }
    return count;
}

static struct tile tile_at(const struct grid *grid, const struct walk *walk)
{
    const struct native_geometry *g = grid->g;
    int row = walk->row * g->tile, column = walk->column * g->tile, shrink = g->pool ? 2 : 1;
    return (struct tile){
        .x_at = (size_t)walk->image * grid->images->x_stride +
                (size_t)(row * g->width + column) * NATIVE_BLOCK,
        .y_at = (size_t)walk->image * grid->images->y_stride +
                (size_t)(row / shrink * g->out_columns + column / shrink) * NATIVE_BLOCK,
        .rows = g->rows - row,
        .columns = g->columns - column,
        .low = walk->row >= grid->rows.full,
        .narrow = walk->column >= grid->columns.full,
    };
}

/* The tiles from walk on that go together; false = there is none. */
static bool next_batch(struct tile_batch *batch, const struct grid *grid, struct walk *walk)
{
    int kinds[2][2] = {{0}};
    batch->count = count_kinds(kinds, grid, *walk);
    batch->with[0][0] = batch->count;
    batch->with[1][0] = kinds[0][0] + kinds[0][1];
    batch->with[0][1] = kinds[0][0] + kinds[1][0];
    batch->with[1][1] = kinds[0][0];
    int next[2][2] = {{0, kinds[0][0]}, {batch->with[1][0], batch->with[1][0] + kinds[1][0]}};
    for (int t = 0; t < batch->count; t++) {
        struct tile *tile = &batch->tiles[t];
        *tile = tile_at(grid, walk);
        tile->place = next[tile->low][tile->narrow]++;
        tile->wide_place = tile->place - (tile->low ? kinds[0][1] : 0);
        walk_on(walk, grid, 1);
    }
    return batch->count > 0;
}

/* Tiles of the batch that have frequency f. */
static int with_frequency(const struct tile_batch *batch, int f, int T)
{
    return batch->with[f / (T + 2) >= 4][f % (T + 2) >= 4];
}

#endif
