/*
 * The margins of decision_fixture.h, by hand: relus, windows with and without padding, windows
 * after a relu. The hash changes exactly if a decision changes. Generated images keep the requested
 * margin, on the reference engine too.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/mnist/nn/decision_fixture.h"

/* The margin of one image, not divided by the root mean square; hash as in decisions_margin. */
static double margin_of(const char *text, struct shape shape, const float *x, uint64_t *hash)
{
    struct memory_images images = memory_images_make(shape, 1, 1);
    size_t count = shape_size(shape);
    double squares = 0;
    memcpy(images.x, x, count * sizeof *x);
    for (size_t i = 0; i < count; i++)
        squares += (double)x[i] * (double)x[i];
    struct network *network = network_from_text(text, shape, 1);
    struct decisions *decisions = decisions_new(engine_default(), text, shape, 1);
    double margin = decisions_margin(decisions, network_values(network), &images, hash);
    decisions_free(&decisions);
    network_free(&network);
    memory_images_release(&images);
    return margin * sqrt(squares / (double)count);
}

static void assert_margin(const char *text, const float x[16], double want)
{
    double got = margin_of(text, (struct shape){1, 4, 4}, x, NULL);
    if (!(fabs(got - want) < 1e-6))
        fail_msg("%s: the margin is %g, not %g", text, got, want);
}

static void margins_are_as_by_hand(void **state)
{
    (void)state;
    /* clang-format off */
    static const float x[16] = { 1, 8,     -3,    -4,
                                 5, 2,     -1,    -2.5f,
                                -9, 1,      0.5f, -8,
                                 2, 1.75f, -7,     4};
    /* clang-format on */
    assert_margin("relu; dense 10", x, 0.5);
    assert_margin("maxpool 2; dense 10", x, 2 - 1.75);
    assert_margin("maxpool 3 stride=2 pad=1; dense 10", x, 4 - 2);
    assert_margin("globalpool max; dense 10", x, 3);
}

static void windows_without_gradient_do_not_count(void **state)
{
    (void)state;
    static const float x[16] = {1, 8, -3, -3, 5, 2, -3, -3, -9, 3, 4, -8, 6, 1, -7, 9};
    assert_margin("maxpool 2; dense 10", x, 0);
    assert_margin("relu; dense 10", x, 1);
    double after_relu = margin_of("relu; maxpool 2; dense 10", (struct shape){1, 4, 4}, x, NULL);
    assert_true(after_relu >= 1);
}

static void hash_tells_decisions_apart(void **state)
{
    (void)state;
    static const struct shape shape = {1, 2, 2};
    static const float x[3][4] = {{1, 2, 3, -1}, {1.5f, 1, 2, -3}, {1, 3, 2, -1}};
    uint64_t relu[3], pool[3];
    for (int i = 0; i < 3; i++) {
        margin_of("relu; dense 10", shape, x[i], &relu[i]);
        margin_of("maxpool 2; dense 10", shape, x[i], &pool[i]);
    }
    assert_true(relu[0] == relu[1] && relu[1] == relu[2]);
    assert_true(pool[0] == pool[1] && pool[1] != pool[2]);
}

static void chosen_images_keep_their_margin(void **state)
{
    (void)state;
    static const char *const texts[] = {"conv 5 3x3; relu; maxpool 2; dense 10",
                                        "conv 3 3x3; batchnorm; relu; dense 10"};
    static const struct shape shape = {2, 7, 8};
    for (int i = 0; i < 2; i++) {
        struct memory_images images = decided_images_make(texts[i], shape, 1, 20, 1e-4);
        struct network *network = network_from_text(texts[i], shape, 1);
        struct decisions *decisions = decisions_new(&engine_openblas, texts[i], shape, 20);
        assert_true(decisions_margin(decisions, network_values(network), &images, NULL) > 9e-5);
        decisions_free(&decisions);
        network_free(&network);
        memory_images_release(&images);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(margins_are_as_by_hand),
        cmocka_unit_test(windows_without_gradient_do_not_count),
        cmocka_unit_test(hash_tells_decisions_apart),
        cmocka_unit_test(chosen_images_keep_their_margin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
