/*
 * conv_few_channels_kernels - forward of a convolution on a grey picture that has so few output channels
 * that they would leave most lanes empty: here the pixels are the lanes.
 *
 * For LeNet's first layer, whose results are pooled by 2 x 2. Two rows of 2 VEC pixels are summed
 * for some channels, pooled by taking even and odd pixels apart, and turned over into the blocked
 * layout. Every output is the same chain as in conv_direct_kernels.c: bias, then w x over window
 * rows and columns.
 *
 * Vectors at the right end reach beyond the picture, up to NATIVE_FEW_SLACK floats; what comes of
 * that is not stored.
 */
#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"
#include "mnist/nn/native/transpose4.h"

enum {
    CHANNELS = REGISTERS == 32 ? 6 : 2, /* whose sums are in registers at a time  */
    SOME = 2,                           /* where fewer are left                   */
    HALVES = 4,                         /* vectors of two rows                    */
    NUMBERS = 16,                       /* bytes of a channel's numbers, VEC used */
};

_Static_assert(NATIVE_FEW == 8 && NUMBERS >= (int)VEC, "turn_numbers");
_Static_assert(NATIVE_FEW_SLACK >= 2 * VEC, "the last row's vectors");

/* Pooled pixels of one row: values and numbers of each channel. */
struct pooled {
    float values[NATIVE_FEW][VEC];
    uint8_t numbers[NATIVE_FEW][NUMBERS];
};

/* sums [C][left above, right above, left below, right below]; w of the first channel. */
INLINED void sum_pixels(vec *sums, const struct native_geometry *g, const float *x, const float *w,
                        const float *bias, int C)
{
    UNROLLED
    for (int i = 0; i < C * HALVES; i++)
        sums[i] = vec_set(bias[i / HALVES]);
    for (int u = 0; u < g->kernel; u++, x += g->width)
        for (int k = 0; k < g->kernel; k++, w += BLOCK) {
            const float *below = x + g->width;
            vec pixels[HALVES] = {vec_load(x + k), vec_load(x + k + VEC), vec_load(below + k),
                                  vec_load(below + k + VEC)};
            UNROLLED
            for (int c = 0; c < C; c++) {
                vec weight = vec_set(w[c]);
                UNROLLED
                for (int i = 0; i < HALVES; i++)
                    sums[c * HALVES + i] = vec_fma(pixels[i], weight, sums[c * HALVES + i]);
            }
        }
}

INLINED void pool_pixels(struct pooled *to, int channel, const vec *sums, bool relu)
{
    ivec number;
    vec best = vec_largest(vec_evens(sums[0], sums[1]), vec_odds(sums[0], sums[1]),
                           vec_evens(sums[2], sums[3]), vec_odds(sums[2], sums[3]), &number);
    vec_store(to->values[channel], relu ? vec_relu(best) : best);
    ivec_store_bytes(to->numbers[channel], number);
}

INLINED void some_channels(struct pooled *to, const struct native_geometry *g, const float *x,
                           const float *w, const float *bias, int first, int C)
{
    vec sums[CHANNELS * HALVES];
    sum_pixels(sums, g, x, w + first, bias + first, C);
    UNROLLED
    for (int c = 0; c < C; c++)
        pool_pixels(to, first + c, sums + c * HALVES, g->relu);
}

/* Pixels pixel .. pixel + count - 1, at most four, of four channels, turned over. */
INLINED void turn(float *y, const struct pooled *from, int pixel, int channel, int count)
{
    four a[FLOAT4];
    UNROLLED
    for (int c = 0; c < FLOAT4; c++)
        a[c] = float4_load(&from->values[channel + c][pixel]);
    transpose4(a);
    UNROLLED
    for (int p = 0; p < FLOAT4; p++)
        if (p < count)
            float4_store(y + (pixel + p) * BLOCK + channel, a[p]);
}

/* Numbers of all pixels, turned over: to [pixel][channel]. A step makes of the halves of all bytes,
   one behind the other, one row in which they take turns; after three of them the number of the
   channel, three bits, is behind that of the pixel. */
INLINED void turn_numbers(uint8_t *to, const struct pooled *from)
{
    typedef uint8_t row __attribute__((vector_size(NUMBERS)));
    enum { HALF = NATIVE_FEW / 2 };
    row a[NATIVE_FEW], b[NATIVE_FEW];
    memcpy(a, from->numbers, sizeof a);
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

/* count pixels from y and which on; the lanes without a channel become 0. */
INLINED void store(const struct pooled *from, float *y, uint8_t *which, int count)
{
    for (int p = 0; p < count; p++)
        memset(y + p * BLOCK + NATIVE_FEW, 0, (BLOCK - NATIVE_FEW) * sizeof *y);
    for (int p = 0; p < count; p += FLOAT4)
        for (int c = 0; c < NATIVE_FEW; c += FLOAT4)
            turn(y, from, p, c, count - p);
    if (which == NULL)
        return;
    uint8_t numbers[NUMBERS * NATIVE_FEW];
    turn_numbers(numbers, from);
    for (int p = 0; p < count; p++) {
        memcpy(which + p * BLOCK, numbers + p * NATIVE_FEW, NATIVE_FEW);
        memset(which + p * BLOCK + NATIVE_FEW, 0, BLOCK - NATIVE_FEW);
    }
}

void NATIVE(native_few_forward)(const struct native_geometry *g, float *y, uint8_t *which,
                                const float *x, const float *weights, const float *bias)
{
    struct pooled pooled;
    memset(&pooled, 0, sizeof pooled);
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j += VEC) {
            const float *corner = x + 2 * i * g->width + 2 * j;
            ptrdiff_t at = ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            int left = g->result_columns - j, first = 0;
            for (; first + CHANNELS <= g->few; first += CHANNELS)
                some_channels(&pooled, g, corner, weights, bias, first, CHANNELS);
            for (; first + SOME <= g->few; first += SOME)
                some_channels(&pooled, g, corner, weights, bias, first, SOME);
            for (; first < g->few; first++)
                some_channels(&pooled, g, corner, weights, bias, first, 1);
            store(&pooled, y + at, which != NULL ? which + at : NULL, left < VEC ? left : VEC);
        }
}
