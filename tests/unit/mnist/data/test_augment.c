/*
 * test_augment - the built-in augmentations.
 *
 * Proves: an identity change gives the identical image; shifts by whole pixels and rotations by 90
 * and 180 degrees are as computed by hand; a shift by half a pixel gives the mean of two pixels;
 * every change agrees with the formula of augment.h in double precision to within about one grey
 * level; random parameters cover their ranges, and each depends on its own random number only;
 * positions outside read 0 at every size; the sine has an error of at most one unit; the images are
 * reproducible to the last bit (a checksum that must never change). Limits are checked.
 * test_augment_plugins.c has the tests of plugins.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/augment.h"

#include <inttypes.h>
#include <math.h>

enum { ONE = 65536 };

static const struct augment_change no_change = {.scale = ONE};

static void test_identity(void **state)
{
    (void)state;
    static const int sides[][2] = {{1, 1}, {1, 9}, {2, 3}, {28, 28}, {27, 24}, {256, 256}};
    static uint8_t in[256 * 256], out[256 * 256];
    for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++) {
        int rows = sides[s][0], columns = sides[s][1];
        fixture_random_bytes(in, rows * columns, (uint32_t)s);
        augment_apply(&no_change, out, in, rows, columns);
        assert_memory_equal(out, in, (size_t)(rows * columns));
        struct augment_config none = {0};
        augment_image(&none, out, in, rows, columns, 1, 2, 3);
        assert_memory_equal(out, in, (size_t)(rows * columns));
    }
}

static void test_shift_by_hand(void **state)
{
    (void)state;
    static const uint8_t in[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint8_t right_and_down[] = {0, 0, 0, 0, 1, 2, 0, 4, 5},
                         left_two[] = {3, 0, 0, 6, 0, 0, 9, 0, 0};
    uint8_t out[9];
    struct augment_change change = no_change;
    change.shift_x = change.shift_y = ONE;
    augment_apply(&change, out, in, 3, 3);
    assert_memory_equal(out, right_and_down, 9);
    change = no_change;
    change.shift_x = -2 * ONE;
    augment_apply(&change, out, in, 3, 3);
    assert_memory_equal(out, left_two, 9);
    change.shift_x = 100 * ONE;
    augment_apply(&change, out, in, 3, 3);
    assert_memory_equal(out, (uint8_t[9]){0}, 9);
}

static void test_shift_by_half_a_pixel(void **state)
{
    (void)state;
    static const uint8_t in[] = {10, 20, 40}, shifted[] = {5, 15, 30};
    uint8_t out[3];
    struct augment_change change = no_change;
    change.shift_x = ONE / 2;
    augment_apply(&change, out, in, 1, 3);
    assert_memory_equal(out, shifted, 3);
}

/* Counter-clockwise on the screen. */
static void test_rotation_by_hand(void **state)
{
    (void)state;
    static const uint8_t in[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint8_t quarter[] = {3, 6, 9, 2, 5, 8, 1, 4, 7},
                         half[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    static const uint8_t back[] = {7, 4, 1, 8, 5, 2, 9, 6, 3};
    uint8_t out[9];
    struct augment_change change = no_change;
    change.angle = 90 * ONE;
    augment_apply(&change, out, in, 3, 3);
    assert_memory_equal(out, quarter, 9);
    change.angle = -90 * ONE;
    augment_apply(&change, out, in, 3, 3);
    assert_memory_equal(out, back, 9);
    change.angle = 180 * ONE;
    augment_apply(&change, out, in, 3, 3);
    assert_memory_equal(out, half, 9);
}

static double sample(const uint8_t *in, int rows, int columns, double x, double y)
{
    double sum = 0;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            sum += in[i * columns + j] * fmax(0, 1 - fabs(x - j)) * fmax(0, 1 - fabs(y - i));
    return sum;
}

/* The formula of augment.h in double precision, on a smooth image, where 1/256 of a pixel has
   little effect. */
static void test_against_the_formula(void **state)
{
    (void)state;
    enum { ROWS = 20, COLS = 24 };
    const double degree = acos(-1) / 180;
    uint8_t in[ROWS * COLS], out[ROWS * COLS];
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLS; j++)
            in[i * COLS + j] = (uint8_t)(128 + 60 * sin(0.4 * i + 1) + 60 * cos(0.3 * j));
    struct augment_config config = {
        .rotate = 40, .shift = 5, .scale = 0.4, .stretch = 0.25, .shear = 30};
    for (uint32_t index = 0; index < 200; index++) {
        struct augment_change change = augment_draw(&config, 3, 1, index);
        augment_apply(&change, out, in, ROWS, COLS);
        double angle = change.angle / (double)ONE * degree,
               shear = tan(change.shear / (double)ONE * degree);
        double scale = change.scale / (double)ONE, stretch = change.stretch / (double)ONE,
               middle_x = (COLS - 1) / 2.0, middle_y = (ROWS - 1) / 2.0;
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < COLS; j++) {
                double dx = j - middle_x - change.shift_x / (double)ONE;
                double dy = i - middle_y - change.shift_y / (double)ONE;
                double y = (sin(angle) * dx + cos(angle) * dy) / (scale * (1 - stretch));
                double x =
                    (cos(angle) * dx - sin(angle) * dy) / (scale * (1 + stretch)) - shear * y;
                double expected = sample(in, ROWS, COLS, x + middle_x, y + middle_y);
                assert_true(fabs(out[i * COLS + j] - expected) < 2.5);
            }
    }
}

