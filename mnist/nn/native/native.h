/*
 * native - the interfaces of the native engine: memory layout, kernel table, geometry structs.
 *
 * engine_native.c compiles a network into stages (native_stages.h), one file for each type of
 * layer. The stages own shapes and memory. The loops are in the *_kernels.c files, which are
 * compiled once per instruction set and called through struct native_kernels.
 *
 * Layout: channels are split into blocks of 16; the last block is padded with zero channels (oneDNN
 * calls this nChw16c). The 16 channels of a pixel are adjacent, so they fill whole vectors:
 *
 *     x [n][C / 16][H][W][16]         "blocked"; C is rounded up to a multiple of 16
 *     x [n][H * W, padded to 16]      "planar", only the grey image that is the network's input
 *
 * A vector of C values is blocked with H = W = 1, that is [n][C padded to 16].
 *
 * Invariant: padded channels of values and gradients are 0, so kernels need no special case for
 * them. README.md in this folder shows the layout and explains the algorithms.
 */
#ifndef MNIST_NN_NATIVE_NATIVE_H
#define MNIST_NN_NATIVE_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/base/rng.h"
#include "mnist/nn/engine/engine.h"

enum {
    NATIVE_BLOCK = 16,
    NATIVE_TILES = 39,       /* Winograd tiles per batch; changing it changes the result's bits */
    NATIVE_PASS = 32,        /* output channels per pass of sparse_dgrad */
    NATIVE_FEW_CHANNELS = 8, /* maximum of output channels of few_channels_forward */
    NATIVE_FEW_CHANNELS_SLACK = 32, /* floats that it may read past the end of its image */
};

static inline int native_round(int count)
{
    return (count + NATIVE_BLOCK - 1) / NATIVE_BLOCK * NATIVE_BLOCK;
}

/* ---- convolution ----------------------------------------------------------------------------- */

/* A convolution as the kernels see it: the input already has its zero border. All channel counts
   are multiples of 16, except real_channels and few_channels. */
struct native_geometry {
    int channels;                    /* C; 1 = planar */
    int real_channels;               /* C without padded channels */
    int in_rows, in_columns;         /* input with border */
    int out_channels;                /* O */
    int rows, columns;               /* computed part of the convolution's output */
    int out_rows, out_columns;       /* plane of the result, after pooling */
    int result_rows, result_columns; /* computed part of it: all that later layers read */
    int filter, stride;
    int few_channels; /* real output channels for few_channels_forward; 0 = not used */
    int tile;         /* Winograd: outputs per tile side, 2 or 4 */
    bool relu, pool;  /* after the bias; pool: 2x2, the first maximum wins a tie */
    bool sparse_dy;   /* dy is mostly zero: relu, or the next layer is a maximum */
};

/* Real channels of a block of the input: 1 to 16. */
static inline int native_block_channels(const struct native_geometry *g, int block)
{
    int left = g->real_channels - block * NATIVE_BLOCK;
    return left < NATIVE_BLOCK ? left : NATIVE_BLOCK;
}

/* Convolves one image. Weights [O / 16][C / 16][K * K][16 c][16 o] (planar: [O / 16][K * K][16 o]),
   bias [O]; y and argmax [O / 16][out_rows][out_columns][16]. argmax (NULL = not needed): index, 0
   to 3, of the maximum in its pooling window. */
typedef void native_conv_forward(const struct native_geometry *g, float *y, uint8_t *argmax,
                                 const float *x, const float *weights, const float *bias);

/* few_channels_forward: planar input, stride 1, with pooling; g->few_channels output channels. */

/* Winograd convolution F(2x2, 3x3) or F(4x4, 3x3), selected by g->tile (Lavin and Gray 2015, arXiv
   1509.09308), of several images; strides are in floats. Weights are U [O / 16][F][C][16 o] of
   pack_winograd, F = (tile + 2)^2. bias NULL = 0. */
struct native_images {
    int count;
    const float *x;
    float *y;
    uint8_t *argmax; /* NULL = not needed; strides as y */
    size_t x_stride, y_stride;
    bool overwrite; /* wgrad: overwrite dweights instead of adding */
};
typedef void native_winograd_forward(const struct native_geometry *g,
                                     const struct native_images *images, const float *weights,
                                     const float *bias, float *scratch);

