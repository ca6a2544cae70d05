/*
 * native_pack_kernels - weights of a convolution from PyTorch's layout into the kernels', and
 * gradients back.
 *
 *     w [O][C][K][K]        the network's                O, C: real channels; those that fill up
 *     direct  [O / 16][C / 16][K * K][16 c][16 o]        the last block are 0
 *     planar  [O / 16][K * K][16 o]                      C = 1
 *     sparse  [C / 16][O filled up][K * K][16 c]
 *     U       [O / 16][16][C filled up][16 o]            Winograd: G w G^T
 *
 *     G = 1    0    0
 *         1/2  1/2  1/2        gradients: dw = G^T dU G
 *         1/2 -1/2  1/2
 *         0    0    1
 *
 * A rotated U is that of the input's gradient: outputs and inputs change places, and the window is
 * turned by half a circle. There is nothing here but loops for the compiler to make vectors of.
 */
#include "mnist/nn/native_kernels.h"

enum { TAPS3 = 9, FREQUENCIES = 16 };

void NATIVE(native_pack_direct)(float *to, const float *w, const struct native_weights *s)
{
    int taps = s->kernel * s->kernel, blocks = native_round(s->in) / BLOCK;
    memset(to, 0, native_direct_floats(s) * sizeof *to);
    for (int o = 0; o < s->out; o++)
        for (int c = 0; c < s->in; c++) {
            const float *from = w + ((ptrdiff_t)o * s->in + c) * taps;
            float *at =
                to +
                (((ptrdiff_t)(o / BLOCK) * blocks + c / BLOCK) * taps * BLOCK + c % BLOCK) * BLOCK +
                o % BLOCK;
            for (int t = 0; t < taps; t++)
                at[t * BLOCK * BLOCK] = from[t];
        }
}

void NATIVE(native_pack_planar)(float *to, const float *w, const struct native_weights *s)
{
    int taps = s->kernel * s->kernel;
    memset(to, 0, (size_t)(native_round(s->out) * taps) * sizeof *to);
    for (int o = 0; o < s->out; o++)
        for (int t = 0; t < taps; t++)
            to[(o / BLOCK * taps + t) * BLOCK + o % BLOCK] = w[o * taps + t];
}

void NATIVE(native_unpack_planar)(float *w, const float *from, const struct native_weights *s)
{
    int taps = s->kernel * s->kernel;
    for (int o = 0; o < s->out; o++)
        for (int t = 0; t < taps; t++)
            w[o * taps + t] = from[(o / BLOCK * taps + t) * BLOCK + o % BLOCK];
}

void NATIVE(native_pack_sparse)(float *to, const float *w, const struct native_weights *s)
{
    int taps = s->kernel * s->kernel, out = native_round(s->out), in = native_round(s->in);
    if (out != s->out || in != s->in)
        memset(to, 0, (size_t)out * (size_t)in * (size_t)taps * sizeof *to);
    for (int o = 0; o < s->out; o++)
        for (int c = 0; c < s->in; c++) {
            const float *from = w + ((ptrdiff_t)o * s->in + c) * taps;
            float *at = to + ((ptrdiff_t)(c / BLOCK) * out + o) * taps * BLOCK + c % BLOCK;
            for (int t = 0; t < taps; t++)
                at[t * BLOCK] = from[t];
        }
}

void NATIVE(native_unpack_sparse)(float *w, const float *from, const struct native_weights *s)
{
    int taps = s->kernel * s->kernel, out = native_round(s->out);
    for (int o = 0; o < s->out; o++)
        for (int c = 0; c < s->in; c++) {
            const float *at = from + ((ptrdiff_t)(c / BLOCK) * out + o) * taps * BLOCK + c % BLOCK;
            float *to = w + ((ptrdiff_t)o * s->in + c) * taps;
            for (int t = 0; t < taps; t++)
                to[t] = at[t * BLOCK];
        }
}

/* ---- Winograd -------------------------------------------------------------------------------- */

/* Sixteen windows side by side, one a lane. */
typedef float window3[TAPS3][BLOCK];
typedef float window4[FREQUENCIES][BLOCK];

