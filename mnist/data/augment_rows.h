/*
 * augment_rows - the pixels of a changed image, each read where a map says.
 *
 * augment.c makes the map and takes the first version of augment_versions that fits. All compute the
 * same integers, so all give the same bytes:
 *
 *     plain    portable C; augment_rows.c
 *     avx2     the same C, compiled for AVX2
 *     avx512   bytes looked up in registers, up to 28x28; augment_rows_avx512.c
 *
 * Positions are 16.16: the upper half is a pixel of the padded image, the next 8 bits the weight of
 * its right or lower neighbour. The padded image is the input with AUGMENT_BORDER zero pixels on each
 * side; positions are clamped into it, so that whatever points outside reads paper.
 *
 *     x(i, j) = clamp(x0 + xx j + xy i + bend_x(i, j), 0, (cols + BORDER + 1) 65536 - 1), y likewise
 *     bend(i, j) = v / 64 towards 0, v = bilinear between 4 knots' moves with weights 0..8 each
 *     out = (sum over 4 pixels of pixel (256 - right or right) (256 - below or below) + 32768) >> 16
 */
#ifndef MNIST_DATA_AUGMENT_ROWS_H
#define MNIST_DATA_AUGMENT_ROWS_H

#include "mnist/data/augment.h"
#include "mnist/data/idx.h"

enum {
    AUGMENT_BORDER = 2,
    AUGMENT_PADDED_MAX = IDX_SIDE_MAX + 2 * AUGMENT_BORDER,
    AUGMENT_KNOTS_MAX = (IDX_SIDE_MAX - 1) / AUGMENT_KNOT + 2,
    AUGMENT_MOVES_MAX = 2 * AUGMENT_KNOTS_MAX * AUGMENT_KNOTS_MAX,
    AUGMENT_AVX512_SIDE = 28, /* 32 with its border */
};

/* All in 16.16 pixels. */
struct augment_map {
    int32_t xx, xy, x0; /* x0 and y0 count from the padded image's corner */
    int32_t yx, yy, y0;
    int32_t reach;                    /* the longest move; 0 = no bend, moves is not set */
    int32_t moves[AUGMENT_MOVES_MAX]; /* [knots of rows][knots of cols][x, y] */
};

/* Knots along a side of so many pixels. */
static inline int augment_knots(int side)
{
    return (side - 1) / AUGMENT_KNOT + 2;
}

/* The map that a change of a [rows, cols] image is. Draws the moves. */
void augment_map_set(struct augment_map *map, const struct augment_change *change, int rows,
                     int columns);

/* out [rows, cols] from in [rows, cols], which do not overlap. */
typedef void augment_rows(const struct augment_map *map, uint8_t *out, const uint8_t *in, int rows,
                          int columns);

/* Only for machines and sizes that augment_versions says. */
augment_rows augment_rows_plain, augment_rows_avx2, augment_rows_avx512;

struct augment_version {
    const char *name;   /* NULL ends the list */
    bool (*runs)(void); /* on this machine? */
    int side_max;       /* the largest rows and cols */
    augment_rows *rows;
};

/* Fastest first; the last runs anywhere, on any size. */
extern const struct augment_version augment_versions[];

#endif