/* dU [O / 16][F][C][16 o] += sum over all tiles of x and dy. images.y is dy, the gradient of the
   convolution's output [O / 16][out_rows][out_columns][16]. */
typedef void native_winograd_wgrad(const struct native_geometry *g,
                                   const struct native_images *images, float *dweights,
                                   float *scratch);

/* Compacted gradients of a block of 16 output channels. If dy is sparse: for each channel, a list
   of its nonzero entries; otherwise all positions, 16 channels each. at: offset of the input patch
   under the filter, in floats from the first image's input. */
struct native_nonzero {
    float value;
    int32_t at;
};
struct native_position {
    float values[NATIVE_BLOCK];
    int32_t at[NATIVE_BLOCK];
};
struct native_lists {
    int capacity; /* positions of all images: result_rows * result_columns of each */
    struct native_nonzero *nonzeros;         /* [16][capacity] */
    struct native_position *positions;       /* [capacity], in the same memory */
    _Alignas(64) int32_t ends[NATIVE_BLOCK]; /* end of each list, an index of nonzeros */
};

/* The gradients at one position, for 32 output channels. */
struct native_pass_position {
    float values[NATIVE_PASS];
    uint32_t corners[4]; /* bit o: channel o is nonzero and its argmax is this corner */
};

/* Arguments of the sparse gradients, which visit the nonzero entries of dy [O /
   16][out_rows][out_columns][16]. argmax has the same shape (NULL without pooling). Strides are in
   floats between images. */
struct native_gradient {
    const float *x, *dy;
    const uint8_t *argmax;
    int images;
    size_t x_stride, dy_stride;
    bool overwrite; /* overwrite dweights instead of adding */
};
/* dweights [O / 16][C / 16][16 o][K * K][16 c] += sum over all images, in order. lists is working
   memory. */
typedef void native_sparse_wgrad(const struct native_geometry *g, const struct native_gradient *in,
                                 struct native_lists *lists, float *dweights);
/* dx [C / 16][in_rows][in_columns][16] += gradient of the first image; weights [C / 16][O][K *
   K][16 c]. positions is working memory: [result_rows * result_columns]. */
typedef void native_sparse_dgrad(const struct native_geometry *g, const struct native_gradient *in,
                                 const float *weights, float *dx,
                                 struct native_pass_position *positions);

/* Planar input: dweights [O / 16][K * K][16 o] += gradient of one image. scratch: 4 * in_rows *
   in_columns floats. */
typedef void native_grey_wgrad(const struct native_geometry *g, const float *x, const float *dy,
                               const uint8_t *argmax, float *dweights, float *scratch);

/* A convolution's weights, for conversion between the network's layout and the kernels'
   (pack_kernels.c shows the layouts). */
struct native_weights {
    int out, in, filter; /* real channels; filter: K */
    int tile;            /* Winograd: as in struct native_geometry */
    bool rotated; /* Winograd: transposed and rotated by 180 degrees, for the input gradient */
    int parts;    /* parts of the work, by blocks of channels; a part may be empty */
};
typedef void native_pack(float *to, const float *from, const struct native_weights *weights,
                         int part);

/* The tiles along one side of a convolution's output: full tiles, then, if one or two outputs
   remain next to tiles of four, an edge tile of two. */
struct native_tiling {
    int full, count;
    int outputs;  /* outputs of all tiles, at least the requested number */
    int products; /* points of all tiles; a plane has rows' points x columns' points */
};
static inline struct native_tiling native_tiling(int outputs, int tile)
{
    int left = outputs % tile, edge = tile == 4 && (left == 1 || left == 2);
    int full = outputs / tile + (left > 0 && !edge);
    return (struct native_tiling){full, full + edge, full * tile + edge * 2,
                                  full * (tile + 2) + edge * 4};
}

/* Number of products of a full Winograd tile, for each pair of channels. */
static inline int native_frequencies(int tile)
{
    return (tile + 2) * (tile + 2);
}

static inline size_t native_direct_floats(const struct native_weights *w)
{
    return (size_t)native_round(w->out) * (size_t)native_round(w->in) *
           (size_t)(w->filter * w->filter);
}

static inline size_t native_winograd_floats(const struct native_weights *w)
{
    return (size_t)native_round(w->out) * (size_t)native_round(w->in) *
           (size_t)native_frequencies(w->tile);
}