static void test_random_parameters_cover_their_ranges(void **state)
{
    (void)state;
    struct augment_config config = {
        .rotate = 15, .shift = 3, .scale = 0.15, .stretch = 0.1, .shear = 10, .elastic = 1};
    int32_t low[6] = {0}, high[6] = {0};
    for (uint32_t index = 0; index < 3000; index++) {
        struct augment_change c = augment_draw(&config, 1, 1, index);
        int32_t values[6] = {c.angle, c.shift_x, c.shift_y, c.scale - ONE, c.shear, c.stretch};
        for (int k = 0; k < 6; k++) {
            low[k] = values[k] < low[k] ? values[k] : low[k];
            high[k] = values[k] > high[k] ? values[k] : high[k];
        }
    }
    const double most[6] = {15, 3, 3, 0.15, 10, 0.1};
    for (int k = 0; k < 6; k++) {
        assert_true(high[k] <= most[k] * ONE + 1 && high[k] > 0.99 * most[k] * ONE);
        assert_true(low[k] >= -most[k] * ONE - 1 && low[k] < -0.99 * most[k] * ONE);
    }
}

/* Switching off the rotation does not affect the other parameters. */
static void test_parameters_are_independent(void **state)
{
    (void)state;
    struct augment_config all = {.rotate = 15,
                                 .shift = 3,
                                 .scale = 0.15,
                                 .stretch = 0.1,
                                 .shear = 10,
                                 .elastic = 1},
                          some = all;
    some.rotate = 0;
    some.scale = 0;
    some.stretch = 0;
    struct augment_change a = augment_draw(&all, 1, 2, 3), b = augment_draw(&some, 1, 2, 3);
    assert_int_equal(b.angle, 0);
    assert_int_equal(b.scale, ONE);
    assert_int_equal(b.stretch, 0);
    assert_int_equal(a.shift_x, b.shift_x);
    assert_int_equal(a.shift_y, b.shift_y);
    assert_int_equal(a.shear, b.shear);
    assert_memory_equal(a.field.counter, b.field.counter, sizeof a.field.counter);
    struct augment_change c = augment_draw(&all, 1, 3, 3), d = augment_draw(&all, 2, 2, 3);
    assert_true(a.angle != c.angle && a.angle != d.angle);
}

/* Each pixel is read from at most `elastic` pixels away: a ramp changes by no more than that times
   its slope. */
static void test_elastic(void **state)
{
    (void)state;
    enum { SIDE = 29 };
    uint8_t in[SIDE * SIDE], out[SIDE * SIDE];
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            in[i * SIDE + j] = (uint8_t)(8 * j);
    struct augment_config config = {.elastic = 2};
    int largest = 0;
    for (uint32_t index = 0; index < 50; index++) {
        augment_image(&config, out, in, SIDE, SIDE, 1, 1, index);
        for (int i = 2; i < SIDE - 2; i++)
            for (int j = 2; j < SIDE - 3; j++) {
                int moved = abs(out[i * SIDE + j] - in[i * SIDE + j]);
                assert_true(moved <= 16);
                largest = moved > largest ? moved : largest;
                int step = out[i * SIDE + j + 1] - out[i * SIDE + j];
                assert_true(step >= 8 - 8 * 4 / AUGMENT_KNOT - 2 &&
                            step <= 8 + 8 * 4 / AUGMENT_KNOT + 2);
            }
    }
    assert_true(largest >= 13);
}

/* The largest changes on the largest and smallest images: nothing outside is read
   (AddressSanitizer sees). */
static void test_largest_changes(void **state)
{
    (void)state;
    struct augment_config most = {.rotate = AUGMENT_ROTATE_MAX,
                                  .shift = AUGMENT_SHIFT_MAX,
                                  .scale = AUGMENT_SCALE_MAX,
                                  .stretch = AUGMENT_STRETCH_MAX,
                                  .shear = AUGMENT_SHEAR_MAX,
                                  .elastic = AUGMENT_ELASTIC_MAX};
    static const int sides[][2] = {{1, 1}, {1, 256}, {256, 1}, {7, 8}, {9, 17}, {256, 256}};
    for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++) {
        size_t size = (size_t)(sides[s][0] * sides[s][1]);
        uint8_t *in = malloc(size), *out = malloc(size);
        assert_true(in != NULL && out != NULL);
        memset(in, 255, size);
        for (uint32_t index = 0; index < 100; index++)
            augment_image(&most, out, in, sides[s][0], sides[s][1], 1, 1, index);
        free(in);
        free(out);
    }
}

