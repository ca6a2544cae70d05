/*
 * groupnorm_kernels - sums and element-wise loops of groupnorm and layernorm over one block.
 *
 * A block is [plane][16]. The channels are the lanes. A sum has CHAINS chains for each lane, of the
 * positions p mod CHAINS, added as a fixed tree: one chain alone would wait for each addition.
 */
#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"

enum { CHAINS = 4, SAMPLED = 16 };

struct chains {
    vec sums[CHAINS][BLOCK_VECS];
};

INLINED struct chains no_chains(void)
{
    struct chains c;
    UNROLLED
    for (int k = 0; k < CHAINS; k++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        c.sums[k][v] = vec_zero();
    return c;
}

INLINED void store_chains(float *sum, const struct chains *c)
{
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        vec_store(sum + v * VEC, vec_add(vec_add(c->sums[0][v], c->sums[1][v]),
                                         vec_add(c->sums[2][v], c->sums[3][v])));
}

/* Runs `add` for each position p and each vector, at offset `at` of the block, with chain k. */
#define EACH_VALUE(plane, add)                     \
    do {                                           \
        int p = 0;                                 \
        for (; p + CHAINS <= (plane); p += CHAINS) \
            UNROLLED                               \
        for (int k = 0; k < CHAINS; k++)           \
            UNROLLED                               \
        for (int v = 0; v < BLOCK_VECS; v++) {     \
            int at = (p + k) * BLOCK + v * VEC;    \
            add                                    \
        }                                          \
        UNROLLED                                   \
        for (int k = 0; k < CHAINS - 1; k++)       \
            if (p + k < (plane))                   \
                UNROLLED                           \
        for (int v = 0; v < BLOCK_VECS; v++) {     \
            int at = (p + k) * BLOCK + v * VEC;    \
            add                                    \
        }                                          \
    } while (0)

/* ---- groupnorm ------------------------------------------------------------------------------- */

void NATIVE(native_group_moments)(struct native_moments *moments, const float *x, int plane)
{
    struct chains s = no_chains(), q = no_chains();
    vec sample[BLOCK_VECS];
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        vec total = vec_zero(), count = vec_set((float)((plane + SAMPLED - 1) / SAMPLED));
        for (int p = 0; p < plane; p += SAMPLED)
            total = vec_add(total, vec_load(x + p * BLOCK + v * VEC));
        sample[v] = vec_div(total, count);
        vec_store(moments->sample + v * VEC, sample[v]);
    }
    EACH_VALUE(plane, vec d = vec_sub(vec_load(x + at), sample[v]);
               s.sums[k][v] = vec_add(s.sums[k][v], d);
               q.sums[k][v] = vec_fma(d, d, q.sums[k][v]););
    store_chains(moments->sum, &s);
    store_chains(moments->squares, &q);
}

void NATIVE(native_group_apply)(float *y, const float *x, const float *mean, const float *factor,
                                const float *shift, int plane)
{
    vec m[BLOCK_VECS], a[BLOCK_VECS], b[BLOCK_VECS];
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        m[v] = vec_load(mean + v * VEC);
        a[v] = vec_load(factor + v * VEC);
        b[v] = vec_load(shift + v * VEC);
    }
    for (int p = 0; p < plane; p++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        int at = p * BLOCK + v * VEC;
        vec_store(y + at, vec_fma(vec_sub(vec_load(x + at), m[v]), a[v], b[v]));
    }
}

void NATIVE(native_group_gradient_sums)(float *sum, float *product, const float *dy, const float *x,
                                        const float *mean, int plane)
{
    struct chains s = no_chains(), q = no_chains();
    vec m[BLOCK_VECS];
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        m[v] = vec_load(mean + v * VEC);
    EACH_VALUE(plane, vec d = vec_load(dy + at); s.sums[k][v] = vec_add(s.sums[k][v], d);
               q.sums[k][v] = vec_fma(d, vec_sub(vec_load(x + at), m[v]), q.sums[k][v]););
    store_chains(sum, &s);
    store_chains(product, &q);
}

void NATIVE(native_group_backward)(float *dx, const float *dy, const float *x,
                                   const struct native_group_factors *factors, int plane)
{
    vec m[BLOCK_VECS], scale[BLOCK_VECS], sum[BLOCK_VECS], product[BLOCK_VECS], r[BLOCK_VECS];
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        m[v] = vec_load(factors->mean + v * VEC);
        scale[v] = vec_load(factors->scale + v * VEC);
        sum[v] = vec_load(factors->sum + v * VEC);
        product[v] = vec_load(factors->product + v * VEC);
        r[v] = vec_load(factors->inverse + v * VEC);
    }
    for (int p = 0; p < plane; p++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        int at = p * BLOCK + v * VEC;
        vec g = vec_sub(vec_mul(vec_load(dy + at), scale[v]), sum[v]);
        vec rest = vec_fma(vec_sub(vec_load(x + at), m[v]), product[v], g);
        vec_store(dx + at, vec_mul(rest, r[v]));
    }
}

