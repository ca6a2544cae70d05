/*
 * groupnorm_kernels - sums and element-wise loops of groupnorm and layernorm over one block.
 *
 * A block is [plane][16]. The channels are the lanes. A sum has CHAINS chains for each lane, of the
 * positions p mod CHAINS, added as a fixed tree: one chain alone would wait for each addition.
 */
#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"

enum { CHAINS = 4 };

struct chains {
    vec sums[CHAINS];
};

INLINED struct chains no_chains(void)
{
    return (struct chains){{vec_zero(), vec_zero(), vec_zero(), vec_zero()}};
}

INLINED vec add_chains(const struct chains *c)
{
    return vec_add(vec_add(c->sums[0], c->sums[1]), vec_add(c->sums[2], c->sums[3]));
}

/* ---- groupnorm ------------------------------------------------------------------------------- */

void NATIVE(native_group_sums)(float *sum, const float *x, int plane)
{
    for (int lane = 0; lane < BLOCK; lane += VEC) {
        struct chains c = no_chains();
        for (int p = 0; p < plane; p += CHAINS)
            UNROLLED
        for (int k = 0; k < CHAINS; k++)
            if (p + k < plane)
                c.sums[k] = vec_add(c.sums[k], vec_load(x + (p + k) * BLOCK + lane));
        vec_store(sum + lane, add_chains(&c));
    }
}

void NATIVE(native_group_squares)(float *squares, const float *x, const float *mean, int plane)
{
    for (int lane = 0; lane < BLOCK; lane += VEC) {
        struct chains c = no_chains();
        vec m = vec_load(mean + lane);
        for (int p = 0; p < plane; p += CHAINS)
            UNROLLED
        for (int k = 0; k < CHAINS; k++)
            if (p + k < plane) {
                vec d = vec_sub(vec_load(x + (p + k) * BLOCK + lane), m);
                c.sums[k] = vec_fma(d, d, c.sums[k]);
            }
        vec_store(squares + lane, add_chains(&c));
    }
}

void NATIVE(native_group_gradient_sums)(float *sum, float *product, const float *dy, const float *x,
                                        const float *mean, int plane)
{
    for (int lane = 0; lane < BLOCK; lane += VEC) {
        struct chains s = no_chains(), q = no_chains();
        vec m = vec_load(mean + lane);
        for (int p = 0; p < plane; p += CHAINS)
            UNROLLED
        for (int k = 0; k < CHAINS; k++)
            if (p + k < plane) {
                vec d = vec_load(dy + (p + k) * BLOCK + lane);
                vec h = vec_sub(vec_load(x + (p + k) * BLOCK + lane), m);
                s.sums[k] = vec_add(s.sums[k], d);
                q.sums[k] = vec_fma(d, h, q.sums[k]);
            }
        vec_store(sum + lane, add_chains(&s));
        vec_store(product + lane, add_chains(&q));
    }
}

/* ---- layernorm ------------------------------------------------------------------------------- */

void NATIVE(native_layer_apply)(float *y, const float *x, const struct native_layer_norm *norm)
{
    vec mean = vec_set(norm->mean), inverse = vec_set(norm->inverse);
    for (int i = 0; i < norm->plane * BLOCK; i += VEC) {
        vec h = vec_mul(vec_sub(vec_load(x + i), mean), inverse);
        vec_store(y + i, vec_fma(h, vec_load(norm->scale + i), vec_load(norm->shift + i)));
    }
}

void NATIVE(native_layer_gradient_sums)(float *sum, float *product, const float *dy, const float *x,
                                        const struct native_layer_norm *norm)
{
    vec mean = vec_set(norm->mean), inverse = vec_set(norm->inverse);
    for (int lane = 0; lane < BLOCK; lane += VEC) {
        struct chains s = no_chains(), q = no_chains();
        for (int p = 0; p < norm->plane; p += CHAINS)
            UNROLLED
        for (int k = 0; k < CHAINS; k++)
            if (p + k < norm->plane) {
                int at = (p + k) * BLOCK + lane;
                vec d = vec_load(dy + at), g = vec_mul(d, vec_load(norm->scale + at));
                vec h = vec_mul(vec_sub(vec_load(x + at), mean), inverse);
                s.sums[k] = vec_add(s.sums[k], g);
                q.sums[k] = vec_fma(g, h, q.sums[k]);
                vec_store(norm->dscale + at, vec_fma(d, h, vec_load(norm->dscale + at)));
                vec_store(norm->dshift + at, vec_add(d, vec_load(norm->dshift + at)));
            }
        vec_store(sum + lane, add_chains(&s));
        vec_store(product + lane, add_chains(&q));
    }
}

void NATIVE(native_layer_backward)(float *dx, const float *dy, const float *x, float sum,
                                   float product, const struct native_layer_norm *norm)
{
    vec mean = vec_set(norm->mean), inverse = vec_set(norm->inverse);
    vec s = vec_set(sum), q = vec_set(product);
    for (int i = 0; i < norm->plane * BLOCK; i += VEC) {
        vec h = vec_mul(vec_sub(vec_load(x + i), mean), inverse);
        vec g = vec_mul(vec_load(dy + i), vec_load(norm->scale + i));
        vec_store(dx + i, vec_mul(vec_sub(vec_sub(g, s), vec_mul(h, q)), inverse));
    }
}
