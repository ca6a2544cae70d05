/*
 * winograd_kernels - 3x3 convolution with Winograd's F(2x2, 3x3) and F(4x4, 3x3): 16 products
 * instead of 36 per tile of 2x2 outputs, or 36 instead of 144 per tile of 4x4 (Lavin and Gray 2015,
 * arXiv 1509.09308).
 *
 *     y = A^T [ (G w G^T) . (B^T x B) ] A            x: T+2 x T+2 inputs, y: T x T outputs
 *     dU += (B^T x B) . (A dy A^T),  dw = G^T dU G   (pack_kernels.c)
 *
 * A batch of up to NATIVE_TILES tiles, of whole rows of tiles, is processed at a time: transformed
 * to v, multiplied by u into m (one matrix product for each of the F = (T + 2)^2 frequencies), and
 * transformed back, fused with bias, relu and 2x2 maxpool, whose windows never cross tiles. All
 * data of a batch stays in the L2 cache.
 *
 *     v [C / 16][F][TILES_PADDED][16]     m [F][TILES_PADDED][2 vectors]
 *
 * m is one chain over the input channels; dU is one chain over the tiles in the order of
 * winograd_tiles.h. T is g->tile; functions with the parameter T are compiled for each value.
 */
#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"
#include "mnist/nn/native/winograd_tiles.h"
#include "mnist/nn/native/winograd_transforms.h"

enum {
    LARGE = REGISTERS == 32 ? 13 : 6, /* tiles whose sums are in registers */
    MIDDLE = REGISTERS == 32 ? 10 : 4,
    SMALL = REGISTERS == 32 ? 6 : 4,
    PAIR = 2,                           /* vectors of output channels */
    CHANNELS = REGISTERS == 32 ? 8 : 4, /* input channels whose gradients are in registers */
    TILES_PADDED = REGISTERS == 32 ? NATIVE_TILES : NATIVE_TILES + 1, /* with padding */
    FREQUENCY = TILES_PADDED * BLOCK /* floats of one frequency of a block of v */
};

/* Size of the next group of tiles to multiply. It may exceed the tiles left: the rest is
   padding. */
static int next_group(int left)
{
    if (REGISTERS == 32 && left > LARGE && left <= MIDDLE + SMALL)
        return MIDDLE; /* followed by SMALL */
    return left > MIDDLE ? LARGE : left > SMALL ? MIDDLE : left > 2 ? SMALL : 2;
}

static int padded_to_groups(int count)
{
    int t = 0;
    while (t < count)
        t += next_group(count - t);
    return t;
}

/* Calls function(..., T, rows, columns) with the tile's size as constants. */
#define FOR_KIND(tile, T, function, ...)                    \
    do {                                                    \
        if (T == 2)                                         \
            function(__VA_ARGS__, 2, 2, 2);                 \
        else if (!(tile)->two_rows && !(tile)->two_columns) \
            function(__VA_ARGS__, 4, 4, 4);                 \
        else if (!(tile)->two_rows)                         \
            function(__VA_ARGS__, 4, 4, 2);                 \
        else if (!(tile)->two_columns)                      \
            function(__VA_ARGS__, 4, 2, 4);                 \
        else                                                \
            function(__VA_ARGS__, 4, 2, 2);                 \
    } while (0)

INLINED void transform_input_blocks(float *v, const float *x, const struct tile *tile,
                                    const struct native_geometry *g, int T, int R, int C)
{
    ptrdiff_t row = (ptrdiff_t)g->in_columns * BLOCK, plane = row * g->in_rows;
    ptrdiff_t block = (T + 2) * (T + 2) * FREQUENCY;
    for (int b = 0; b < g->channels / BLOCK; b++)
        for (int lane = 0; lane < BLOCK; lane += VEC) {
            float *to = v + b * block + lane;
            transform_input(to + tile->index * BLOCK, to + tile->wide_index * BLOCK, FREQUENCY,
                            x + b * plane + lane, row, T, R, C);
        }
}

