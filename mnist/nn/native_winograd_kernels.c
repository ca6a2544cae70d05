/*
 * native_winograd_kernels - 3x3 convolution by Winograd's F(2x2, 3x3) and F(4x4, 3x3): 16 products
 * where the definition has 36, or 36 where it has 144 (Lavin and Gray 2015, arXiv 1509.09308).
 *
 *     y = A^T [ (G w G^T) . (B^T x B) ] A            x: T+2 x T+2 inputs of a tile, y: T x T outputs
 *     dU += (B^T x B) . (A dy A^T),  dw = G^T dU G   (native_pack.c)
 *
 * Up to NATIVE_TILES tiles, in the order images, rows, columns, go through at a time: transformed
 * into v, multiplied with u into m, one matrix product for each of the F = (T + 2)^2 frequencies,
 * and transformed back with bias, relu and the 2x2 maxpool, whose windows lie within tiles.
 * Everything stays in the second-level cache.
 *
 *     v [F][C / 16][NATIVE_TILES][16]     m [F][NATIVE_TILES][2 vectors]
 *
 * m is one chain over the input channels, dU one chain over the tiles. T is g->tile; what has it as
 * its last parameter is compiled for each.
 */
#include "mnist/nn/native.h"
#include "mnist/nn/native_kernels.h"
#include "mnist/nn/native_winograd_transforms.h"

enum {
    GROUP = REGISTERS == 32 ? 13 : 6, /* tiles whose sums are in registers at a time */
    SMALL = REGISTERS == 32 ? 6 : 4,
    PAIR = 2,                          /* vectors of output channels */
    CHANNELS = REGISTERS == 32 ? 8 : 4 /* input channels whose gradients are in registers */
};

/* Where the next tile is. */
struct walk {
    int image, row, column;
};

struct grid {
    const struct native_geometry *g;
    const struct native_images *images;
    int tile_rows, tile_columns;
    int count; /* tiles of all images */
};

static struct grid grid_of(const struct native_geometry *g, const struct native_images *images)
{
    struct grid grid = {g, images, (g->rows + g->tile - 1) / g->tile,
                        (g->columns + g->tile - 1) / g->tile, 0};
    grid.count = images->count * grid.tile_rows * grid.tile_columns;
    return grid;
}

static void walk_on(struct walk *walk, const struct grid *grid)
{
    if (++walk->column < grid->tile_columns)
        return;
    walk->column = 0;
    if (++walk->row < grid->tile_rows)
        return;
    walk->row = 0;
    walk->image++;
}