/* ---- layernorm: `images` is constant after inlining -------------------------------------------- */

INLINED void layer_apply(float *y, const float *x, const struct native_layer_norm *norm, int images)
{
    vec mean[NATIVE_NORM_IMAGES], inverse[NATIVE_NORM_IMAGES];
    for (int i = 0; i < images; i++) {
        mean[i] = vec_set(norm->image[i].mean);
        inverse[i] = vec_set(norm->image[i].inverse);
    }
    for (size_t at = 0; at < (size_t)norm->plane * BLOCK; at += VEC) {
        vec scale = vec_load(norm->scale + at), shift = vec_load(norm->shift + at);
        UNROLLED
        for (int i = 0; i < images; i++) {
            size_t to = (size_t)i * norm->stride + at;
            vec h = vec_mul(vec_sub(vec_load(x + to), mean[i]), inverse[i]);
            vec_store(y + to, vec_fma(h, scale, shift));
        }
    }
}

void NATIVE(native_layer_apply)(float *y, const float *x, const struct native_layer_norm *norm)
{
    if (norm->images == 1)
        layer_apply(y, x, norm, 1);
    else
        layer_apply(y, x, norm, NATIVE_NORM_IMAGES);
}

INLINED void layer_gradient_sums(float sum[][BLOCK], float product[][BLOCK], const float *dy,
                                 const float *x, const struct native_layer_norm *norm, int images)
{
    vec s[NATIVE_NORM_IMAGES][BLOCK_VECS], q[NATIVE_NORM_IMAGES][BLOCK_VECS];
    vec mean[NATIVE_NORM_IMAGES], inverse[NATIVE_NORM_IMAGES];
    for (int i = 0; i < images; i++) {
        mean[i] = vec_set(norm->image[i].mean);
        inverse[i] = vec_set(norm->image[i].inverse);
        for (int v = 0; v < BLOCK_VECS; v++)
            s[i][v] = q[i][v] = vec_zero();
    }
    for (int p = 0; p < norm->plane; p++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        size_t at = (size_t)p * BLOCK + (size_t)(v * VEC);
        vec scale = vec_load(norm->scale + at);
        vec dscale = vec_load(norm->dscale + at), dshift = vec_load(norm->dshift + at);
        UNROLLED
        for (int i = 0; i < images; i++) {
            vec d = vec_load(dy + (size_t)i * norm->stride + at), g = vec_mul(d, scale);
            vec h = vec_sub(vec_load(x + (size_t)i * norm->stride + at), mean[i]);
            h = vec_mul(h, inverse[i]);
            s[i][v] = vec_add(s[i][v], g);
            q[i][v] = vec_fma(g, h, q[i][v]);
            dscale = vec_fma(d, h, dscale);
            dshift = vec_add(d, dshift);
        }
        vec_store(norm->dscale + at, dscale);
        vec_store(norm->dshift + at, dshift);
    }
    for (int i = 0; i < images; i++)
        for (int v = 0; v < BLOCK_VECS; v++) {
            vec_store(sum[i] + v * VEC, s[i][v]);
            vec_store(product[i] + v * VEC, q[i][v]);
        }
}

void NATIVE(native_layer_gradient_sums)(float sum[][BLOCK], float product[][BLOCK], const float *dy,
                                        const float *x, const struct native_layer_norm *norm)
{
    if (norm->images == 1)
        layer_gradient_sums(sum, product, dy, x, norm, 1);
    else
        layer_gradient_sums(sum, product, dy, x, norm, NATIVE_NORM_IMAGES);
}

INLINED void layer_backward(float *dx, const float *dy, const float *x,
                            const struct native_layer_norm *norm, int images)
{
    vec mean[NATIVE_NORM_IMAGES], inverse[NATIVE_NORM_IMAGES];
    vec sum[NATIVE_NORM_IMAGES], product[NATIVE_NORM_IMAGES];
    for (int i = 0; i < images; i++) {
        mean[i] = vec_set(norm->image[i].mean);
        inverse[i] = vec_set(norm->image[i].inverse);
        sum[i] = vec_set(norm->image[i].sum);
        product[i] = vec_set(norm->image[i].product);
    }
    for (size_t at = 0; at < (size_t)norm->plane * BLOCK; at += VEC) {
        vec scale = vec_load(norm->scale + at);
        UNROLLED
        for (int i = 0; i < images; i++) {
            size_t to = (size_t)i * norm->stride + at;
            vec g = vec_sub(vec_mul(vec_load(dy + to), scale), sum[i]);
            vec rest = vec_fma(vec_sub(vec_load(x + to), mean[i]), product[i], g);
            vec_store(dx + to, vec_mul(rest, inverse[i]));
        }
    }
}

void NATIVE(native_layer_backward)(float *dx, const float *dy, const float *x,
                                   const struct native_layer_norm *norm)
{
    if (norm->images == 1)
        layer_backward(dx, dy, x, norm, 1);
    else
        layer_backward(dx, dy, x, norm, NATIVE_NORM_IMAGES);
}