/* Computes v of a batch. The padding tiles of the last group of each frequency become 0. */
INLINED void transform_inputs(const struct grid *grid, const struct tile_batch *batch, float *v,
                              int T)
{
    int frequencies = (T + 2) * (T + 2);
    for (const struct tile *tile = batch->tiles; tile < batch->tiles + batch->count; tile++)
        FOR_KIND(tile, T, transform_input_blocks, v, grid->images->x + tile->x_at, tile, grid->g);
    for (int f = 0; f < frequencies; f++) {
        int count = tiles_with_frequency(batch, f, T), padded = padded_to_groups(count);
        for (int b = 0; b < grid->g->channels / BLOCK; b++)
            for (int i = count * BLOCK; i < padded * BLOCK; i += VEC)
                vec_store(v + (ptrdiff_t)(b * frequencies + f) * FREQUENCY + i, vec_zero());
    }
}

/* ---- forward --------------------------------------------------------------------------------- */

/* m [tiles][V vectors] of one frequency = v times u. Register blocking: tiles x V sums. */
INLINED void multiply(float *m, const float *v, const float *const u[PAIR],
                      const struct native_geometry *g, int tiles, int V, int T)
{
    vec sums[LARGE * PAIR];
    const float *weight[PAIR];
    UNROLLED
    for (int i = 0; i < V; i++)
        weight[i] = u[i];
    UNROLLED
    for (int i = 0; i < tiles * V; i++)
        sums[i] = vec_zero();
    for (int b = 0; b < g->channels / BLOCK; b++, v += (T + 2) * (T + 2) * FREQUENCY) {
        int channels = native_block_channels(g, b);
        for (int c = 0; c < channels; c++) {
            vec w[PAIR];
            UNROLLED
            for (int i = 0; i < V; i++) {
                w[i] = vec_load(weight[i]);
                weight[i] += BLOCK;
            }
            UNROLLED
            for (int t = 0; t < tiles; t++) {
                vec value = vec_set(v[t * BLOCK + c]);
                UNROLLED
                for (int i = 0; i < V; i++)
                    sums[t * V + i] = vec_fma(value, w[i], sums[t * V + i]);
            }
        }
    }
    UNROLLED
    for (int s = 0; s < tiles * V; s++)
        vec_store(m + (s / V * PAIR + s % V) * VEC, sums[s]);
}

INLINED void multiply_tiles(float *m, const float *v, const float *const u[PAIR],
                            const struct native_geometry *g, int count, int V, int T)
{
    for (int t = 0; t < count;) {
        float *to = m + t * PAIR * VEC;
        const float *from = v + t * BLOCK;
        int tiles = next_group(count - t);
        if (tiles == LARGE)
            multiply(to, from, u, g, LARGE, V, T);
        else if (tiles == MIDDLE)
            multiply(to, from, u, g, MIDDLE, V, T);
        else if (tiles == SMALL)
            multiply(to, from, u, g, SMALL, V, T);
        else
            multiply(to, from, u, g, 2, V, T);
        t += tiles;
    }
}

/* Stores the pooled outputs of a tile y [R][C]; windows outside of the result are skipped. */
INLINED void store_pooled(const vec *y, float *to, uint8_t *argmax, const struct native_geometry *g,
                          const struct tile *tile, int R, int C)
{
    UNROLLED
    for (int w = 0; w < R * C / 4; w++) {
        int i = w / (C / 2), j = w % (C / 2);
        if (2 * i >= tile->rows || 2 * j >= tile->columns)
            continue;
        ptrdiff_t position = ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
        const vec *corner = y + 2 * i * C + 2 * j;
        ivec index;
        vec best = vec_largest(corner[0], corner[1], corner[C], corner[C + 1], &index);
        vec_store(to + position, g->relu ? vec_relu(best) : best);
        if (argmax != NULL)
            ivec_store_bytes(argmax + position, index);
    }
}

INLINED void store_plain(const vec *y, float *to, const struct native_geometry *g,
                         const struct tile *tile, int R, int C)
{
    UNROLLED
    for (int k = 0; k < R * C; k++)
        if (k / C < tile->rows && k % C < tile->columns)
            vec_store(to + ((ptrdiff_t)(k / C) * g->out_columns + k % C) * BLOCK,
                      g->relu ? vec_relu(y[k]) : y[k]);
}

