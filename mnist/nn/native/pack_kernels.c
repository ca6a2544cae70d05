/*
 * pack_kernels - converts a convolution's weights from the network's layout (PyTorch's) to the
 * kernels' layouts, and gradients back.
 *
 *     w [O][C][K][K]        network                      O, C: real channels; padded channels are 0
 *     direct  [O / 16][C / 16][K * K][16 c][16 o]
 *     planar  [O / 16][K * K][16 o]                      C = 1
 *     sparse  [C / 16][O padded][K * K][16 c]
 *             its gradient: [O / 16][C / 16][16 o][K * K][16 c]
 *     U       [O / 16][F][C padded][16 o]                Winograd: G w G^T, F = (tile + 2)^2
 *
 *     G = 1    0    0        G = 1/ppqq   0     0
 *         1/2  1/2  1/2             a    pa   ppa        gradient: dw = G^T dU G
 *         1/2 -1/2  1/2             a   -pa   ppa        a = 1 / (2 pp (pp - qq))
 *         0    0    1               b    qb   qqb        b = 1 / (2 qq (qq - pp))
 *     tile 2                        b   -qb   qqb
 *                            tile 4 0     0     1        p = 5/8, q = 3/2, as in
 *                                                        winograd_transforms.h
 *
 * A rotated U is that of the input gradient: outputs and inputs are exchanged, and the filter is
 * rotated by 180 degrees. The loops are plain C; the compiler vectorises them.
 */
#include "mnist/nn/native/kernels.h"

enum { TAPS3 = 9, SIDE_MAX = 6, FREQUENCIES_MAX = SIDE_MAX * SIDE_MAX };

/* The range of channels, of count, that belongs to a part: whole blocks. */
static struct unit_range channels_of_part(int count, const struct native_weights *s, int part)
{
    struct unit_range range = unit_share(native_round(count) / BLOCK, s->parts, part);
    range.begin *= BLOCK;
    range.end *= BLOCK;
    if (range.end > count)
        range.end = count;
    return range;
}

void NATIVE(native_pack_direct)(float *to, const float *w, const struct native_weights *s, int part)
{
    int taps = s->filter * s->filter, blocks = native_round(s->in) / BLOCK;
    ptrdiff_t size = (ptrdiff_t)blocks * taps * BLOCK * BLOCK;
    struct unit_range outs = channels_of_part(s->out, s, part);
    for (int o = outs.begin; o < outs.end; o++) {
        float *block = to + o / BLOCK * size;
        if (o % BLOCK == 0)
            memset(block, 0, (size_t)size * sizeof *to);
        for (int c = 0; c < s->in; c++) {
            const float *from = w + ((ptrdiff_t)o * s->in + c) * taps;
            float *at =
                block + ((ptrdiff_t)(c / BLOCK) * taps * BLOCK + c % BLOCK) * BLOCK + o % BLOCK;
            for (int t = 0; t < taps; t++)
                at[t * BLOCK * BLOCK] = from[t];
        }
    }
}

void NATIVE(native_pack_planar)(float *to, const float *w, const struct native_weights *s, int part)
{
    int taps = s->filter * s->filter;
    struct unit_range outs = channels_of_part(s->out, s, part);
    for (int o = outs.begin; o < outs.end; o++) {
        float *block = to + (ptrdiff_t)(o / BLOCK) * taps * BLOCK;
        if (o % BLOCK == 0)
            memset(block, 0, (size_t)(taps * BLOCK) * sizeof *to);
        for (int t = 0; t < taps; t++)
            block[t * BLOCK + o % BLOCK] = w[o * taps + t];
    }
}

void NATIVE(native_unpack_planar)(float *w, const float *from, const struct native_weights *s,
                                  int part)
{
    int taps = s->filter * s->filter;
    struct unit_range outs = channels_of_part(s->out, s, part);
    for (int o = outs.begin; o < outs.end; o++)
        for (int t = 0; t < taps; t++)
            w[o * taps + t] = from[(o / BLOCK * taps + t) * BLOCK + o % BLOCK];
}

