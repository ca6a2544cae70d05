/*
 * winograd_tiles - selects the tiles of a batch and their order; part of winograd_kernels.c.
 *
 * If one or two outputs remain next to tiles of F(4x4, 3x3), the last row or column of tiles uses
 * F(2, 3) in that direction. It has four of the six points, so it needs only some of the
 * frequencies and shares their weights. The tiles of one frequency are adjacent in memory, sorted
 * by size (rows x columns of outputs):
 *
 *     4x4, 4x2, 2x4, 2x2      frequencies with common points in both directions
 *     4x4, 4x2                frequencies with one of the two additional points in the vertical
 *     4x4, 2x4                or horizontal direction: 2x4 tiles have another index there
 *     4x4                     or in both
 *
 * The weight gradient is one chain over the tiles in this order, so the order is part of the
 * definition of the results' bits.
 */
#ifndef MNIST_NN_NATIVE_WINOGRAD_TILES_H
#define MNIST_NN_NATIVE_WINOGRAD_TILES_H

#include "mnist/nn/native/native.h"

struct tile {
    size_t x_at, y_at;          /* offset in the first block of the input and of the result */
    int rows, columns;          /* computed outputs from the tile's corner to the edge */
    bool two_rows, two_columns; /* edge tile of F(4x4, 3x3) with two rows, columns */
    int index;                  /* among the tiles of a frequency */
    int wide_index;             /* the same for frequencies with an additional horizontal point */
};

struct grid {
    const struct native_geometry *g;
    const struct native_images *images;
    struct native_tiling rows, columns;
};

/* The tiles that are processed together. */
struct tile_batch {
    int count;
    int counts[2][2]; /* tiles of a frequency: [additional vertical point][horizontal] */
    struct tile tiles[NATIVE_TILES];
};

/* Position of the next tile. */
struct walk {
    int image, row, column;
};

static struct grid grid_of(const struct native_geometry *g, const struct native_images *images)
{
    return (struct grid){g, images, native_tiling(g->rows, g->tile),
                         native_tiling(g->columns, g->tile)};
}

/* Advances by a number of columns, at most to the end of the row. */
static void walk_advance(struct walk *walk, const struct grid *grid, int columns)
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

/* Tiles of the strip at walk: the rest of the row, at most NATIVE_TILES. */
static int strip_at(const struct grid *grid, const struct walk *walk)
{
    int left = grid->columns.count - walk->column;
    return left < NATIVE_TILES ? left : NATIVE_TILES;
}

/* Counts the tiles of each kind, [two_rows][two_columns], in the strips from walk on that fit in a
   batch. Returns the total. */
static int count_kinds(int kinds[2][2], const struct grid *grid, struct walk walk)
{
    int count = 0;
    while (walk.image < grid->images->count && count + strip_at(grid, &walk) <= NATIVE_TILES) {
        int strip = strip_at(grid, &walk), two_rows = walk.row >= grid->rows.full;
        int wide = grid->columns.full - walk.column;
        wide = wide < strip ? wide : strip;
        kinds[two_rows][0] += wide;
        kinds[two_rows][1] += strip - wide;
        count += strip;
        walk_advance(&walk, grid, strip);
    }
    return count;
}

static struct tile tile_at(const struct grid *grid, const struct walk *walk)
{
    const struct native_geometry *g = grid->g;
    int row = walk->row * g->tile, column = walk->column * g->tile, shrink = g->pool ? 2 : 1;
    return (struct tile){
        .x_at = (size_t)walk->image * grid->images->x_stride +
                (size_t)(row * g->in_columns + column) * NATIVE_BLOCK,
        .y_at = (size_t)walk->image * grid->images->y_stride +
                (size_t)(row / shrink * g->out_columns + column / shrink) * NATIVE_BLOCK,
        .rows = g->rows - row,
        .columns = g->columns - column,
        .two_rows = walk->row >= grid->rows.full,
        .two_columns = walk->column >= grid->columns.full,
    };
}

/* Selects the next batch of tiles and advances walk. Returns false if there are no more tiles. */
static bool next_batch(struct tile_batch *batch, const struct grid *grid, struct walk *walk)
{
    int kinds[2][2] = {{0}};
    batch->count = count_kinds(kinds, grid, *walk);
    batch->counts[0][0] = batch->count;
    batch->counts[1][0] = kinds[0][0] + kinds[0][1];
    batch->counts[0][1] = kinds[0][0] + kinds[1][0];
    batch->counts[1][1] = kinds[0][0];
    int next[2][2] = {{0, kinds[0][0]}, {batch->counts[1][0], batch->counts[1][0] + kinds[1][0]}};
    for (int t = 0; t < batch->count; t++) {
        struct tile *tile = &batch->tiles[t];
        *tile = tile_at(grid, walk);
        tile->index = next[tile->two_rows][tile->two_columns]++;
        tile->wide_index = tile->index - (tile->two_rows ? kinds[0][1] : 0);
        walk_advance(walk, grid, 1);
    }
    return batch->count > 0;
}

/* Number of tiles of the batch that have frequency f. */
static int tiles_with_frequency(const struct tile_batch *batch, int f, int T)
{
    return batch->counts[f / (T + 2) >= 4][f % (T + 2) >= 4];
}

#endif
