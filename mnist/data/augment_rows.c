/*
 * augment_rows - portable C, with loops that compilers vectorise.
 *
 * augment_rows_avx2.c compiles this file a second time. The rows between two rows of knots are a
 * band: three loops compute all its positions, read all its pixels, and blend them.
 *
 * Measured including the random parameters (Zen 4, ns per 28x28 image, gcc, affine / elastic): one
 * loop pixel by pixel 3,940 / 5,700; this file for any x86-64 1,580 / 2,160, for AVX2 700 / 1,120.
 * AVX2 intrinsics, with or without gathers, gave the same times.
 */
#include "mnist/data/augment_rows.h"

#include <string.h>

#include "mnist/base/vectorised.h"

#ifndef AUGMENT_ROWS
#define AUGMENT_ROWS augment_rows_plain
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fetch reads two pairs as one number");

/* Functions that are inlined into a VECTORISED function. */
#define INLINED static inline __attribute__((always_inline))

enum {
    ONE = 1 << 16,
    COPIED = 16,         /* bytes at once */
    BAND = AUGMENT_KNOT, /* rows */
    BAND_MAX = BAND * IDX_SIDE_MAX,
};

/* ---- the input ---- */

/* Copies whole vectors; the last one overlaps the previous one. */
INLINED void copy_row(uint8_t *to, const uint8_t *from, int columns)
{
    if (columns < COPIED) {
        memcpy(to, from, (size_t)columns);
        return;
    }
    for (int j = 0; j < columns - COPIED; j += COPIED)
        memcpy(to + j, from + j, COPIED);
    memcpy(to + columns - COPIED, from + columns - COPIED, COPIED);
}

/* pairs [rows + 3, stride]: each pixel of the padded image and, in the upper byte, the pixel
   below. */
INLINED void make_pairs(uint16_t *restrict pairs, const uint8_t *in, int rows, int columns)
{
    uint8_t padded[AUGMENT_PADDED_MAX * AUGMENT_PADDED_MAX];
    int stride = columns + 2 * AUGMENT_BORDER, size = stride * (rows + 2 * AUGMENT_BORDER);
    memset(padded, 0, (size_t)size);
    for (int i = 0; i < rows; i++)
        copy_row(padded + (i + AUGMENT_BORDER) * stride + AUGMENT_BORDER, in + i * columns,
                 columns);
    for (int k = 0; k < size - stride; k++)
        pairs[k] = (uint16_t)(padded[k] | padded[k + stride] << 8);
}

/* From the lowest byte up: a pixel, the pixel below, and the right neighbours of both. */
INLINED uint32_t fetch(const uint16_t *pair)
{
    uint32_t four;
    memcpy(&four, pair, sizeof four);
    return four;
}

/* ---- positions ---- */

/* The bend of one axis in the current row, in 64ths, and the difference to the next row. */
struct bend {
    int32_t value[IDX_SIDE_MAX], step[IDX_SIDE_MAX];
};

/* The bend of the first row of a band. above and below: the knots' moves along this axis, every
   second number. */
INLINED void bend_begin(struct bend *restrict bend, const int32_t *above, const int32_t *below,
                        int columns)
{
    for (int first = 0; first < columns; first += AUGMENT_KNOT, above += 2, below += 2)
        for (int j = 0; j < AUGMENT_KNOT; j++) {
            int32_t upper = above[0] * (AUGMENT_KNOT - j) + above[2] * j;
            int32_t lower = below[0] * (AUGMENT_KNOT - j) + below[2] * j;
            bend->value[first + j] = upper * AUGMENT_KNOT;
            bend->step[first + j] = lower - upper;
        }
}

/* One axis of a row: position = start + step j (+ bend), clamped to 0 .. max. */
struct source_line {
    int32_t start, step, max;
};

INLINED int32_t locate(const struct source_line *line, int32_t bend, int j)
{
    int32_t position = line->start + line->step * j + bend / (AUGMENT_KNOT * AUGMENT_KNOT);
    position = position < 0 ? 0 : position;
    return position > line->max ? line->max : position;
}