/* Offset of output o in the input block that contains channel c. */
static ptrdiff_t sparse_offset(const struct native_weights *s, int o, int c)
{
    return ((ptrdiff_t)(c / BLOCK) * native_round(s->out) + o) * s->filter * s->filter * BLOCK;
}

void NATIVE(native_pack_sparse)(float *to, const float *w, const struct native_weights *s, int part)
{
    int taps = s->filter * s->filter;
    struct unit_range outs = channels_of_part(s->out, s, part);
    int padded = native_round(outs.end);
    if (padded != outs.end || s->in % BLOCK != 0)
        for (int c = 0; c < s->in; c += BLOCK)
            memset(to + sparse_offset(s, outs.begin, c), 0,
                   (size_t)((padded - outs.begin) * taps * BLOCK) * sizeof *to);
    for (int o = outs.begin; o < outs.end; o++)
        for (int c = 0; c < s->in; c++) {
            const float *from = w + ((ptrdiff_t)o * s->in + c) * taps;
            float *at = to + sparse_offset(s, o, c) + c % BLOCK;
            for (int t = 0; t < taps; t++)
                at[t * BLOCK] = from[t];
        }
}

void NATIVE(native_unpack_sparse)(float *w, const float *from, const struct native_weights *s,
                                  int part)
{
    int taps = s->filter * s->filter, blocks = native_round(s->in) / BLOCK;
    struct unit_range outs = channels_of_part(s->out, s, part);
    for (int o = outs.begin; o < outs.end; o++)
        for (int c = 0; c < s->in; c++) {
            ptrdiff_t block = (ptrdiff_t)(o / BLOCK) * blocks + c / BLOCK;
            const float *at = from + (block * BLOCK + o % BLOCK) * taps * BLOCK + c % BLOCK;
            float *to = w + ((ptrdiff_t)o * s->in + c) * taps;
            for (int t = 0; t < taps; t++)
                to[t] = at[t * BLOCK];
        }
}

/* ---- Winograd -------------------------------------------------------------------------------- */

/* Sixteen filters, one per lane. */
typedef float lanes[BLOCK];
typedef lanes window[TAPS3];
typedef lanes frequencies[FREQUENCIES_MAX];

static const float p = 5.0f / 8, q = 3.0f / 2, pp = 25.0f / 64, qq = 9.0f / 4;
static const float g_0 = 256.0f / 225, g_p = -4096.0f / 5950, g_q = 128.0f / 1071;

/* u [side] = G w [3] for 16 lanes. step and w_step are the distances between elements. */
static void filter_step(lanes *u, int step, const lanes *w, int w_step, int side)
{
    const float *w0 = w[0], *w1 = w[w_step], *w2 = w[2 * w_step];
    for (int l = 0; l < BLOCK; l++) {
        float outer = w0[l] + w2[l], even_p = w0[l] + pp * w2[l], even_q = w0[l] + qq * w2[l];
        u[3 * step][l] = w2[l];
        if (side == 4) {
            u[0][l] = w0[l];
            u[step][l] = 0.5f * (outer + w1[l]);
            u[2 * step][l] = 0.5f * (outer - w1[l]);
            continue;
        }
        u[0][l] = g_0 * w0[l];
        u[step][l] = g_p * (even_p + p * w1[l]);
        u[2 * step][l] = g_p * (even_p - p * w1[l]);
        u[4 * step][l] = g_q * (even_q + q * w1[l]);
        u[5 * step][l] = g_q * (even_q - q * w1[l]);
    }
}

/* w [3] = G^T u [side]. */
static void filter_gradient_step(lanes *w, int w_step, const lanes *u, int step, int side)
{
    const float *u0 = u[0], *u1 = u[step], *u2 = u[2 * step], *u3 = u[3 * step];
    for (int l = 0; l < BLOCK; l++) {
        float sum = u1[l] + u2[l], difference = u1[l] - u2[l];
        if (side == 4) {
            w[0][l] = u0[l] + 0.5f * sum;
            w[w_step][l] = 0.5f * difference;
            w[2 * w_step][l] = 0.5f * sum + u3[l];
            continue;
        }
        float sum2 = u[4 * step][l] + u[5 * step][l];
        float difference2 = u[4 * step][l] - u[5 * step][l];
        w[0][l] = g_0 * u0[l] + (g_p * sum + g_q * sum2);
        w[w_step][l] = g_p * p * difference + g_q * q * difference2;
        w[2 * w_step][l] = (g_p * pp * sum + g_q * qq * sum2) + u3[l];
    }
}

