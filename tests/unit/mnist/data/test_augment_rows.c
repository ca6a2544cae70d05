/*
 * Proves: every version of augment_rows that this machine can run, and augment_apply, give the
 * bytes of a reference that processes pixel by pixel in 64-bit integers, without padding, and
 * generates the bend's moves one by one. Sizes are around the ends of vectors, knots and versions;
 * changes are random ones of all kinds and the largest ones, including rejected random numbers.
 * Nothing is written past the output; AddressSanitizer checks reads past the input.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/augment_rows.h"

enum { ONE = 65536, GUARD = 64 };

static const int sides[][2] = {{1, 1},   {1, 9},   {9, 1},   {2, 2},   {5, 31},  {7, 8},
                               {8, 8},   {9, 17},  {16, 16}, {17, 15}, {24, 24}, {25, 23},
                               {27, 28}, {28, 27}, {28, 28}, {28, 29}, {29, 28}, {32, 32},
                               {33, 20}, {64, 28}, {28, 256}};

/* ---- the reference ---- */

static int64_t divide(int64_t a, int64_t b)
{
    return a * ONE / b;
}

static int64_t multiply(int64_t a, int64_t b)
{
    return a * b >> 16;
}

static int64_t cosine(int32_t angle)
{
    return augment_sine(90 * ONE - (angle < 0 ? -angle : angle));
}

/* [x or y][knot down][knot across] */
struct moves {
    int32_t axis[2][AUGMENT_KNOTS_MAX][AUGMENT_KNOTS_MAX];
};

static int rejections; /* moves that needed more than one random number */

static void draw_moves(struct moves *moves, const struct augment_change *change, int rows,
                       int columns)
{
    struct rng rng = change->field;
    uint32_t limit = 2 * (uint32_t)change->elastic + 1;
    for (int i = 0; i <= (rows - 1) / AUGMENT_KNOT + 1; i++)
        for (int j = 0; j <= (columns - 1) / AUGMENT_KNOT + 1; j++)
            for (int axis = 0; axis < 2; axis++) {
                struct rng one = rng;
                rng_u32(&one);
                moves->axis[axis][i][j] = (int32_t)rng_below(&rng, limit) - change->elastic;
                rejections += memcmp(&one, &rng, sizeof rng) != 0;
            }
}

static int64_t bend(const struct moves *moves, int axis, int i, int j)
{
    const int32_t *above = moves->axis[axis][i / 8] + j / 8;
    const int32_t *below = moves->axis[axis][i / 8 + 1] + j / 8;
    i %= 8;
    j %= 8;
    int64_t left = above[0] * (8 - i) + below[0] * i, right = above[1] * (8 - i) + below[1] * i;
    return (left * (8 - j) + right * j) / 64;
}

static int64_t pixel(const uint8_t *in, int rows, int columns, int64_t i, int64_t j)
{
    return i < 0 || i >= rows || j < 0 || j >= columns ? 0 : in[i * columns + j];
}

static uint8_t read_at(const uint8_t *in, int rows, int columns, int64_t x, int64_t y)
{
    int64_t right = x >> 8 & 255, below = y >> 8 & 255, sum = ONE / 2;
    x >>= 16;
    y >>= 16;
    sum += pixel(in, rows, columns, y, x) * (256 - right) * (256 - below);
    sum += pixel(in, rows, columns, y, x + 1) * right * (256 - below);
    sum += pixel(in, rows, columns, y + 1, x) * (256 - right) * below;
    sum += pixel(in, rows, columns, y + 1, x + 1) * right * below;
    return (uint8_t)(sum >> 16);
}

static void reference(const struct augment_change *c, uint8_t *out, const uint8_t *in, int rows,
                      int columns)
{
    static struct moves moves;
    int64_t longer = multiply(c->scale, c->stretch), wide = c->scale + longer,
            high = c->scale - longer;
    int64_t sin = divide(augment_sine(c->angle), high), cos = divide(cosine(c->angle), high);
    int64_t tan = divide(augment_sine(c->shear), cosine(c->shear));
    int64_t xx = divide(cosine(c->angle), wide) - multiply(tan, sin);
    int64_t xy = -divide(augment_sine(c->angle), wide) - multiply(tan, cos);
    int64_t x0 = ((columns - 1) * (ONE - xx) - xy * (rows - 1)) / 2 - multiply(xx, c->shift_x) -
                 multiply(xy, c->shift_y);
    int64_t y0 = ((rows - 1) * (ONE - cos) - sin * (columns - 1)) / 2 - multiply(sin, c->shift_x) -
                 multiply(cos, c->shift_y);
    if (c->elastic > 0)
        draw_moves(&moves, c, rows, columns);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            int64_t x = x0 + xx * j + xy * i, y = y0 + sin * j + cos * i;
            if (c->elastic > 0) {
                x += bend(&moves, 0, i, j);
                y += bend(&moves, 1, i, j);
            }
            out[i * columns + j] = read_at(in, rows, columns, x, y);
        }
}

/* ---- the comparison ---- */

/* Buffers of the exact size, the output with a guard. */
struct images {
    int rows, columns;
    size_t size;
    uint8_t *in, *expected, *out;
};

static struct images images_new(int rows, int columns)
{
    struct images images = {
        .rows = rows, .columns = columns, .size = (size_t)rows * (size_t)columns};
    images.in = malloc(images.size);
    images.expected = malloc(images.size);
    images.out = malloc(images.size + GUARD);
    assert_true(images.in != NULL && images.expected != NULL && images.out != NULL);
    struct rng rng = rng_stream(99, RNG_SAMPLE, 0, (uint32_t)images.size);
    for (size_t i = 0; i < images.size; i++)
        images.in[i] = (uint8_t)rng_u32(&rng);
    images.in[0] = images.in[images.size - 1] = 255;
    return images;
}