/* v of count tiles from walk on; the tiles that fill up the last group become 0. */
INLINED void transform_inputs(const struct grid *grid, struct walk walk, int count, float *v, int T)
{
    const struct native_geometry *g = grid->g;
    int blocks = g->channels / BLOCK;
    ptrdiff_t row = (ptrdiff_t)g->width * BLOCK, plane = row * g->height;
    ptrdiff_t block = NATIVE_TILES * BLOCK, stride = blocks * block;
    for (int t = 0; t < count; t++, walk_on(&walk, grid)) {
        const float *x = grid->images->x + (size_t)walk.image * grid->images->x_stride +
                         walk.row * T * row + walk.column * T * BLOCK;
        for (int b = 0; b < blocks; b++)
            for (int lane = 0; lane < BLOCK; lane += VEC)
                transform_input(v + b * block + t * BLOCK + lane, stride, x + b * plane + lane, row,
                                T);
    }
    if (count < NATIVE_TILES)
        for (int fb = 0; fb < (T + 2) * (T + 2) * blocks; fb++)
            memset(v + fb * block + count * BLOCK, 0,
                   (size_t)(NATIVE_TILES - count) * BLOCK * sizeof *v);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* m [tiles][V vectors] of one frequency: tiles of v times the vectors of u. */
INLINED void multiply(float *m, const float *v, const float *const u[PAIR],
                      const struct native_geometry *g, int tiles, int V)
{
    vec sums[GROUP * PAIR];
    const float *weight[PAIR];
    UNROLLED
    for (int i = 0; i < V; i++)
        weight[i] = u[i];
    UNROLLED
    for (int i = 0; i < tiles * V; i++)
        sums[i] = vec_zero();
    for (int b = 0; b < g->channels / BLOCK; b++, v += NATIVE_TILES * BLOCK) {
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
                            const struct native_geometry *g, int count, int V)
{
    for (int t = 0; t < count;) {
        float *to = m + t * PAIR * VEC;
        const float *from = v + t * BLOCK;
        if (count - t > SMALL) {
            multiply(to, from, u, g, GROUP, V);
            t += GROUP;
        } else if (count - t > 2) {
            multiply(to, from, u, g, SMALL, V);
            t += SMALL;
        } else {
            multiply(to, from, u, g, 2, V);
            t += 2;
        }
    }
}

/* The 2x2 windows of a tile's outputs y [T][T] that are there. */
INLINED void store_pooled(const vec *y, float *to, uint8_t *which, const struct native_geometry *g,
                          const struct walk *at, int T)
{
    UNROLLED
    for (int w = 0; w < T * T / 4; w++) {
        int i = w / (T / 2), j = w % (T / 2);
        if (at->row * T + 2 * i >= g->rows || at->column * T + 2 * j >= g->columns)
            continue;
        ptrdiff_t place = ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
        const vec *corner = y + 2 * i * T + 2 * j;
        ivec number = ivec_set(0);
        vec best = corner[0];
        UNROLLED
        for (int k = 1; k < 4; k++)
            best = vec_larger(best, corner[k / 2 * T + k % 2], &number, ivec_set(k));
        vec_store(to + place, g->relu ? vec_relu(best) : best);
        if (which != NULL)
            ivec_store_bytes(which + place, number);
    }
}

INLINED void store_plain(const vec *y, float *to, const struct native_geometry *g,
                         const struct walk *at, int T)
{
    UNROLLED
    for (int k = 0; k < T * T; k++)
        if (at->row * T + k / T < g->rows && at->column * T + k % T < g->columns)
            vec_store(to + ((ptrdiff_t)(k / T) * g->out_columns + k % T) * BLOCK,
                      g->relu ? vec_relu(y[k]) : y[k]);
}

/* The results of count tiles from walk on, for vectors first .. first + V - 1. */
INLINED void transform_outputs(const struct grid *grid, struct walk walk, int count, const float *m,
                               const float *bias, int first, int V, int T)
{
    const struct native_geometry *g = grid->g;
    const struct native_images *images = grid->images;
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    int step = g->pool ? T / 2 : T;
    for (int t = 0; t < count; t++, walk_on(&walk, grid)) {
        size_t place = (size_t)walk.image * images->y_stride +
                       (size_t)(walk.row * step * g->out_columns + walk.column * step) * BLOCK;
        UNROLLED
        for (int i = 0; i < V; i++) {
            int index = first + i;
            size_t at = place + (size_t)(index / BLOCK_VECS * plane + index % BLOCK_VECS * VEC);
            vec y[16];
            transform_output(y, m + (t * PAIR + i) * VEC, NATIVE_TILES * PAIR * VEC,
                             bias != NULL ? vec_load(bias + index * VEC) : vec_zero(), T);
            if (g->pool)
                store_pooled(y, images->y + at, images->which ? images->which + at : NULL, g, &walk,
                             T);
            else
                store_plain(y, images->y + at, g, &walk, T);
        }
    }
}

/* Vectors first .. first + V - 1 of the output of count tiles. */
INLINED void forward_vectors(const struct grid *grid, struct walk walk, int count, const float *v,
                             float *m, const float *weights, const float *bias, int first, int V,
                             int T)
{
    int channels = grid->g->channels, blocks = channels / BLOCK, frequencies = (T + 2) * (T + 2);
    for (int f = 0; f < frequencies; f++) {
        const float *u[PAIR];
        for (int i = 0; i < V; i++)
            u[i] = weights +
                   ((ptrdiff_t)((first + i) / BLOCK_VECS) * frequencies + f) * channels * BLOCK +
                   (first + i) % BLOCK_VECS * VEC;
        multiply_tiles(m + (ptrdiff_t)f * NATIVE_TILES * PAIR * VEC,
                       v + (ptrdiff_t)f * blocks * NATIVE_TILES * BLOCK, u, grid->g, count, V);
    }
    transform_outputs(grid, walk, count, m, bias, first, V, T);
}

INLINED void forward_tiles(const struct native_geometry *g, const struct native_images *images,
                           const float *weights, const float *bias, float *scratch, int T)
{
    struct grid grid = grid_of(g, images);
    struct walk walk = {0};
    float *v = scratch, *m = v + (ptrdiff_t)(T + 2) * (T + 2) * NATIVE_TILES * g->channels;
    int vectors = g->out_channels / VEC;
    for (int done = 0; done < grid.count;) {
        int left = grid.count - done, count = left < NATIVE_TILES ? left : NATIVE_TILES;
        transform_inputs(&grid, walk, count, v, T);
        int first = 0;
        for (; first + PAIR <= vectors; first += PAIR)
            forward_vectors(&grid, walk, count, v, m, weights, bias, first, PAIR, T);
        if (first < vectors)
            forward_vectors(&grid, walk, count, v, m, weights, bias, first, 1, T);
        for (int t = 0; t < count; t++)
            walk_on(&walk, &grid);
        done += count;
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

INLINED void transform_gradients(const struct grid *grid, struct walk walk, int count, float *to,
                                 int T)
{
    const struct native_geometry *g = grid->g;
    int blocks = g->out_channels / BLOCK;
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    ptrdiff_t block = NATIVE_TILES * BLOCK, row = (ptrdiff_t)g->out_columns * BLOCK;
    for (int t = 0; t < count; t++, walk_on(&walk, grid)) {
        const float *dy = grid->images->y + (size_t)walk.image * grid->images->y_stride +
                          walk.row * T * row + walk.column * T * BLOCK;
        for (int b = 0; b < blocks; b++)
            for (int lane = 0; lane < BLOCK; lane += VEC)
                transform_gradient(to + b * block + t * BLOCK + lane, blocks * block,
                                   dy + b * plane + lane, row, g->rows - walk.row * T,
                                   g->columns - walk.column * T, T);
    }
}

/* sums [CHANNELS][V vectors], a row each BLOCK floats: += tiles of v times tiles of d. */
INLINED void accumulate(float *const sums_at[PAIR], const float *v, const float *const d[PAIR],
                        int count, int V)
{
    vec sums[CHANNELS * PAIR];
    UNROLLED
    for (int s = 0; s < CHANNELS * V; s++)
        sums[s] = vec_load(sums_at[s % V] + s / V * BLOCK);
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
                                const float *d, int f, int count, int first, int V, int T)
{
    int in = g->channels / BLOCK, out = g->out_channels / BLOCK;
    for (int c = 0; c < g->channels; c += CHANNELS) {
        float *to[PAIR];
        const float *from[PAIR];
        for (int i = 0; i < V; i++) {
            int block = (first + i) / BLOCK_VECS, lane = (first + i) % BLOCK_VECS * VEC;
            to[i] = dweights +
                    (((ptrdiff_t)block * (T + 2) * (T + 2) + f) * g->channels + c) * BLOCK + lane;
            from[i] = d + ((ptrdiff_t)f * out + block) * NATIVE_TILES * BLOCK + lane;
        }
        accumulate(to, v + ((ptrdiff_t)f * in + c / BLOCK) * NATIVE_TILES * BLOCK + c % BLOCK, from,
                   count, V);
    }
}

INLINED void weights_tiles(const struct native_geometry *g, const struct native_images *images,
                           float *dweights, float *scratch, int T)
{
    struct grid grid = grid_of(g, images);
    struct walk walk = {0};
    float *v = scratch, *d = v + (ptrdiff_t)(T + 2) * (T + 2) * NATIVE_TILES * g->channels;
    int vectors = g->out_channels / VEC;
    for (int done = 0; done < grid.count;) {
        int left = grid.count - done, count = left < NATIVE_TILES ? left : NATIVE_TILES;
        transform_inputs(&grid, walk, count, v, T);
        transform_gradients(&grid, walk, count, d, T);
        for (int f = 0; f < (T + 2) * (T + 2); f++) {
            int first = 0;
            for (; first + PAIR <= vectors; first += PAIR)
                accumulate_vectors(g, dweights, v, d, f, count, first, PAIR, T);
            if (first < vectors)
                accumulate_vectors(g, dweights, v, d, f, count, first, 1, T);
        }
        for (int t = 0; t < count; t++)
            walk_on(&walk, &grid);
        done += count;
    }
}

void NATIVE(native_winograd_weights)(const struct native_geometry *g,
                                     const struct native_images *images, float *dweights,
                                     float *scratch)
{
    if (g->tile == 4)
        weights_tiles(g, images, dweights, scratch, 4);
    else
        weights_tiles(g, images, dweights, scratch, 2);
}