/* Stores the results of a tile, for vectors first .. first + V - 1 of output channels. */
INLINED void transform_output_vectors(const struct grid *grid, const struct tile *tile,
                                      const float *m, const float *bias, int first, int V, int T,
                                      int R, int C)
{
    const struct native_geometry *g = grid->g;
    const struct native_images *images = grid->images;
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    UNROLLED
    for (int i = 0; i < V; i++) {
        int index = first + i;
        size_t at = tile->y_at + (size_t)(index / BLOCK_VECS * plane + index % BLOCK_VECS * VEC);
        vec y[16];
        transform_output(y, m + (tile->index * PAIR + i) * VEC,
                         m + (tile->wide_index * PAIR + i) * VEC, TILES_PADDED * PAIR * VEC,
                         bias != NULL ? vec_load(bias + index * VEC) : vec_zero(), T, R, C);
        if (g->pool)
            store_pooled(y, images->y + at, images->argmax ? images->argmax + at : NULL, g, tile, R,
                         C);
        else
            store_plain(y, images->y + at, g, tile, R, C);
    }
}

/* Computes vectors first .. first + V - 1 of the output channels of a batch. */
INLINED void forward_vectors(const struct grid *grid, const struct tile_batch *batch,
                             const float *v, float *m, const float *weights, const float *bias,
                             int first, int V, int T)
{
    int channels = grid->g->channels, frequencies = (T + 2) * (T + 2);
    for (int f = 0; f < frequencies; f++) {
        const float *u[PAIR];
        for (int i = 0; i < V; i++)
            u[i] = weights +
                   ((ptrdiff_t)((first + i) / BLOCK_VECS) * frequencies + f) * channels * BLOCK +
                   (first + i) % BLOCK_VECS * VEC;
        multiply_tiles(m + (ptrdiff_t)f * TILES_PADDED * PAIR * VEC, v + (ptrdiff_t)f * FREQUENCY,
                       u, grid->g, tiles_with_frequency(batch, f, T), V, T);
    }
    for (const struct tile *tile = batch->tiles; tile < batch->tiles + batch->count; tile++)
        FOR_KIND(tile, T, transform_output_vectors, grid, tile, m, bias, first, V);
}

INLINED void forward_tiles(const struct native_geometry *g, const struct native_images *images,
                           const float *weights, const float *bias, float *scratch, int T)
{
    struct grid grid = grid_of(g, images);
    struct walk walk = {0};
    struct tile_batch batch;
    float *v = scratch, *m = v + (ptrdiff_t)(T + 2) * (T + 2) * TILES_PADDED * g->channels;
    int vectors = g->out_channels / VEC;
    while (next_batch(&batch, &grid, &walk)) {
        transform_inputs(&grid, &batch, v, T);
        int first = 0;
        for (; first + PAIR <= vectors; first += PAIR)
            forward_vectors(&grid, &batch, v, m, weights, bias, first, PAIR, T);
        if (first < vectors)
            forward_vectors(&grid, &batch, v, m, weights, bias, first, 1, T);
    }
}

void NATIVE(native_winograd_forward)(const struct native_geometry *g,
                                     const struct native_images *images, const float *weights,
                                     const float *bias, float *scratch)
{
    if (g->tile == 4)
        forward_tiles(g, images, weights, bias, scratch, 4);
    else
        forward_tiles(g, images, weights, bias, scratch, 2);
}

/* ---- gradient of the weights ----------------------------------------------------------------- */

INLINED void transform_gradient_blocks(float *to, const float *dy, const struct tile *tile,
                                       const struct native_geometry *g, int T, int R, int C)
{
    ptrdiff_t row = (ptrdiff_t)g->out_columns * BLOCK, plane = row * g->out_rows;
    ptrdiff_t block = (T + 2) * (T + 2) * FREQUENCY;
    for (int b = 0; b < g->out_channels / BLOCK; b++)
        for (int lane = 0; lane < BLOCK; lane += VEC) {
            float *d = to + b * block + lane;
            transform_gradient(d + tile->index * BLOCK, d + tile->wide_index * BLOCK, FREQUENCY,
                               dy + b * plane + lane, row, tile->rows, tile->columns, T, R, C);
        }
}