static void transform(lanes *u, const lanes *w, int side)
{
    lanes half[SIDE_MAX * 3];
    for (int j = 0; j < 3; j++)
        filter_step(half + j, 3, w + j, 3, side);
    for (int i = 0; i < side; i++)
        filter_step(u + i * side, 1, (const lanes *)half + i * 3, 1, side);
}

static void transform_back(lanes *w, const lanes *u, int side)
{
    lanes half[3 * SIDE_MAX];
    for (int j = 0; j < side; j++)
        filter_gradient_step(half + j, side, u + j, side, side);
    for (int i = 0; i < 3; i++)
        filter_gradient_step(w + i * 3, 1, (const lanes *)half + i * side, 1, side);
}

/* Gathers the 16 filters of lanes `lane` and following, for channel `other`. Lanes are output
   channels, or input channels if rotated. */
static void gather(lanes *to, const float *w, const struct native_weights *s, int lane, int other)
{
    int count = s->rotated ? s->in : s->out;
    memset(to, 0, sizeof(window));
    for (int l = 0; l < BLOCK && lane + l < count; l++) {
        ptrdiff_t o = s->rotated ? other : lane + l, c = s->rotated ? lane + l : other;
        const float *from = w + (o * s->in + c) * TAPS3;
        for (int t = 0; t < TAPS3; t++)
            to[t][l] = from[s->rotated ? TAPS3 - 1 - t : t];
    }
}

/* Filters per step. Loading a vector right after writing its lanes one by one stalls (store
   forwarding fails), so several filters are gathered first. The frequencies of one filter are far
   apart in memory and evict each other from the cache, so those of several filters are written
   together. */
enum { GATHERED = 4 };

void NATIVE(native_pack_winograd)(float *to, const float *w, const struct native_weights *s,
                                  int part)
{
    int others = s->rotated ? s->out : s->in, rows = native_round(others), side = s->tile + 2;
    struct unit_range range = channels_of_part(s->rotated ? s->in : s->out, s, part);
    ptrdiff_t size = (ptrdiff_t)side * side * rows * BLOCK;
    for (int lane = range.begin; lane < range.end; lane += BLOCK) {
        float *block = to + lane / BLOCK * size;
        if (rows != others)
            memset(block, 0, (size_t)size * sizeof *to);
        for (int first = 0; first < others; first += GATHERED) {
            window from[GATHERED];
            frequencies u[GATHERED];
            int count = others - first < GATHERED ? others - first : GATHERED;
            for (int i = 0; i < count; i++)
                gather(from[i], w, s, lane, first + i);
            for (int i = 0; i < count; i++)
                transform(u[i], (const lanes *)from[i], side);
            for (int f = 0; f < side * side; f++)
                for (int i = 0; i < count; i++)
                    memcpy(block + ((ptrdiff_t)f * rows + first + i) * BLOCK, u[i][f],
                           sizeof u[i][f]);
        }
    }
}

void NATIVE(native_unpack_winograd)(float *w, const float *from, const struct native_weights *s,
                                    int part)
{
    int rows = native_round(s->in), side = s->tile + 2;
    struct unit_range outs = channels_of_part(s->out, s, part);
    for (int lane = outs.begin; lane < outs.end; lane += BLOCK)
        for (int c = 0; c < s->in; c++) {
            window to;
            frequencies u;
            for (int f = 0; f < side * side; f++)
                memcpy(u[f],
                       from + (((ptrdiff_t)lane / BLOCK * side * side + f) * rows + c) * BLOCK,
                       sizeof u[f]);
            transform_back(to, (const lanes *)u, side);
            for (int l = 0; l < BLOCK && lane + l < s->out; l++)
                for (int t = 0; t < TAPS3; t++)
                    w[((ptrdiff_t)(lane + l) * s->in + c) * TAPS3 + t] = to[t][l];
        }
}
