/*
 * native - the parts of the native engine: its layout, its table of kernels, its stages.
 *
 * engine_native.c chooses an instruction set and compiles a network into the stages of
 * conv.c, dense.c, norm.c, pool.c and simple.c. These own shapes
 * and memory; the loops are in native_*_kernels.c, compiled once for each instruction set, and
 * reached through struct native_kernels.
 *
 * Layout: channels are cut into blocks of 16 that lie side by side, the last one filled up with
 * zeros (oneDNN's nChw16c), so that 16 channels of a pixel are one or a few vectors:
 *
 *     x [n][C / 16][H][W][16]         "blocked"
 *     x [n][H * W, filled up to 16]   "planar", only the grey picture that a network begins with
 *
 * A vector of C values is blocked with H = W = 1, that is [n][C filled up to 16].
 */
#ifndef MNIST_NN_NATIVE_NATIVE_H
#define MNIST_NN_NATIVE_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/base/rng.h"
#include "mnist/nn/engine/engine.h"

enum {
    NATIVE_BLOCK = 16,
    NATIVE_TILES = 39, /* Winograd tiles that are transformed and multiplied at a time */
    NATIVE_PASS = 32,  /* output channels whose weights a sparse input gradient walks at a time */
    NATIVE_FEW = 8,    /* output channels that native_few_forward takes, at most */
    NATIVE_FEW_SLACK = 32, /* floats behind its picture that it may read */
};

static inline int native_round(int count)
{
    return (count + NATIVE_BLOCK - 1) / NATIVE_BLOCK * NATIVE_BLOCK;
}

/* ---- convolution ----------------------------------------------------------------------------- */

/* A convolution as its kernels see it: the input already has its border of zeros. All counts of
   channels are of whole blocks. */
struct native_geometry {
    int channels;                    /* C, 1 = planar                                     */
    int real_channels;               /* without those that fill up the last block         */
    int height, width;               /* of the input, border included                     */
    int out_channels;                /* O                                                 */
    int rows, columns;               /* of the convolution's output that are computed     */
    int out_rows, out_columns;       /* of the result's plane, pooled or not */
    int result_rows, result_columns; /* of it, those that are computed: no later layer needs more */
    int kernel, stride;
    int few;         /* real output channels, if native_few_forward is to be used; else 0 */
    int tile;        /* Winograd: side of a tile's output, 2 or 4 */
    bool relu, pool; /* after the bias; pool: 2 x 2, the first largest of each window */
    bool scattered;  /* many places of the result have no gradient: relu, or a maximum is next */
};

/* The channels of the input's block that are not there to fill it up: 1 to 16. */
static inline int native_block_channels(const struct native_geometry *g, int block)
{
    int left = g->real_channels - block * NATIVE_BLOCK;
    return left < NATIVE_BLOCK ? left : NATIVE_BLOCK;
}

/* One image. Weights [O / 16][C / 16][K * K][16][16] (planar: [O / 16][K * K][16]), bias [O]. y and
   which [O / 16][out_rows][out_columns][16]. which (NULL = not wanted): the number, 0 to 3, of the
   largest of each window. */
typedef void native_conv_forward(const struct native_geometry *g, float *y, uint8_t *which,
                                 const float *x, const float *weights, const float *bias);

/* few_forward: planar, stride 1, pooled; g->few channels. */

/* Winograd's F(2x2, 3x3) or F(4x4, 3x3), as g->tile says (Lavin and Gray 2015, arXiv 1509.09308):
   images with their strides in floats; weights are U [O / 16][F][C][16] of native_pack, F = (tile +
   2)^2. bias NULL = zeros. */
struct native_images {
    int count;
    const float *x;
    float *y;
    uint8_t *which; /* or NULL; strides as y */
    size_t x_stride, y_stride;
    bool fresh; /* for the weights' gradient: it is not there yet, as if it were 0 */
};
typedef void native_winograd_forward(const struct native_geometry *g,
                                     const struct native_images *images, const float *weights,
                                     const float *bias, float *scratch);

/* dU [O / 16][F][C][16] += over all tiles of x and dy, the convolution's own output gradient
   [O / 16][out_rows][out_columns][16] (images.y). */