/* sums [CHANNELS][V vectors] += v times d over the tiles; rows of sums are BLOCK floats apart. */
INLINED void accumulate(float *const sums_at[PAIR], const float *v, const float *const d[PAIR],
                        int count, bool overwrite, int V)
{
    vec sums[CHANNELS * PAIR];
    UNROLLED
    for (int s = 0; s < CHANNELS * V; s++)
        sums[s] = overwrite ? vec_zero() : vec_load(sums_at[s % V] + s / V * BLOCK);
    for (int t = 0; t < count; t++) {
        vec gradient[PAIR];
        UNROLLED
        for (int i = 0; i < V; i++)
            gradient[i] = vec_load(d[i] + t * BLOCK);
        UNROLLED
        for (int c = 0; c < CHANNELS; c++) {
            vec value = vec_set(v[t * BLOCK + c]);
            UNROLLED
            for (int i = 0; i < V; i++)
                sums[c * V + i] = vec_fma(value, gradient[i], sums[c * V + i]);
        }
    }
    UNROLLED
    for (int s = 0; s < CHANNELS * V; s++)
        vec_store(sums_at[s % V] + s / V * BLOCK, sums[s]);
}

INLINED void accumulate_vectors(const struct native_geometry *g, float *dweights, const float *v,
                                const float *d, int f, int count, bool overwrite, int first, int V,
                                int T)
{
    int frequencies = (T + 2) * (T + 2);
    for (int c = 0; c < g->channels; c += CHANNELS) {
        float *to[PAIR];
        const float *from[PAIR];
        for (int i = 0; i < V; i++) {
            int block = (first + i) / BLOCK_VECS, lane = (first + i) % BLOCK_VECS * VEC;
            to[i] =
                dweights + (((ptrdiff_t)block * frequencies + f) * g->channels + c) * BLOCK + lane;
            from[i] = d + ((ptrdiff_t)block * frequencies + f) * FREQUENCY + lane;
        }
        accumulate(to, v + ((ptrdiff_t)(c / BLOCK) * frequencies + f) * FREQUENCY + c % BLOCK, from,
                   count, overwrite, V);
    }
}

INLINED void weights_tiles(const struct native_geometry *g, const struct native_images *images,
                           float *dweights, float *scratch, int T)
{
    struct grid grid = grid_of(g, images);
    struct walk walk = {0};
    struct tile_batch batch;
    float *v = scratch, *d = v + (ptrdiff_t)(T + 2) * (T + 2) * TILES_PADDED * g->channels;
    int vectors = g->out_channels / VEC;
    bool overwrite = images->overwrite;
    while (next_batch(&batch, &grid, &walk)) {
        transform_inputs(&grid, &batch, v, T);
        for (const struct tile *tile = batch.tiles; tile < batch.tiles + batch.count; tile++)
            FOR_KIND(tile, T, transform_gradient_blocks, d, images->y + tile->y_at, tile, g);
        for (int f = 0; f < (T + 2) * (T + 2); f++) {
            int count = tiles_with_frequency(&batch, f, T), first = 0;
            for (; first + PAIR <= vectors; first += PAIR)
                accumulate_vectors(g, dweights, v, d, f, count, overwrite, first, PAIR, T);
            if (first < vectors)
                accumulate_vectors(g, dweights, v, d, f, count, overwrite, first, 1, T);
        }
        overwrite = false;
    }
}

void NATIVE(native_winograd_wgrad)(const struct native_geometry *g,
                                   const struct native_images *images, float *dweights,
                                   float *scratch)
{
    if (g->tile == 4)
        weights_tiles(g, images, dweights, scratch, 4);
    else
        weights_tiles(g, images, dweights, scratch, 2);
}
