/*
 * augment_rows - computes an image whose pixels are read from another image at positions given by a
 * map.
 *
 * augment.c computes the map and calls the first suitable version of augment_versions. All versions
 * compute the same integers, so they give the same bytes:
 *
 *     plain    portable C; augment_rows.c
 *     avx2     the same C, compiled for AVX2
 *     avx512   bytes looked up in registers, up to 28x28; augment_rows_avx512.c
 *
 * Positions are in 16.16 fixed point: the upper half is a pixel of the padded image, the next 8
 * bits are the weight of its right or lower neighbour. The padded image is the input with
 * AUGMENT_BORDER zero pixels on each side. Positions are clamped to it, so that every position
 * outside reads 0.
 *
 *     x(i, j) = clamp(x0 + xx j + xy i + bend_x(i, j), 0, (columns + BORDER + 1) 65536 - 1)
 *     y(i, j)   likewise
 *     bend(i, j) = v / 64 towards 0, v = bilinear between the moves of 4 knots, weights 0..8 each
 *     out = (sum over 4 pixels of pixel * (256 - right or right) * (256 - below or below) + 32768)
 *           >> 16
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
    int32_t reach;                    /* maximum displacement; 0 = no bend, moves is not set */
    int32_t moves[AUGMENT_MOVES_MAX]; /* [knots of rows][knots of columns][x, y] */
};

/* Number of knots along a side of `side` pixels. */
static inline int augment_knots(int side)
{
    return (side - 1) / AUGMENT_KNOT + 2;
}

/* Computes the map of a change for a [rows, columns] image, including the random moves. */
void augment_map_set(struct augment_map *map, const struct augment_change *change, int rows,
                     int columns);

/* out [rows, columns] from in [rows, columns], which do not overlap. */
typedef void augment_rows(const struct augment_map *map, uint8_t *out, const uint8_t *in, int rows,
                          int columns);

/* Call these only on machines and with sizes that augment_versions allows. */
augment_rows augment_rows_plain, augment_rows_avx2, augment_rows_avx512;

struct augment_version {
    const char *name;   /* NULL ends the list */
    bool (*runs)(void); /* whether this machine can run it */
    int side_max;       /* maximum rows and columns        */
    augment_rows *rows;
};

/* Fastest first; the last version runs on every machine and with every size. */
extern const struct augment_version augment_versions[];

#endif
