/*
 * vec_fma of plain C (lanes_plain.h) rounds once: its bits equal those of the C library's fmaf and
 * of the processor's fused multiply-add, if there is one. All NaN count as equal.
 *
 * vec_largest, a tree of two steps, gives the same bits as three comparisons in order, also for
 * NaN, for zeros of both signs and for ties.
 *
 * Directed cases: all triples of special values (zeros, subnormals, limits, infinities, NaN);
 * overflow; normal and subnormal sums whose distance from the midpoint between two floats is too
 * small for a double, so that rounding to a double first gives the wrong float. Random cases: any
 * bits; sums of terms of similar size; sums near midpoints at any scale.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/rng.h"
#include "mnist/nn/native/lanes.h"

enum { RANDOM_CASES = 1000000 };

struct triple {
    float a, b, c;
};

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("fma"))) static float processor_fma(struct triple t)
{
    return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(t.a), _mm_set_ss(t.b), _mm_set_ss(t.c)));
}

static bool processor_has_fma(void)
{
    return __builtin_cpu_supports("fma");
}
#else
/* fmaf compiles to an instruction if the processor has one. */
static float processor_fma(struct triple t)
{
    return fmaf(t.a, t.b, t.c);
}

static bool processor_has_fma(void)
{
    return true;
}
#endif

static bool same(float a, float b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static void assert_fma(const char *what, float got, float want, struct triple t)
{
    if (!same(got, want))
        fail_msg("%a * %a + %a: vec_fma gives %a, %s %a", (double)t.a, (double)t.b, (double)t.c,
                 (double)got, what, (double)want);
}

/* Tests the triple in one lane; the other lanes hold ordinary numbers. */
static void check(struct triple t, int lane)
{
    vec a = vec_set(1.5f), b = vec_set(0.25f), c = vec_set(3);
    a[lane] = t.a;
    b[lane] = t.b;
    c[lane] = t.c;
    vec got = vec_fma(a, b, c);
    for (int i = 0; i < VEC; i++)
        assert_true(i == lane || got[i] == 3.375f);
    assert_fma("fmaf", got[lane], fmaf(t.a, t.b, t.c), t);
    if (processor_has_fma())
        assert_fma("the processor", got[lane], processor_fma(t), t);
}

static void check_signs(float a, float b, float c)
{
    for (int signs = 0; signs < 8; signs++) {
        struct triple t = {signs & 1 ? -a : a, signs & 2 ? -b : b, signs & 4 ? -c : c};
        for (int lane = 0; lane < VEC; lane++)
            check(t, lane);
    }
}

/* ---- directed -------------------------------------------------------------------------------- */

static void special_values(void **state)
{
    (void)state;
    static const float values[] = {0,
                                   0x1p-149f,
                                   0x1.8p-148f,
                                   0x1p-127f,
                                   0x1.fffffcp-127f,
                                   FLT_MIN,
                                   0x1.000002p-126f,
                                   0x1p-75f,
                                   0x1.fffffep-76f,
                                   0x1p-24f,
                                   0.5f,
                                   0x1.fffffep-1f,
                                   1,
                                   0x1.000002p0f,
                                   0x1.fffffep11f,
                                   0x1p63f,
                                   0x1.fffffep63f,
                                   0x1p64f,
                                   0x1p127f,
                                   FLT_MAX,
                                   INFINITY,
                                   NAN};
    enum { COUNT = sizeof values / sizeof values[0] };
    for (int a = 0; a < COUNT; a++)
        for (int b = 0; b < COUNT; b++)
            for (int c = 0; c < COUNT; c++)
                check_signs(values[a], values[b], values[c]);
}

/* Infinity begins at the largest float plus half of its last place. */
static void overflow(void **state)
{
    (void)state;
    check_signs(0x1p51f, 0x1p52f, FLT_MAX);                        /* exactly at the limit */
    check_signs(0x1.000002p51f, 0x1.fffffcp51f, FLT_MAX);          /* just below */
    check_signs(0x1.fffffep63f, 0x1.000002p64f, FLT_MAX);          /* far above */
    check_signs(0x1.fffffep63f, 0x1.000002p64f, -0x1.fffffep127f); /* cancels the excess */
}

/* A triple whose product is 2^exponent (1 - 2^-46), or 2^exponent if exact. */
static struct triple near_power(int exponent, bool exact, float c)
{
    float a = exact ? 1 : 0x1.000002p0f, b = exact ? 1 : 0x1.fffffcp-1f;
    int half = exponent / 2;
    return (struct triple){ldexpf(a, half), ldexpf(b, exponent - half), c};
}

static void sums_next_to_a_midpoint(void **state)
{
    (void)state;
    static const float odd_and_even[] = {0x1.000002p0f, 0x1.000004p0f, 0x1.fffffep0f, 1, 0x1.8p0f};
    for (int exact = 0; exact < 2; exact++)
        for (int i = 0; i < 5; i++)
            for (int scale = -126; scale <= 127; scale++) {
                struct triple t = near_power(scale - 24, exact, ldexpf(odd_and_even[i], scale));
                check_signs(t.a, t.b, t.c);
            }
    /* By hand: the sum exceeds the midpoint of 1 and 1 + 2^-23 by 2^-70; a double loses this
       excess. */
    struct triple t = near_power(-24, false, 0x1.000002p0f);
    assert_true((double)-t.a * (double)t.b + (double)t.c == 0x1.000001p0);
    assert_true(vec_fma(vec_set(-t.a), vec_set(t.b), vec_set(t.c))[0] == 0x1.000002p0f);
}

static void subnormal_sums_next_to_a_midpoint(void **state)
{
    (void)state;
    static const int units[] = {0,        1,        2,        3,        4,        5,
                                0x3ffffe, 0x3fffff, 0x400000, 0x7ffffe, 0x7fffff, 0x800000};
    for (int exact = 0; exact < 2; exact++)
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            for (int exponent = -152; exponent <= -148; exponent++) {
                struct triple t = near_power(exponent, exact, ldexpf((float)units[i], -149));
                check_signs(t.a, t.b, t.c);
            }
    /* By hand: the sum exceeds the midpoint between 0x3ffffe and 0x3fffff units by 2^-196; a double
       loses this excess, and its last 29 bits do not show that it is a midpoint. */
    struct triple t = near_power(-150, false, ldexpf(0x3fffff, -149));
    double sum = (double)-t.a * (double)t.b + (double)t.c;
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    assert_true(sum == ldexp(0x7ffffd, -150) && (bits & 0x1fffffff) != 0x10000000);
    assert_true(vec_fma(vec_set(-t.a), vec_set(t.b), vec_set(t.c))[0] == t.c);
}

/* ---- random ---------------------------------------------------------------------------------- */

static float any_float(struct rng *rng)
{
    uint32_t bits = rng_u32(rng);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float scaled(struct rng *rng, int exponent)
{
    float fraction = ldexpf((float)(0x800000 + rng_below(rng, 0x800000)), -23);
    return ldexpf(rng_below(rng, 2) == 0 ? fraction : -fraction, exponent);
}

/* Tests RANDOM_CASES vectors with a different triple in each lane. */
static void check_random(struct triple (*draw)(struct rng *rng), uint32_t item)
{
    struct rng rng = rng_stream(1, RNG_SAMPLE, 0, item);
    bool processor = processor_has_fma();
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct triple t[VEC];
        vec a = vec_zero(), b = a, c = a;
        for (int lane = 0; lane < VEC; lane++) {
            t[lane] = draw(&rng);
            a[lane] = t[lane].a;
            b[lane] = t[lane].b;
            c[lane] = t[lane].c;
        }
        vec got = vec_fma(a, b, c);
        for (int lane = 0; lane < VEC; lane++) {
            assert_fma("fmaf", got[lane], fmaf(t[lane].a, t[lane].b, t[lane].c), t[lane]);
            if (processor)
                assert_fma("the processor", got[lane], processor_fma(t[lane]), t[lane]);
        }
    }
}

static struct triple draw_any(struct rng *rng)
{
    return (struct triple){any_float(rng), any_float(rng), any_float(rng)};
}

static struct triple draw_alike(struct rng *rng)
{
    int a = (int)rng_below(rng, 150) - 75, b = (int)rng_below(rng, 150) - 75;
    int c = a + b + (int)rng_below(rng, 60) - 30;
    return (struct triple){scaled(rng, a), scaled(rng, b),
                           scaled(rng, c < -149  ? -149
                                       : c > 127 ? 127
                                                 : c)};
}

/* (2^23 + i) (2^24 - 2i) = 2^47 - 2 i^2: slightly less than half of c's last place. */
static struct triple draw_midpoint(struct rng *rng)
{
    uint32_t i = rng_below(rng, rng_below(rng, 2) == 0 ? 300 : 5000);
    int last = (int)rng_below(rng, 149 + 104) - 149; /* exponent of c's last place */
    int half = (last - 48) / 2;
    float c = ldexpf((float)rng_below(rng, 1 << 24), last);
    float a = ldexpf((float)((1 << 23) + i), half), sign = rng_below(rng, 2) == 0 ? 1 : -1;
    return (struct triple){sign * a, ldexpf((float)((1 << 24) - 2 * i), last - 48 - half), c};
}

static void any_bits(void **state)
{
    (void)state;
    check_random(draw_any, 1);
}

static void terms_of_similar_size(void **state)
{
    (void)state;
    check_random(draw_alike, 2);
}

static void near_midpoints_at_any_scale(void **state)
{
    (void)state;
    check_random(draw_midpoint, 3);
}

/* ---- the largest of four --------------------------------------------------------------------- */

static vec with_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return vec_set(value);
}