/* ---- other layers ---------------------------------------------------------------------------- */

/* A fully connected layer: x [n][in], w [out][in]; y, dy [n][out_stride]. in and out_stride are
   multiples of 16. */
struct native_product {
    int images, in, out, out_stride;
    bool relu;      /* forward only */
    bool overwrite; /* overwrite dw instead of adding */
};

/* Planes and window of a pooling layer. An average is the sum of the window times share. */
struct native_pool {
    int in_rows, in_columns, out_rows, out_columns;
    int window_rows, window_columns, stride, pad;
    float share;
};

/* Dropout of one block [plane][16]. The draws have the layout [plane][channels]. */
struct native_dropout {
    size_t plane, channels;
    size_t left; /* real channels from this block on; padded lanes become 0 */
    uint32_t limit;
    float scale;
};

/* Batch-norm of one block: input x [plane][16], the other arrays [16]. */
struct native_norm_block {
    const float *x, *mean;
    const float *scale, *shift; /* relu input = x scale + shift; scale NULL = no relu */
    int plane;
};

/* Mean and variance of the channels of one block, in one pass: the mean of one position in 16, then
   the sums of (x - sample) and (x - sample)^2 over all positions. The sample is near the mean -
   their distance is at most 4 standard deviations -, so the difference squares - sum^2 / plane is
   precise. */
struct native_moments {
    float sample[NATIVE_BLOCK], sum[NATIVE_BLOCK], squares[NATIVE_BLOCK];
};

/* Backward of groupnorm for one block; each array is [16]. */
struct native_group_factors {
    const float *mean, *inverse, *scale; /* inverse = 1 / sqrt(variance + epsilon) */
    const float *sum;     /* mean of g = dy scale over the group                    */
    const float *product; /* -(mean of g (x - mean) over the group) times inverse^2 */
};

enum { NATIVE_NORM_IMAGES = 2 };

/* Layernorm of one block [plane][16] of `images` images, 1 to NATIVE_NORM_IMAGES, which share the
   loads of scale and shift. Image i begins at i * stride; scale, shift and their gradients are
   arrays of a block. */
struct native_layer_norm {
    const float *scale, *shift;
    float *dscale, *dshift; /* backward only */
    struct {
        float mean, inverse; /* inverse = 1 / sqrt(variance + epsilon) */
        float sum, product;  /* layer_backward: mean of g, and -(mean of g h) times inverse */
    } image[NATIVE_NORM_IMAGES];
    size_t stride;
    int images, plane;
};

/* An activation function f, of count values (a multiple of 16). numbers: the layer's parameters
   (leakyrelu: slope for x < 0; elu: alpha), NULL = none. */
struct native_activation {
    /* y = f(x); y may be x. slope = f'(x), NULL = not needed; y has the same bits with and without.
       Without slope if there is a backward. */
    void (*forward)(float *y, float *slope, const float *x, size_t count, const double *numbers);
    /* dx = dy f'(x), from y; dx may be dy. NULL: dx is dy times the slope of forward. */
    void (*backward)(float *dx, const float *dy, const float *y, size_t count,
                     const double *numbers);
};

enum native_activation_index {
#define ACTIVATION(id, name) NATIVE_ACTIVATION_##name,
#include "mnist/language/layers.def"
    NATIVE_ACTIVATION_COUNT,
};

/* The kernels of one instruction set. All instruction sets give the same bits. */
struct native_kernels {
    native_conv_forward *conv_forward, *few_channels_forward;
    native_winograd_forward *winograd_forward;
    native_winograd_wgrad *winograd_wgrad;
    native_sparse_wgrad *sparse_wgrad;
    native_sparse_dgrad *sparse_dgrad;
    native_grey_wgrad *grey_wgrad;
    native_pack *pack_direct, *pack_planar, *pack_sparse, *pack_winograd;
    native_pack *unpack_planar, *unpack_sparse,
        *unpack_winograd; /* gradients: to the network's layout */

    /* y = x w^T + b; y [out .. out_stride - 1] = 0 */
    void (*dense_forward)(const struct native_product *p, float *y, const float *x, const float *w,
                          const float *b);
    /* dw += dy^T x, db += sum of dy over the images */
    void (*dense_wgrad)(const struct native_product *p, float *dw, float *db, const float *dy,
                        const float *x);
    /* dx = dy w */
    void (*dense_dgrad)(const struct native_product *p, float *dx, const float *dy, const float *w);

