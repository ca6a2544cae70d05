/*
 * Proves: an identity change gives the identical image; shifts by whole pixels and rotations by 90
 * and 180 degrees are as computed by hand; a shift by half a pixel gives the mean of two pixels;
 * every change agrees with the formula of augment.h in double precision to within about one grey
 * level; random parameters cover their ranges, and each depends on its own random number only;
 * positions outside read 0 at every size; the sine has an error of at most one unit; the images are
 * reproducible to the last bit (a checksum that must never change). Limits are checked. Plugins run
 * in order after all built-in changes, each with its own random numbers, which do not depend on
 * other changes, images or threads; without plugins the result is the same as before.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/augment.h"

#include <inttypes.h>
#include <math.h>

enum { ONE = 65536 };

static const struct augment_change no_change = {.scale = ONE};

static void random_image(uint8_t *image, int size, uint32_t item)
{
    struct rng rng = rng_stream(99, RNG_SAMPLE, 0, item);
    for (int i = 0; i < size; i++)
        image[i] = (uint8_t)rng_u32(&rng);
}

static void test_identity(void **state)
{
    (void)state;
    static const int sides[][2] = {{1, 1}, {1, 9}, {2, 3}, {28, 28}, {27, 24}, {256, 256}};
    static uint8_t in[256 * 256], out[256 * 256];
    for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++) {
        int rows = sides[s][0], columns = sides[s][1];
        random_image(in, rows * columns, (uint32_t)s);
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

static void test_half_a_pixel(void **state)
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
static void test_turns_by_hand(void **state)
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

static void test_draw(void **state)
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
static void test_changes_are_independent(void **state)
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
static void test_extremes(void **state)
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
static uint64_t hash_on(uint64_t hash, const uint8_t *bytes, int size)
{
    for (int i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

static const uint64_t hash_begin = 14695981039346656037u;

static void test_bits_repeat(void **state)
{
    (void)state;
    uint8_t in[784], out[784];
    uint64_t hash = hash_begin;
    struct augment_config config = {
        .rotate = 15, .shift = 3, .scale = 0.15, .shear = 10, .elastic = 1};
    for (uint32_t index = 0; index < 100; index++) {
        random_image(in, 784, index);
        augment_image(&config, out, in, 28, 28, 42, 1, index);
        hash = hash_on(hash, out, 784);
    }
    assert_true(hash == 0x5eae0726088f0d01);
}

/* The checksum is that of the first implementation, which processed one pixel after the other. */
static void test_bits_repeat_in_all_sizes(void **state)
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
    uint64_t hash = hash_begin;
    for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++)
        for (size_t c = 0; c < sizeof configs / sizeof configs[0]; c++)
            for (uint32_t index = 0; index < (sides[s][0] == 256 ? 5u : 100u); index++) {
                int rows = sides[s][0], columns = sides[s][1];
                random_image(in, rows * columns, index);
                augment_image(&configs[c], out, in, rows, columns, 42, (uint32_t)c, index);
                hash = hash_on(hash, out, rows * columns);
            }
    if (hash != 0x2265e95fd8b098b8)
        fail_msg("hash is 0x%016" PRIx64, hash);
}

static void test_check(void **state)
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

/* ---- plugins ---- */

struct plugin_record {
    int numbers;    /* random numbers to generate            */
    uint32_t first; /* first random number of the last image */
};

/* out = 2 in; the context counts and stores its random numbers. */
static void double_and_draw(const void *context, uint8_t *out, const uint8_t *in, int rows,
                            int columns, struct rng *rng)
{
    struct plugin_record *record = *(struct plugin_record *const *)context;
    uint32_t first = rng_u32(rng);
    for (int i = 1; i < record->numbers; i++)
        rng_u32(rng);
    record->first = first;
    for (int i = 0; i < rows * columns; i++)
        out[i] = (uint8_t)(2 * in[i]);
}

static void add_one(const void *context, uint8_t *out, const uint8_t *in, int rows, int columns,
                    struct rng *rng)
{
    (void)context;
    (void)rng;
    for (int i = 0; i < rows * columns; i++)
        out[i] = (uint8_t)(in[i] + 1);
}

static void leave_alone(const void *context, uint8_t *out, const uint8_t *in, int rows, int columns,
                        struct rng *rng)
{
    (void)context;
    (void)in;
    for (int i = 0; i < rows * columns; i += 2) /* the others are not written */
        out[i] = (uint8_t)rng_u32(rng);
}

static void test_own_changes_come_in_order(void **state)
{
    (void)state;
    struct plugin_record record = {.numbers = 1}, *const record_at = &record;
    const struct augment_plugin twice = {"twice", &record_at, double_and_draw},
                                more = {"more", NULL, add_one};
    uint8_t in[6 * 5], out[6 * 5], built_in[6 * 5];
    random_image(in, 30, 1);
    struct augment_config config = {.plugin_count = 2, .plugins = {twice, more}};
    assert_true(augment_active(&config));
    augment_image(&config, out, in, 6, 5, 1, 1, 0);
    for (int i = 0; i < 30; i++)
        assert_int_equal(out[i], (uint8_t)(2 * in[i] + 1));
    config = (struct augment_config){.plugin_count = 2, .plugins = {more, twice}};
    augment_image(&config, out, in, 6, 5, 1, 1, 0);
    for (int i = 0; i < 30; i++)
        assert_int_equal(out[i], (uint8_t)(2 * (in[i] + 1)));
    /* after the built-in changes */
    config = (struct augment_config){.rotate = 30, .shift = 2};
    augment_image(&config, built_in, in, 6, 5, 1, 1, 0);
    config.plugin_count = AUGMENT_PLUGINS_MAX;
    for (int i = 0; i < AUGMENT_PLUGINS_MAX; i++)
        config.plugins[i] = more;
    augment_image(&config, out, in, 6, 5, 1, 1, 0);
    for (int i = 0; i < 30; i++)
        assert_int_equal(out[i], (uint8_t)(built_in[i] + AUGMENT_PLUGINS_MAX));
    /* pixels that the plugin does not write keep their value */
    config = (struct augment_config){.plugin_count = 1, .plugins = {{"half", NULL, leave_alone}}};
    augment_image(&config, out, in, 6, 5, 1, 1, 0);
    for (int i = 1; i < 30; i += 2)
        assert_int_equal(out[i], in[i]);
}

