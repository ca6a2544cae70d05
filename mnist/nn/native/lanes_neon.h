/*
 * lanes_neon - NEON: 4 lanes; masks are vectors.
 *
 * Included only by lanes.h. lanes_avx512.h documents each function.
 */
#ifndef MNIST_NN_NATIVE_LANES_NEON_H
#define MNIST_NN_NATIVE_LANES_NEON_H

#include <arm_neon.h>
#define NATIVE(name) name##_neon
enum { VEC = 4, REGISTERS = 32 };
typedef float32x4_t vec;
typedef int32x4_t ivec;
typedef uint32x4_t vmask;

INLINED vec vec_load(const float *p)
{
    return vld1q_f32(p);
}
INLINED void vec_store(float *p, vec a)
{
    vst1q_f32(p, a);
}
INLINED vec vec_set(float a)
{
    return vdupq_n_f32(a);
}
INLINED vec vec_fma(vec a, vec b, vec c)
{
    return vfmaq_f32(c, a, b);
}
INLINED vec vec_add(vec a, vec b)
{
    return vaddq_f32(a, b);
}
INLINED vec vec_sub(vec a, vec b)
{
    return vsubq_f32(a, b);
}
INLINED vec vec_mul(vec a, vec b)
{
    return vmulq_f32(a, b);
}
INLINED vec vec_div(vec a, vec b)
{
    return vdivq_f32(a, b);
}
INLINED vec vec_min(vec a, vec b)
{
    return vbslq_f32(vcltq_f32(a, b), a, b);
}
INLINED vec vec_max(vec a, vec b)
{
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}
INLINED vec vec_minus_abs(vec a)
{
    return vnegq_f32(vabsq_f32(a));
}
INLINED vec vec_exponent_from_bits(vec a)
{
    return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(a), 23));
}
INLINED vmask vec_below(vec a, vec b)
{
    return vorrq_u32(vcgtq_f32(b, a), vmvnq_u32(vceqq_f32(b, b)));
}
INLINED vmask vec_positive(vec a)
{
    return vcgtq_f32(a, vdupq_n_f32(0));
}
INLINED vec vec_select(vmask mask, vec a, vec b)
{
    return vbslq_f32(mask, a, b);
}
INLINED vec vec_select_signed(vec sign, vec a, vec b)
{
    return vbslq_f32(vcltzq_s32(vreinterpretq_s32_f32(sign)), a, b);
}
INLINED ivec ivec_select(vmask mask, ivec a, ivec b)
{
    return vbslq_s32(mask, a, b);
}
INLINED ivec ivec_set(int32_t a)
{
    return vdupq_n_s32(a);
}
INLINED void ivec_store_bytes(uint8_t *p, ivec a)
{
    int32_t lanes[4];
    vst1q_s32(lanes, a);
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)lanes[i];
}
INLINED ivec ivec_load_bytes(const uint8_t *p)
{
    return (ivec){p[0], p[1], p[2], p[3]};
}
INLINED vec vec_pick4(const float *values, ivec index)
{
    return (vec){values[index[0]], values[index[1]], values[index[2]], values[index[3]]};
}
INLINED void vec_store_pairs(void *p, vec a, vec b)
{
    vst2q_f32(p, (float32x4x2_t){{a, b}});
}
INLINED vmask words_at_least(const uint16_t *p, uint32_t limit)
{
    return vcgeq_u32((uint32x4_t){p[0], p[1], p[2], p[3]}, vdupq_n_u32(limit));
}
INLINED uint32_t vec_nonzero(vec a)
{
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits |= (uint32_t)(a[i] != 0) << i;
    return bits;
}

#endif