/* The pixels of a band, [rows, columns]. four: the index in pairs, later the four pixels. weights:
   of the right pixel << 8 | of the lower pixel. */
struct band {
    uint32_t four[BAND_MAX], weights[BAND_MAX];
};

/* One row, stored from index first on; advances the bend to the next row. */
INLINED void locate_row(struct band *band, int first, struct source_line x, struct source_line y,
                        struct bend *bend_x, struct bend *bend_y, int columns)
{
    int stride = columns + 2 * AUGMENT_BORDER;
    for (int j = 0; j < columns; j++) {
        int32_t px = locate(&x, bend_x != NULL ? bend_x->value[j] : 0, j);
        int32_t py = locate(&y, bend_y != NULL ? bend_y->value[j] : 0, j);
        if (bend_x != NULL) {
            bend_x->value[j] += bend_x->step[j];
            bend_y->value[j] += bend_y->step[j];
        }
        band->four[first + j] = (uint32_t)((py >> 16) * stride + (px >> 16));
        band->weights[first + j] = (uint32_t)((px & 0xff00) | (py >> 8 & 0xff));
    }
}

/* `count` rows from row `first` on. */
INLINED void locate_band(struct band *band, const struct augment_map *map, int first, int count,
                         int rows, int columns)
{
    struct bend bend_x, bend_y;
    struct source_line x = {map->x0 + map->xy * first, map->xx,
                            (columns + AUGMENT_BORDER + 1) * ONE - 1};
    struct source_line y = {map->y0 + map->yy * first, map->yx,
                            (rows + AUGMENT_BORDER + 1) * ONE - 1};
    if (map->reach > 0) {
        const int32_t *above = map->moves + 2 * (first / AUGMENT_KNOT) * augment_knots(columns);
        const int32_t *below = above + 2 * augment_knots(columns);
        bend_begin(&bend_x, above, below, columns);
        bend_begin(&bend_y, above + 1, below + 1, columns);
    }
    for (int i = 0; i < count; i++, x.start += map->xy, y.start += map->yy)
        if (map->reach > 0)
            locate_row(band, i * columns, x, y, &bend_x, &bend_y, columns);
        else
            locate_row(band, i * columns, x, y, NULL, NULL, columns);
}

/* ---- blending ---- */

/* Blends vertically, two 16-bit sums in one word (left and right column), then horizontally. */
INLINED uint8_t blend(uint32_t four, uint32_t weights)
{
    uint32_t upper = four & 0xff00ff, lower = four >> 8 & 0xff00ff;
    uint32_t columns = (upper << 8) + (lower - upper) * (weights & 0xff);
    uint32_t left = columns & 0xffff, right = columns >> 16;
    return (uint8_t)(((left << 8) + (right - left) * (weights >> 8) + ONE / 2) >> 16);
}

/* ---- the image ---- */

/* Replaces the indices of `count` pixels of a band by the four pixels there. */
INLINED void fetch_band(struct band *band, const uint16_t *pairs, int count)
{
    for (int k = 0; k < count; k++)
        band->four[k] = fetch(pairs + band->four[k]);
}

INLINED void blend_band(uint8_t *restrict out, const struct band *restrict band, int count)
{
    for (int k = 0; k < count; k++)
        out[k] = blend(band->four[k], band->weights[k]);
}

/* augment_rows_plain or, from augment_rows_avx2.c, augment_rows_avx2. */
VECTORISED void AUGMENT_ROWS(const struct augment_map *map, uint8_t *out, const uint8_t *in,
                             int rows, int columns)
{
    uint16_t pairs[AUGMENT_PADDED_MAX * AUGMENT_PADDED_MAX];
    struct band band;
    make_pairs(pairs, in, rows, columns);
    for (int first = 0; first < rows; first += BAND) {
        int count = rows - first < BAND ? rows - first : BAND;
        locate_band(&band, map, first, count, rows, columns);
        fetch_band(&band, pairs, count * columns);
        blend_band(out + first * columns, &band, count * columns);
    }
}
