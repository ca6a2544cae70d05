/*
 * test_augment_plugins - augmentations that C cells register.
 *
 * Proves: plugins run in order after all built-in changes, each with its own random numbers, which
 * do not depend on other changes, images or threads; built-in changes do not depend on plugins.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/augment.h"

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

static void write_every_second(const void *context, uint8_t *out, const uint8_t *in, int rows,
                               int columns, struct rng *rng)
{
    (void)context;
    (void)in;
    for (int i = 0; i < rows * columns; i += 2) /* the others are not written */
        out[i] = (uint8_t)rng_u32(rng);
}

static void test_plugins_run_in_order(void **state)
{
    (void)state;
    struct plugin_record record = {.numbers = 1}, *const record_at = &record;
    const struct augment_plugin twice = {"twice", &record_at, double_and_draw},
                                more = {"more", NULL, add_one};
    uint8_t in[6 * 5], out[6 * 5], built_in[6 * 5];
    fixture_random_bytes(in, 30, 1);
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
    config =
        (struct augment_config){.plugin_count = 1, .plugins = {{"half", NULL, write_every_second}}};
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

static void test_each_plugin_has_its_own_random_numbers(void **state)
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
static void test_built_in_changes_do_not_depend_on_plugins(void **state)
{
    (void)state;
    const struct augment_config plain = {.rotate = 15, .shift = 3, .elastic = 1};
    struct augment_config plugin = plain;
    plugin.plugins[0] = (struct augment_plugin){"more", NULL, add_one};
    uint8_t in[784], out[784], expected[784];
    fixture_random_bytes(in, 784, 1);
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

enum { IMAGES = 64 };

struct augment_work {
    const struct augment_config *config;
    const uint8_t *in;
    uint8_t (*out)[784];
};

static void augment_task(void *context, int chunk, int worker)
{
    const struct augment_work *work = context;
    (void)worker;
    augment_image(work->config, work->out[chunk], work->in, 28, 28, 3, 2, (uint32_t)chunk);
}

static void test_plugins_do_not_depend_on_threads(void **state)
{
    (void)state;
    static uint8_t in[784], out[2][IMAGES][784];
    const struct augment_config config = {
        .rotate = 15,
        .plugin_count = 2,
        .plugins = {{"half", NULL, write_every_second}, {"more", NULL, add_one}}};
    fixture_random_bytes(in, 784, 1);
    for (int threads = 1; threads <= 3; threads += 2) {
        struct error error;
        struct thread_pool *pool = thread_pool_new(threads, &error);
        struct augment_work work = {&config, in, out[threads > 1]};
        assert_non_null(pool);
        thread_pool_run(pool, augment_task, &work, IMAGES);
        thread_pool_free(&pool);
    }
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    assert_memory_not_equal(out[0][0], out[0][1], 784);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plugins_run_in_order),
        cmocka_unit_test(test_each_plugin_has_its_own_random_numbers),
        cmocka_unit_test(test_built_in_changes_do_not_depend_on_plugins),
        cmocka_unit_test(test_plugins_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