static void largest_of_four(void **state)
{
    (void)state;
    /* 0, -0, 1, -1, the infinities, and three different NaN. */
    static const uint32_t bits[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000,
                                    0xff800000, 0x7fc00001, 0x7fc00002, 0xffc00003};
    enum { COUNT = sizeof bits / sizeof bits[0] };
    for (int i = 0; i < COUNT * COUNT * COUNT * COUNT; i++) {
        vec values[4] = {with_bits(bits[i % COUNT]), with_bits(bits[i / COUNT % COUNT]),
                         with_bits(bits[i / COUNT / COUNT % COUNT]),
                         with_bits(bits[i / COUNT / COUNT / COUNT])};
        ivec want_number = ivec_set(0), number;
        vec want = values[0];
        for (int k = 1; k < 4; k++)
            want = vec_larger(want, values[k], &want_number, ivec_set(k));
        vec got = vec_largest(values[0], values[1], values[2], values[3], &number);
        assert_memory_equal(&got, &want, sizeof got);
        assert_memory_equal(&number, &want_number, sizeof number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(largest_of_four),
        cmocka_unit_test(special_values),
        cmocka_unit_test(overflow),
        cmocka_unit_test(sums_next_to_a_midpoint),
        cmocka_unit_test(subnormal_sums_next_to_a_midpoint),
        cmocka_unit_test(any_bits),
        cmocka_unit_test(terms_of_similar_size),
        cmocka_unit_test(near_midpoints_at_any_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