    /* One image of a convolution: dy = 0 where g->relu clipped y; then db [O] += sum of dy. */
    void (*bias_relu)(const struct native_geometry *g, float *db, float *dy, const float *y);
    void (*add)(float *y, const float *x, size_t count); /* y += x; count is a multiple of 16 */
    void (*multiply)(float *y, const float *a, const float *b, size_t count); /* y = a b */
    const struct native_activation *activations[NATIVE_ACTIVATION_COUNT];
    void (*relu)(float *y, const float *x, size_t count);
    void (*relu_backward)(float *dx, const float *dy, const float *y, size_t count);

    /* rng_draws: the first groups * RNG_DRAWS random numbers of 16 bits of a stream. */
    void (*philox)(uint16_t *draws, size_t groups, const struct rng *stream);
    /* y = draw >= limit ? x scale : 0 */
    void (*dropout)(const struct native_dropout *d, float *y, const float *x,
                    const uint16_t *draws);

    /* One block [plane][16]: its sums [16], and the sums of squared deviations from mean [16]. */
    void (*norm_sums)(float sum[NATIVE_BLOCK], const float *x, int plane);
    void (*norm_squares)(float squares[NATIVE_BLOCK], const float *x, const float *mean, int plane);
    /* y = x scale + shift, then relu if requested. */
    void (*norm_apply)(float *y, const float *x, const float *scale, const float *shift, bool relu,
                       int plane);
    /* Sum of dy and sum of dy (x - mean). With a relu, dy is first set to 0 where relu is 0. */
    void (*norm_gradient_sums)(float sum[NATIVE_BLOCK], float product[NATIVE_BLOCK], float *dy,
                               const struct native_norm_block *block);
    /* dx = a dy + b (x - mean) + c; mean, a, b, c are [16]. */
    void (*norm_backward)(float *dx, const float *dy, const float *x, const float *mean,
                          const float *a, const float *b, const float *c, int plane);

    /* One block of groupnorm or layernorm. */
    void (*group_moments)(struct native_moments *moments, const float *x, int plane);
    /* y = (x - mean) factor + shift; all [16]. Unlike norm_apply, exact where x is near mean. */
    void (*group_apply)(float *y, const float *x, const float *mean, const float *factor,
                        const float *shift, int plane);
    /* The sums of dy and of dy (x - mean); mean [16]. */
    void (*group_gradient_sums)(float sum[NATIVE_BLOCK], float product[NATIVE_BLOCK],
                                const float *dy, const float *x, const float *mean, int plane);
    /* dx = (g - sum + (x - mean) product) inverse, g = dy scale. The subtraction comes first, so
       that rounding errors are not multiplied by a large inverse. */
    void (*group_backward)(float *dx, const float *dy, const float *x,
                           const struct native_group_factors *factors, int plane);
    /* Layernorm, with h = (x - mean) inverse and g = dy scale: y = h scale + shift; dscale += dy h,
       dshift += dy, and the sums of g and of g h of each image; dx = (g - sum + (x - mean) product)
       inverse. */
    void (*layer_apply)(float *y, const float *x, const struct native_layer_norm *norm);
    void (*layer_gradient_sums)(float sum[][NATIVE_BLOCK], float product[][NATIVE_BLOCK],
                                const float *dy, const float *x,
                                const struct native_layer_norm *norm);
    void (*layer_backward)(float *dx, const float *dy, const float *x,
                           const struct native_layer_norm *norm);

    /* Pooling of one block: x [in_rows][in_columns][16], y [out_rows][out_columns][16]. argmax
       (NULL = not needed) [out_rows][out_columns][16]: index of the maximum in the plane of x. */
    void (*maxpool)(const struct native_pool *p, float *y, uint32_t *argmax, const float *x);
    void (*maxpool_backward)(const struct native_pool *p, float *dx, const float *dy,
                             const uint32_t *argmax);
    void (*avgpool)(const struct native_pool *p, float *y, const float *x);
    void (*avgpool_backward)(const struct native_pool *p, float *dx, const float *dy);
};

extern const struct native_kernels native_kernels_plain, native_kernels_avx2, native_kernels_avx512,
    native_kernels_neon;

#endif
