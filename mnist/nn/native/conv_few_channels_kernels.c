/*
 * conv_few_channels_kernels - forward of a convolution of a grey image with at most 8 output
 * channels and 2x2 pooling (LeNet's first layer).
 *
 * With channels as lanes, most lanes would be empty, so here the pixels are the lanes. Two rows of
 * 2 VEC pixels are summed for a few channels at a time, pooled after separating even and odd
 * pixels, and transposed to the blocked layout. Every output is the same chain as in
 * conv_direct_kernels.c: bias, then w x over filter rows and columns.
 *
 *     x [in_rows][in_columns] -> y, argmax [1][out_rows][out_columns][16]
 *
 * The vectors at the right edge read up to NATIVE_FEW_CHANNELS_SLACK floats past the image; results
 * of these are not stored.
 */
#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"
#include "mnist/nn/native/transpose4.h"

enum {
    CHANNELS = REGISTERS == 32 ? 6 : 2, /* channels whose sums are in registers */
    FEWER_CHANNELS = 2,                 /* if fewer are left */
    VECTORS = 4,                        /* two rows of two vectors */
    ARGMAX_BYTES = 16,                  /* of a channel, VEC of them used */
};

_Static_assert(NATIVE_FEW_CHANNELS == 8 && ARGMAX_BYTES >= (int)VEC, "transpose_argmax");
_Static_assert(NATIVE_FEW_CHANNELS_SLACK >= 2 * VEC, "the last row's vectors");

/* One row of VEC pooled pixels: maximum and its index, for each channel. */
struct pooled {
    float values[NATIVE_FEW_CHANNELS][VEC];
    uint8_t argmax[NATIVE_FEW_CHANNELS][ARGMAX_BYTES];
};

/* sums [C][top left, top right, bottom left, bottom right]; w and bias of the first channel. */
INLINED void sum_pixels(vec *sums, const struct native_geometry *g, const float *x, const float *w,
                        const float *bias, int C)
{
    UNROLLED
    for (int i = 0; i < C * VECTORS; i++)
        sums[i] = vec_set(bias[i / VECTORS]);
    for (int u = 0; u < g->filter; u++, x += g->in_columns)
        for (int k = 0; k < g->filter; k++, w += BLOCK) {
            const float *below = x + g->in_columns;
            vec pixels[VECTORS] = {vec_load(x + k), vec_load(x + k + VEC), vec_load(below + k),
                                   vec_load(below + k + VEC)};
            UNROLLED
            for (int c = 0; c < C; c++) {
                vec weight = vec_set(w[c]);
                UNROLLED
                for (int i = 0; i < VECTORS; i++)
                    sums[c * VECTORS + i] = vec_fma(pixels[i], weight, sums[c * VECTORS + i]);
            }
        }
}

INLINED void pool_pixels(struct pooled *to, int channel, const vec *sums, bool relu)
{
    ivec index;
    vec best = vec_largest(vec_evens(sums[0], sums[1]), vec_odds(sums[0], sums[1]),
                           vec_evens(sums[2], sums[3]), vec_odds(sums[2], sums[3]), &index);
    vec_store(to->values[channel], relu ? vec_relu(best) : best);
    ivec_store_bytes(to->argmax[channel], index);
}

INLINED void convolve_channels(struct pooled *to, const struct native_geometry *g, const float *x,
                               const float *w, const float *bias, int first, int C)
{
    vec sums[CHANNELS * VECTORS];
    sum_pixels(sums, g, x, w + first, bias + first, C);
    UNROLLED
    for (int c = 0; c < C; c++)
        pool_pixels(to, first + c, sums + c * VECTORS, g->relu);
}

/* Stores at most four pixels of four channels, transposed to [pixel][channel]. */
INLINED void store_transposed(float *y, const struct pooled *from, int pixel, int channel,
                              int count)
{
    float4 a[FLOAT4];
    UNROLLED
    for (int c = 0; c < FLOAT4; c++)
        a[c] = float4_load(&from->values[channel + c][pixel]);
    transpose4(a);
    UNROLLED
    for (int p = 0; p < FLOAT4; p++)
        if (p < count)
            float4_store(y + (pixel + p) * BLOCK + channel, a[p]);
}

/* Transposes [8 channels][16 pixels] of bytes to [pixel][channel]. Each step interleaves the first
   half of the rows with the second half (a perfect shuffle), which rotates the bits of a byte's
   index by one. After three steps, the three bits of the channel are the lowest. */
INLINED void transpose_argmax(uint8_t *to, const struct pooled *from)
{
    typedef uint8_t row __attribute__((vector_size(ARGMAX_BYTES)));
    enum { HALF = NATIVE_FEW_CHANNELS / 2 };
    row a[NATIVE_FEW_CHANNELS], b[NATIVE_FEW_CHANNELS];
    memcpy(a, from->argmax, sizeof a);
    UNROLLED
    for (int step = 0; step < 3; step++) {
        UNROLLED
        for (int i = 0; i < HALF; i++) {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + HALF], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20,
                                               5, 21, 6, 22, 7, 23);
            b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + HALF], 8, 24, 9, 25, 10, 26, 11, 27,
                                                   12, 28, 13, 29, 14, 30, 15, 31);
        }
        memcpy(a, b, sizeof a);
    }
    memcpy(to, a, sizeof a);
}

/* Stores count pixels at y and argmax. Padded channels become 0. */
INLINED void store(const struct pooled *from, float *y, uint8_t *argmax, int count)
{
    for (int p = 0; p < count; p++)
        memset(y + p * BLOCK + NATIVE_FEW_CHANNELS, 0, (BLOCK - NATIVE_FEW_CHANNELS) * sizeof *y);
    for (int p = 0; p < count; p += FLOAT4)
        for (int c = 0; c < NATIVE_FEW_CHANNELS; c += FLOAT4)
            store_transposed(y, from, p, c, count - p);
    if (argmax == NULL)
        return;
    uint8_t transposed[ARGMAX_BYTES * NATIVE_FEW_CHANNELS];
    transpose_argmax(transposed, from);
    for (int p = 0; p < count; p++) {
        memcpy(argmax + p * BLOCK, transposed + p * NATIVE_FEW_CHANNELS, NATIVE_FEW_CHANNELS);
        memset(argmax + p * BLOCK + NATIVE_FEW_CHANNELS, 0, BLOCK - NATIVE_FEW_CHANNELS);
    }
}

void NATIVE(native_few_channels_forward)(const struct native_geometry *g, float *y, uint8_t *argmax,
                                         const float *x, const float *weights, const float *bias)
{
    struct pooled pooled;
    memset(&pooled, 0, sizeof pooled);
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j += VEC) {
            const float *corner = x + 2 * i * g->in_columns + 2 * j;
            ptrdiff_t at = ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            int left = g->result_columns - j, first = 0;
            for (; first + CHANNELS <= g->few_channels; first += CHANNELS)
                convolve_channels(&pooled, g, corner, weights, bias, first, CHANNELS);
            for (; first + FEWER_CHANNELS <= g->few_channels; first += FEWER_CHANNELS)
                convolve_channels(&pooled, g, corner, weights, bias, first, FEWER_CHANNELS);
            for (; first < g->few_channels; first++)
                convolve_channels(&pooled, g, corner, weights, bias, first, 1);
            store(&pooled, y + at, argmax != NULL ? argmax + at : NULL, left < VEC ? left : VEC);
        }
}
