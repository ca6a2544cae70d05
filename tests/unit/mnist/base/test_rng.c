/*
 * test_rng - Philox4x32-10, streams and distributions.
 *
 * Proves: the block function agrees with the known-answer vectors of Random123; streams depend on
 * each of seed, use, epoch and item, and are independent; rng_fill equals repeated rng_u32;
 * rng_below is within its limit and uniform; rng_uniform is in [0, 1) on a grid of 2^-24; a shuffle
 * is a permutation, and all permutations are equally frequent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/rng.h"

static void test_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t v = 0; v < sizeof vectors / sizeof vectors[0]; v++) {
        struct rng rng = {.used = 4};
        memcpy(rng.counter, vectors[v].counter, sizeof rng.counter);
        memcpy(rng.key, vectors[v].key, sizeof rng.key);
        for (int i = 0; i < 4; i++)
            assert_int_equal(rng_u32(&rng), vectors[v].answer[i]);
    }
}

static void test_stream_layout(void **state)
{
    (void)state;
    struct rng rng = rng_stream(0x1122334455667788, RNG_AUGMENT, 3, 17);
    const uint32_t counter[4] = {0, 17, 3, RNG_AUGMENT}, key[2] = {0x55667788, 0x11223344};
    assert_memory_equal(rng.counter, counter, sizeof counter);
    assert_memory_equal(rng.key, key, sizeof key);
    for (int i = 0; i < 9; i++)
        rng_u32(&rng);
    assert_int_equal(rng.counter[0], 3);
}

/* From every position in a block, for every count up to some blocks; then the stream continues. */
static void test_fill(void **state)
{
    (void)state;
    for (int before = 0; before < 6; before++)
        for (uint32_t count = 0; count < 20; count++) {
            struct rng rng = rng_stream(5, RNG_SAMPLE, 1, count), one_by_one = rng;
            uint32_t words[21];
            for (int i = 0; i < before; i++)
                assert_int_equal(rng_u32(&rng), rng_u32(&one_by_one));
            words[count] = 17;
            rng_fill(&rng, words, count);
            for (uint32_t i = 0; i < count; i++)
                assert_int_equal(words[i], rng_u32(&one_by_one));
            assert_int_equal(words[count], 17);
            for (int i = 0; i < 5; i++)
                assert_int_equal(rng_u32(&rng), rng_u32(&one_by_one));
        }
}

static uint64_t first_words(struct rng rng)
{
    uint64_t high = rng_u32(&rng);
    return high << 32 | rng_u32(&rng);
}

/* Each part of the identifier changes the stream; reading one stream does not affect others. */
static void test_streams_differ(void **state)
{
    (void)state;
    uint64_t words[] = {
        first_words(rng_stream(1, RNG_INIT, 0, 0)),
        first_words(rng_stream(2, RNG_INIT, 0, 0)),
        first_words(rng_stream(1ull << 32 | 1, RNG_INIT, 0, 0)),
        first_words(rng_stream(1, RNG_SHUFFLE, 0, 0)),
        first_words(rng_stream(1, RNG_INIT, 1, 0)),
        first_words(rng_stream(1, RNG_INIT, 0, 1)),
    };
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(words[i] != words[j]);
    assert_true(words[0] == first_words(rng_stream(1, RNG_INIT, 0, 0)));
}

static void test_below(void **state)
{
    (void)state;
    struct rng rng = rng_stream(7, RNG_SAMPLE, 0, 0);
    enum { LIMIT = 6, DRAWS = 60000 };
    int count[LIMIT] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint32_t value = rng_below(&rng, LIMIT);
        assert_true(value < LIMIT);
        count[value]++;
    }
    /* Chi squared with 5 degrees of freedom is above 20.5 once in a thousand seeds; this seed is
       fixed. */
    double chi = 0, expected = (double)DRAWS / LIMIT;
    for (int i = 0; i < LIMIT; i++)
        chi += (count[i] - expected) * (count[i] - expected) / expected;
    assert_true(chi < 20.5);
    for (int i = 0; i < 100; i++)
        assert_int_equal(rng_below(&rng, 1), 0);
    for (int i = 0; i < 100; i++)
        assert_true(rng_below(&rng, UINT32_MAX) < UINT32_MAX);
}

/* Without rejection a limit of 3 * 2^30 would give every third value twice as often. */
static void test_below_is_even_for_large_limits(void **state)
{
    (void)state;
    struct rng rng = rng_stream(8, RNG_SAMPLE, 0, 0);
    int count[3] = {0};
    for (int i = 0; i < 30000; i++)
        count[rng_below(&rng, 3u << 30) % 3]++;
    for (int i = 0; i < 3; i++)
        assert_in_range(count[i], 9700, 10300);
}

static void test_uniform(void **state)
{
    (void)state;
    struct rng rng = rng_stream(9, RNG_SAMPLE, 0, 0);
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        float value = rng_uniform(&rng);
        assert_true(value >= 0 && value < 1);
        assert_true(value * 0x1p24f == (float)(int)(value * 0x1p24f));
        sum += (double)value;
    }
    assert_true(sum / 100000 > 0.497 && sum / 100000 < 0.503);
}

static void test_shuffle(void **state)
{
    (void)state;
    int seen[6] = {0};
    for (uint32_t trial = 0; trial < 6000; trial++) {
        struct rng rng = rng_stream(10, RNG_SHUFFLE, 0, trial);
        uint32_t items[3] = {0, 1, 2};
        rng_shuffle(&rng, items, 3);
        assert_int_equal(1 << items[0] | 1 << items[1] | 1 << items[2], 7);
        seen[items[0] * 2 + (items[1] > items[2])]++;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(seen[i], 880, 1120);
    struct rng rng = rng_stream(1, RNG_SHUFFLE, 0, 0);
    uint32_t one = 5;
    rng_shuffle(&rng, &one, 0);
    rng_shuffle(&rng, &one, 1);
    assert_int_equal(one, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_stream_layout),
        cmocka_unit_test(test_fill),          cmocka_unit_test(test_streams_differ),
        cmocka_unit_test(test_below),         cmocka_unit_test(test_below_is_even_for_large_limits),
        cmocka_unit_test(test_uniform),       cmocka_unit_test(test_shuffle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