static void test_sine(void **state)
{
    (void)state;
    const double degree = acos(-1) / 180;
    for (int32_t angle = -360 * ONE; angle <= 360 * ONE; angle += 4099) {
        double expected = sin(angle / (double)ONE * degree) * ONE;
        assert_true(fabs(augment_sine(angle) - expected) < 1);
    }
    assert_int_equal(augment_sine(0), 0);
    assert_int_equal(augment_sine(30 * ONE), ONE / 2);
    assert_int_equal(augment_sine(90 * ONE), ONE);
    assert_int_equal(augment_sine(180 * ONE), 0);
    assert_int_equal(augment_sine(-90 * ONE), -ONE);
}

/* FNV-1a */
static uint64_t hash_update(uint64_t hash, const uint8_t *bytes, int size)
{
    for (int i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

static const uint64_t hash_seed = 14695981039346656037u;

static void test_images_are_reproducible(void **state)
{
    (void)state;
    uint8_t in[784], out[784];
    uint64_t hash = hash_seed;
    struct augment_config config = {
        .rotate = 15, .shift = 3, .scale = 0.15, .shear = 10, .elastic = 1};
    for (uint32_t index = 0; index < 100; index++) {
        fixture_random_bytes(in, 784, index);
        augment_image(&config, out, in, 28, 28, 42, 1, index);
        hash = hash_update(hash, out, 784);
    }
    assert_true(hash == 0x5eae0726088f0d01);
}

/* The checksum is that of the first implementation, which processed one pixel after the other. */
static void test_images_of_all_sizes_are_reproducible(void **state)
{
    (void)state;
    static const int sides[][2] = {{1, 1},   {1, 9},   {9, 1},   {5, 31},  {24, 24},
                                   {27, 28}, {28, 28}, {29, 30}, {64, 20}, {256, 256}};
    static const struct augment_config configs[] = {
        {.rotate = 15, .shift = 3, .scale = 0.15, .shear = 10},
        {.rotate = 180, .shift = 16, .scale = 0.5, .shear = 45},
        {.rotate = 180, .shift = 16, .scale = 0.5, .shear = 45, .elastic = 4},
        {.elastic = 1},
    };
    static uint8_t in[256 * 256], out[256 * 256];
    uint64_t hash = hash_seed;
    for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++)
        for (size_t c = 0; c < sizeof configs / sizeof configs[0]; c++)
            for (uint32_t index = 0; index < (sides[s][0] == 256 ? 5u : 100u); index++) {
                int rows = sides[s][0], columns = sides[s][1];
                fixture_random_bytes(in, rows * columns, index);
                augment_image(&configs[c], out, in, rows, columns, 42, (uint32_t)c, index);
                hash = hash_update(hash, out, rows * columns);
            }
    if (hash != 0x2265e95fd8b098b8)
        fail_msg("hash is 0x%016" PRIx64, hash);
}

static void test_limits(void **state)
{
    (void)state;
    struct error error;
    struct augment_config config = {
        .rotate = 180, .shift = 16, .scale = 0.5, .stretch = 0.3, .shear = 45, .elastic = 4};
    assert_true(augment_check(&config, &error));
    config.scale = 0.51;
    assert_false(augment_check(&config, &error));
    assert_string_equal(error.text, "scale must be 0 to 0.5, not 0.51");
    config = (struct augment_config){.stretch = 0.31};
    assert_false(augment_check(&config, &error));
    assert_string_equal(error.text, "stretch must be 0 to 0.3, not 0.31");
    config = (struct augment_config){.rotate = -1};
    assert_false(augment_check(&config, &error));
    config = (struct augment_config){.shear = NAN};
    assert_false(augment_check(&config, &error));
    config = (struct augment_config){0};
    assert_true(augment_check(&config, &error));
    assert_false(augment_active(&config));
    config.elastic = 0.1;
    assert_true(augment_active(&config));
    config = (struct augment_config){.stretch = 0.1};
    assert_true(augment_active(&config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_shift_by_hand),
        cmocka_unit_test(test_shift_by_half_a_pixel),
        cmocka_unit_test(test_rotation_by_hand),
        cmocka_unit_test(test_against_the_formula),
        cmocka_unit_test(test_random_parameters_cover_their_ranges),
        cmocka_unit_test(test_parameters_are_independent),
        cmocka_unit_test(test_elastic),
        cmocka_unit_test(test_largest_changes),
        cmocka_unit_test(test_sine),
        cmocka_unit_test(test_images_are_reproducible),
        cmocka_unit_test(test_images_of_all_sizes_are_reproducible),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