static void transform(window4 u, const window3 w)
{
    float half[4][3][BLOCK];
    for (int j = 0; j < 3; j++)
        for (int l = 0; l < BLOCK; l++) {
            float outer = w[j][l] + w[6 + j][l];
            half[0][j][l] = w[j][l];
            half[1][j][l] = 0.5f * (outer + w[3 + j][l]);
            half[2][j][l] = 0.5f * (outer - w[3 + j][l]);
            half[3][j][l] = w[6 + j][l];
        }
    for (int i = 0; i < 4; i++)
        for (int l = 0; l < BLOCK; l++) {
            float outer = half[i][0][l] + half[i][2][l];
            u[i * 4][l] = half[i][0][l];
            u[i * 4 + 1][l] = 0.5f * (outer + half[i][1][l]);
            u[i * 4 + 2][l] = 0.5f * (outer - half[i][1][l]);
            u[i * 4 + 3][l] = half[i][2][l];
        }
}

static void transform_back(window3 w, const window4 u)
{
    float half[3][4][BLOCK];
    for (int j = 0; j < 4; j++)
        for (int l = 0; l < BLOCK; l++) {
            float sum = 0.5f * (u[4 + j][l] + u[8 + j][l]);
            half[0][j][l] = u[j][l] + sum;
            half[1][j][l] = 0.5f * (u[4 + j][l] - u[8 + j][l]);
            half[2][j][l] = sum + u[12 + j][l];
        }
    for (int i = 0; i < 3; i++)
        for (int l = 0; l < BLOCK; l++) {
            float sum = 0.5f * (half[i][1][l] + half[i][2][l]);
            w[i * 3][l] = half[i][0][l] + sum;
            w[i * 3 + 1][l] = 0.5f * (half[i][1][l] - half[i][2][l]);
            w[i * 3 + 2][l] = sum + half[i][3][l];
        }
}

/* The block of lanes from `lane` on, at channel `other`; rotated: lanes are inputs. */
static void gather(window3 window, const float *w, const struct native_weights *s, int lane,
                   int other)
{
    int lanes = s->rotated ? s->in : s->out;
    memset(window, 0, sizeof(window3));
    for (int l = 0; l < BLOCK && lane + l < lanes; l++) {
        ptrdiff_t o = s->rotated ? other : lane + l, c = s->rotated ? lane + l : other;
        const float *from = w + (o * s->in + c) * TAPS3;
        for (int t = 0; t < TAPS3; t++)
            window[t][l] = from[s->rotated ? TAPS3 - 1 - t : t];
    }
}

void NATIVE(native_pack_winograd)(float *to, const float *w, const struct native_weights *s)
{
    int lanes = s->rotated ? s->in : s->out, others = s->rotated ? s->out : s->in;
    int rows = native_round(others);
    if (rows != others)
        memset(to, 0, native_winograd_floats(s) * sizeof *to);
    for (int lane = 0; lane < lanes; lane += BLOCK)
        for (int other = 0; other < others; other++) {
            window3 window;
            window4 u;
            gather(window, w, s, lane, other);
            transform(u, (const float(*)[BLOCK])window);
            for (int f = 0; f < FREQUENCIES; f++)
                memcpy(to + (((ptrdiff_t)lane / BLOCK * FREQUENCIES + f) * rows + other) * BLOCK,
                       u[f], sizeof u[f]);
        }
}

void NATIVE(native_unpack_winograd)(float *w, const float *from, const struct native_weights *s)
{
    int rows = native_round(s->in);
    for (int lane = 0; lane < s->out; lane += BLOCK)
        for (int c = 0; c < s->in; c++) {
            window3 window;
            window4 u;
            for (int f = 0; f < FREQUENCIES; f++)
                memcpy(u[f],
                       from + (((ptrdiff_t)lane / BLOCK * FREQUENCIES + f) * rows + c) * BLOCK,
                       sizeof u[f]);
            transform_back(window, (const float(*)[BLOCK])u);
            for (int l = 0; l < BLOCK && lane + l < s->out; l++)
                for (int t = 0; t < TAPS3; t++)
                    w[((ptrdiff_t)(lane + l) * s->in + c) * TAPS3 + t] = window[t][l];
        }
}