typedef void native_winograd_weights(const struct native_geometry *g,
                                     const struct native_images *images, float *dweights,
                                     float *scratch);

/* The places of a block of 16 output channels: where they are scattered, a list for each channel of
   those that have a gradient; else all, side by side. at: offset of the window's corner in the first
   image's input, in floats. */
struct native_live {
    float value;
    int32_t at;
};
struct native_place {
    float values[NATIVE_BLOCK];
    int32_t at[NATIVE_BLOCK];
};
struct native_lists {
    int capacity;                /* places of all images: result_rows * result_columns of each */
    struct native_live *lives;   /* [16][capacity]                      */
    struct native_place *places; /* or [capacity], in the same memory   */
    _Alignas(64) int32_t ends[NATIVE_BLOCK]; /* of the 16, in lives */
};

/* The gradient at one place, of 32 output channels. */
struct native_pass_place {
    float values[NATIVE_PASS];
    uint32_t corners[4]; /* bit o: channel o lives and its window is this one of four */
};

/* Gradients, by walking the places of dy [O / 16][out_rows][out_columns][16] that have one; which
   (NULL without pooling) is of its shape. Strides are from image to image. */
struct native_gradient {
    const float *x, *dy;
    const uint8_t *which;
    int images;
    size_t x_stride, dy_stride;
    bool fresh; /* dweights is not there yet, as if it were 0 */
};
/* dweights [O / 16][C / 16][16 o][K * K][16 c] += ... of all images in order; lists is where to
   work. */
typedef void native_sparse_weights(const struct native_geometry *g,
                                   const struct native_gradient *in, struct native_lists *lists,
                                   float *dweights);
/* Of the first image: dx [C / 16][height][width][16] += ...; weights [C / 16][O][K * K][16]. places is
   where to work: [result_rows * result_columns]. */
typedef void native_sparse_input(const struct native_geometry *g, const struct native_gradient *in,
                                 const float *weights, float *dx, struct native_pass_place *places);

/* Planar input: dweights [O / 16][K * K][16] += ...; scratch: 4 * height * width floats. */
typedef void native_planar_weights(const struct native_geometry *g, const float *x, const float *dy,
                                   const uint8_t *which, float *dweights, float *scratch);

/* A convolution's weights, in the network's layout and the kernels' (pack_kernels.c draws
   them). */
struct native_weights {
    int out, in, kernel; /* real channels */
    int tile;            /* Winograd: of struct native_geometry */
    bool rotated;        /* Winograd: for the input's gradient */
    int parts; /* the work is cut into, by blocks of channels; some may have nothing to do */
};
typedef void native_pack(float *to, const float *from, const struct native_weights *weights,
                         int part);

/* The tiles along one side of a convolution's output: full ones first, then perhaps one of two
   outputs, where fours leave no more over. */
struct native_tiling {
    int full, count;
    int outputs;  /* of all, at least what was asked for                  */
    int products; /* points of all: those of a plane are rows' x columns' */
};
static inline struct native_tiling native_tiling(int outputs, int tile)
{
    int left = outputs % tile, edge = tile == 4 && (left == 1 || left == 2);
    int full = outputs / tile + (left > 0 && !edge);
    return (struct native_tiling){full, full + edge, full * tile + edge * 2,
                                  full * (tile + 2) + edge * 4};
}

/* Products of a whole Winograd tile, for each pair of channels. */
static inline int native_frequencies(int tile)
{
    return (tile + 2) * (tile + 2);
}

static inline size_t native_direct_floats(const struct native_weights *w)
{
    return (size_t)native_round(w->out) * (size_t)native_round(w->in) *
           (size_t)(w->kernel * w->kernel);
}

static inline size_t native_winograd_floats(const struct native_weights *w)
{
    return (size_t)native_round(w->out) * (size_t)native_round(w->in) *
           (size_t)native_frequencies(w->tile);
}

/* ---- what the other layers need -------------------------------------------------------------- */

/* Fully connected: x [n][in], w [out][in], in of whole blocks; y, dy [n][out_stride]. */
struct native_product {
    int images, in, out, out_stride;
    bool relu;  /* forward */
    bool fresh; /* dw is not there yet, as if it were 0 */
};