static void images_release(struct images *images)
{
    free(images->in);
    free(images->expected);
    free(images->out);
}

static void clear(struct images *images)
{
    memset(images->out, 0xa5, images->size + GUARD);
}

static void check(const struct images *images, const char *name, const struct augment_change *c)
{
    for (size_t i = 0; i < images->size + GUARD; i++) {
        int expected = i < images->size ? images->expected[i] : 0xa5;
        if (images->out[i] != expected)
            fail_msg("%s, %dx%d, byte %zu: %d, not %d; angle %d shift %d %d scale %d stretch %d "
                     "shear %d elastic %d",
                     name, images->rows, images->columns, i, images->out[i], expected, c->angle,
                     c->shift_x, c->shift_y, c->scale, c->stretch, c->shear, c->elastic);
    }
}

static void compare(struct images *images, const struct augment_change *change)
{
    reference(change, images->expected, images->in, images->rows, images->columns);
    for (const struct augment_version *v = augment_versions; v->name != NULL; v++) {
        if (images->rows > v->side_max || images->columns > v->side_max || !v->runs())
            continue;
        static struct augment_map map;
        memset(&map, 0x5a, sizeof map);
        augment_map_set(&map, change, images->rows, images->columns);
        clear(images);
        v->rows(&map, images->out, images->in, images->rows, images->columns);
        check(images, v->name, change);
    }
    clear(images);
    augment_apply(change, images->out, images->in, images->rows, images->columns);
    check(images, "augment_apply", change);
}

/* ---- tests ---- */

static void test_the_list(void **state)
{
    (void)state;
    const struct augment_version *v = augment_versions;
    for (; v[1].name != NULL; v++)
        print_message("%s: %s\n", v->name, v->runs() ? "compared" : "not on this machine");
    assert_string_equal(v->name, "plain");
    assert_true(v->runs());
    assert_int_equal(v->side_max, IDX_SIDE_MAX);
}

static const struct augment_config kinds[] = {
    {.rotate = 0},
    {.rotate = 15, .shift = 3, .scale = 0.15, .shear = 10},
    {.rotate = 15, .shift = 3, .scale = 0.15, .shear = 10, .elastic = 1},
    {.rotate = AUGMENT_ROTATE_MAX},
    {.shift = AUGMENT_SHIFT_MAX},
    {.scale = AUGMENT_SCALE_MAX},
    {.stretch = AUGMENT_STRETCH_MAX},
    {.shear = AUGMENT_SHEAR_MAX},
    {.elastic = AUGMENT_ELASTIC_MAX},
    {.elastic = 0.00002}, /* one unit of 16.16 */
    {.rotate = AUGMENT_ROTATE_MAX,
     .shift = AUGMENT_SHIFT_MAX,
     .scale = AUGMENT_SCALE_MAX,
     .shear = AUGMENT_SHEAR_MAX},
    {.rotate = AUGMENT_ROTATE_MAX,
     .shift = AUGMENT_SHIFT_MAX,
     .scale = AUGMENT_SCALE_MAX,
     .stretch = AUGMENT_STRETCH_MAX,
     .shear = AUGMENT_SHEAR_MAX,
     .elastic = AUGMENT_ELASTIC_MAX},
};

static void compare_drawn(int rows, int columns, uint32_t count)
{
    struct images images = images_new(rows, columns);
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
        for (uint32_t index = 0; index < count; index++) {
            struct augment_change change = augment_draw(&kinds[kind], 5, 1, index);
            compare(&images, &change);
        }
    images_release(&images);
}

static void test_drawn_changes(void **state)
{
    (void)state;
    rejections = 0;
    for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++)
        compare_drawn(sides[s][0], sides[s][1], 60);
    compare_drawn(28, 28, 600);
    compare_drawn(24, 24, 300);
    compare_drawn(256, 256, 4);
    assert_true(rejections > 0); /* otherwise choose another seed */
}

/* Every combination of the extremes, and of none. */
static void test_largest_changes(void **state)
{
    (void)state;
    static const int32_t angles[] = {-180 * ONE, -90 * ONE, 0, 45 * ONE, 180 * ONE},
                         shifts[] = {-16 * ONE, 0, 16 * ONE},
                         scales[] = {ONE / 2, ONE, 3 * ONE / 2},
                         stretches[] = {0, -3 * ONE / 10, 3 * ONE / 10},
                         shears[] = {-45 * ONE, 0, 45 * ONE}, elastics[] = {0, 4 * ONE};
    static const int chosen[][2] = {{1, 1}, {5, 31}, {24, 24}, {28, 28}, {28, 29}};
    for (size_t s = 0; s < sizeof chosen / sizeof chosen[0]; s++) {
        struct images images = images_new(chosen[s][0], chosen[s][1]);
        for (int k = 0; k < 5 * 3 * 3 * 3 * 3 * 2 * 3; k++) {
            struct augment_change change = {
                .angle = angles[k % 5],
                .shift_x = shifts[k / 5 % 3],
                .shift_y = shifts[k / 15 % 3],
                .scale = scales[k / 45 % 3],
                .shear = shears[k / 135 % 3],
                .elastic = elastics[k / 405 % 2],
                .stretch = stretches[k / 810],
                .field = rng_stream(7, RNG_AUGMENT, 1, (uint32_t)k),
            };
            compare(&images, &change);
        }
        images_release(&images);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_list),
        cmocka_unit_test(test_drawn_changes),
        cmocka_unit_test(test_largest_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