/* The random number of `twice` for an image, when `twice` is plugin number `place` of config. */
static uint32_t first_random(struct augment_config config, int place, const char *name,
                             uint64_t seed, uint32_t epoch, uint32_t index)
{
    struct plugin_record record = {.numbers = 1}, *const record_at = &record;
    uint8_t in[9] = {0}, out[9];
    config.plugins[place] =
        (struct augment_plugin){.context = &record_at, .change = double_and_draw};
    snprintf(config.plugins[place].name, AUGMENT_NAME_SIZE, "%s", name);
    config.plugin_count = place + 1 > config.plugin_count ? place + 1 : config.plugin_count;
    augment_image(&config, out, in, 3, 3, seed, epoch, index);
    return record.first;
}

static void test_own_changes_have_draws_of_their_own(void **state)
{
    (void)state;
    struct plugin_record other = {.numbers = 7}, *const other_at = &other;
    const struct augment_config none = {0}, rotated = {.rotate = 15, .shift = 3, .elastic = 1},
                                preceded = {.plugin_count = 1,
                                            .plugins = {{"other", &other_at, double_and_draw}}};
    const uint32_t expected = first_random(none, 0, "twice", 5, 2, 3);
    assert_int_equal(first_random(none, 0, "twice", 5, 2, 3), expected);
    assert_int_equal(first_random(rotated, 0, "twice", 5, 2, 3), expected);
    assert_int_equal(first_random(preceded, 1, "twice", 5, 2, 3), expected);
    assert_true(other.first != expected);
    assert_true(first_random(none, 0, "twicf", 5, 2, 3) != expected);
    assert_true(first_random(none, 0, "twice", 6, 2, 3) != expected);
    assert_true(first_random(none, 0, "twice", 5, 3, 3) != expected);
    assert_true(first_random(none, 0, "twice", 5, 2, 4) != expected);
}

/* The built-in changes do not depend on plugins. */
static void test_own_changes_leave_the_rest_alone(void **state)
{
    (void)state;
    const struct augment_config plain = {.rotate = 15, .shift = 3, .elastic = 1};
    struct augment_config plugin = plain;
    plugin.plugins[0] = (struct augment_plugin){"more", NULL, add_one};
    uint8_t in[784], out[784], expected[784];
    random_image(in, 784, 1);
    for (uint32_t index = 0; index < 20; index++) {
        augment_image(&plain, expected, in, 28, 28, 1, 1, index);
        augment_image(&plugin, out, in, 28, 28, 1, 1, index); /* plugin_count is 0 */
        assert_memory_equal(out, expected, 784);
        plugin.plugin_count = 1;
        augment_image(&plugin, out, in, 28, 28, 1, 1, index);
        for (int i = 0; i < 784; i++)
            assert_int_equal(out[i], (uint8_t)(expected[i] + 1));
        plugin.plugin_count = 0;
    }
    assert_false(augment_active(&(struct augment_config){0}));
}

enum { OWN_IMAGES = 64 };

struct own_work {
    const struct augment_config *config;
    const uint8_t *in;
    uint8_t (*out)[784];
};

static void augment_task(void *context, int chunk, int worker)
{
    const struct own_work *work = context;
    (void)worker;
    augment_image(work->config, work->out[chunk], work->in, 28, 28, 3, 2, (uint32_t)chunk);
}

static void test_own_changes_on_any_thread(void **state)
{
    (void)state;
    static uint8_t in[784], out[2][OWN_IMAGES][784];
    const struct augment_config config = {
        .rotate = 15,
        .plugin_count = 2,
        .plugins = {{"half", NULL, leave_alone}, {"more", NULL, add_one}}};
    random_image(in, 784, 1);
    for (int threads = 1; threads <= 3; threads += 2) {
        struct error error;
        struct thread_pool *pool = thread_pool_new(threads, &error);
        struct own_work work = {&config, in, out[threads > 1]};
        assert_non_null(pool);
        thread_pool_run(pool, augment_task, &work, OWN_IMAGES);
        thread_pool_free(&pool);
    }
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    assert_memory_not_equal(out[0][0], out[0][1], 784);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_shift_by_hand),
        cmocka_unit_test(test_half_a_pixel),
        cmocka_unit_test(test_turns_by_hand),
        cmocka_unit_test(test_against_the_formula),
        cmocka_unit_test(test_draw),
        cmocka_unit_test(test_changes_are_independent),
        cmocka_unit_test(test_elastic),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_sine),
        cmocka_unit_test(test_bits_repeat),
        cmocka_unit_test(test_bits_repeat_in_all_sizes),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_own_changes_come_in_order),
        cmocka_unit_test(test_own_changes_have_draws_of_their_own),
        cmocka_unit_test(test_own_changes_leave_the_rest_alone),
        cmocka_unit_test(test_own_changes_on_any_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