/* A pooling's planes and windows; an average is the window's sum times share. */
struct native_pool {
    int height, width, out_height, out_width;
    int kernel_height, kernel_width, stride, pad;
    float share;
};

/* One block [plane][16] of a dropout: the draws of a pixel are `channels` from those of the next.
   */
struct native_dropout {
    size_t plane, channels;
    size_t left; /* channels from this block on: lanes beyond become 0 */
    uint32_t limit;
    float scale;
};

/* One block [plane][16] of a batch-norm's input; the others [16]. */
struct native_norm_block {
    const float *x, *mean;
    const float *scale, *shift; /* of the relu's input x scale + shift; scale NULL = no relu */
    int plane;
};

/* The kernels of one instruction set. */
struct native_kernels {
    native_conv_forward *conv_forward, *few_forward;
    native_winograd_forward *winograd_forward;
    native_winograd_weights *winograd_weights;
    native_sparse_weights *sparse_weights;
    native_sparse_input *sparse_input;
    native_planar_weights *planar_weights;
    native_pack *pack_direct, *pack_planar, *pack_sparse, *pack_winograd;
    native_pack *unpack_planar, *unpack_sparse,
        *unpack_winograd; /* gradients, into the network's layout */

    /* y = x w^T + b; [out, out_stride) becomes 0 */
    void (*dense_forward)(const struct native_product *p, float *y, const float *x, const float *w,
                          const float *b);
    /* dw += dy^T x, db += sums of dy */
    void (*dense_weights)(const struct native_product *p, float *dw, float *db, const float *dy,
                          const float *x);
    /* dx = dy w */
    void (*dense_input)(const struct native_product *p, float *dx, const float *dy, const float *w);

    /* One image of a convolution: where g->relu silenced y, dy becomes 0; then db [O] += its sums.
       */
    void (*bias_relu)(const struct native_geometry *g, float *db, float *dy, const float *y);
    void (*add)(float *y, const float *x, size_t count); /* y += x; counts are of whole blocks */
    void (*relu)(float *y, const float *x, size_t count);
    void (*relu_backward)(float *dx, const float *dy, const float *y, size_t count);

    /* rng_draws: groups of RNG_DRAWS numbers of 16 bits from the beginning of a stream. */
    void (*draws)(uint16_t *draws, size_t groups, const struct rng *stream);
    /* y = draw >= limit ? x scale : 0 */
    void (*dropout)(const struct native_dropout *d, float *y, const float *x,
                    const uint16_t *draws);

    /* One block [plane][16]: its sums, and the squares about mean [16]. */
    void (*norm_sums)(float sum[NATIVE_BLOCK], const float *x, int plane);
    void (*norm_squares)(float squares[NATIVE_BLOCK], const float *x, const float *mean, int plane);
    /* y = x scale + shift, then relu if wanted */
    void (*norm_apply)(float *y, const float *x, const float *scale, const float *shift, bool relu,
                       int plane);
    /* sum of dy, sum of dy (x - mean); with a relu, where that gives 0, dy becomes 0 first. */
    void (*norm_gradient_sums)(float sum[NATIVE_BLOCK], float product[NATIVE_BLOCK], float *dy,
                               const struct native_norm_block *block);
    /* dx = a dy + b (x - mean) + c, each [16] */
    void (*norm_backward)(float *dx, const float *dy, const float *x, const float *mean,
                          const float *a, const float *b, const float *c, int plane);

    /* One block of a pooling: x [height][width][16], y [out_height][out_width][16]. which (NULL =
       not wanted): place of the largest in x's plane, for each value of y. */
    void (*maxpool)(const struct native_pool *p, float *y, uint16_t *which, const float *x);
    void (*maxpool_backward)(const struct native_pool *p, float *dx, const float *dy,
                             const uint16_t *which);
    void (*avgpool)(const struct native_pool *p, float *y, const float *x);
    void (*avgpool_backward)(const struct native_pool *p, float *dx, const float *dy);
};

extern const struct native_kernels native_kernels_plain, native_kernels_avx2, native_kernels_avx512,
    native_kernels_neon;

#endif
