/*
 * augment - generates the random parameters, computes the map of augment.h in fixed point, and
 * calls the fastest version of augment_rows.h that supports this machine and the image's size.
 */
#include "mnist/data/augment.h"

#include "mnist/data/augment_rows.h"
#include "mnist/data/idx.h"

#include <assert.h>
#include <string.h>

enum { ONE = 1 << 16 };

static int32_t to_fixed(double value)
{
    return (int32_t)(value * ONE + 0.5);
}

static int32_t multiply(int32_t a, int32_t b)
{
    return (int32_t)((int64_t)a * b >> 16);
}

static int32_t divide(int32_t a, int32_t b)
{
    return (int32_t)((int64_t)a * ONE / b);
}

/* ---- config ---- */

bool augment_active(const struct augment_config *config)
{
    return config->rotate > 0 || config->shift > 0 || config->scale > 0 || config->stretch > 0 ||
           config->shear > 0 || config->elastic > 0 || config->plugin_count > 0;
}

static bool check(const char *name, double value, double max, const char *unit, struct error *error)
{
    if (value >= 0 && value <= max)
        return true;
    return error_set(error, ERROR_USAGE, "%s must be 0 to %g%s, not %g", name, max, unit, value);
}

bool augment_check(const struct augment_config *config, struct error *error)
{
    return check("rotate", config->rotate, AUGMENT_ROTATE_MAX, " degrees", error) &&
           check("shift", config->shift, AUGMENT_SHIFT_MAX, " pixels", error) &&
           check("scale", config->scale, AUGMENT_SCALE_MAX, "", error) &&
           check("stretch", config->stretch, AUGMENT_STRETCH_MAX, "", error) &&
           check("shear", config->shear, AUGMENT_SHEAR_MAX, " degrees", error) &&
           check("elastic", config->elastic, AUGMENT_ELASTIC_MAX, " pixels", error);
}

/* ---- random parameters ---- */

/* Uniform over -max .. max. */
static int32_t draw_signed(struct rng *rng, int32_t max)
{
    return (int32_t)rng_below(rng, 2 * (uint32_t)max + 1) - max;
}

struct augment_change augment_draw(const struct augment_config *config, uint64_t seed,
                                   uint32_t epoch, uint32_t index)
{
    struct rng rng = rng_stream(seed, RNG_AUGMENT, epoch, index);
    struct augment_change change = {.stretch = 0};
    change.angle = draw_signed(&rng, to_fixed(config->rotate));
    change.shift_x = draw_signed(&rng, to_fixed(config->shift));
    change.shift_y = draw_signed(&rng, to_fixed(config->shift));
    change.scale = ONE + draw_signed(&rng, to_fixed(config->scale));
    change.shear = draw_signed(&rng, to_fixed(config->shear));
    change.elastic = to_fixed(config->elastic);
    change.field = rng;
    if (config->stretch > 0) {
        rng = rng_stream(seed, RNG_STRETCH, epoch, index);
        change.stretch = draw_signed(&rng, to_fixed(config->stretch));
    }
    return change;
}

/* ---- sine ---- */

/* sin(x) = x - x^3/3! + x^5/5! - x^7/7! + x^9/9! - x^11/11! for 0 <= x <= pi/2, where the error
   is below 6e-8; x and the powers in 2.30 fixed point. */
int32_t augment_sine(int32_t angle)
{
    enum { DEGREE_90 = 90 * ONE };
    const int64_t one = 1 << 30, radian_per_degree = 18740330; /* pi / 180 * 2^30, rounded */
    assert(angle >= -4 * DEGREE_90 && angle <= 4 * DEGREE_90);
    if (angle < 0)
        return -augment_sine(-angle);
    if (angle > 2 * DEGREE_90)
        return -augment_sine(angle - 2 * DEGREE_90);
    if (angle > DEGREE_90)
        angle = 2 * DEGREE_90 - angle;
    int64_t x = (angle * radian_per_degree) >> 16, square = x * x >> 30, sum = one;
#pragma GCC unroll 5 /* makes the divisors constants */
    for (int k = 10; k >= 2; k -= 2)
        sum = one - (square * sum >> 30) / (k * (k + 1));
    return (int32_t)(((x * sum >> 30) + (1 << 13)) >> 14);
}

static int32_t cosine(int32_t angle)
{
    return augment_sine(90 * ONE - (angle < 0 ? -angle : angle));
}

/* ---- the map ---- */

/* The affine part of the map. */
static void make_affine(struct augment_map *map, const struct augment_change *change, int rows,
                        int columns)
{
    int32_t longer = multiply(change->scale, change->stretch), wide = change->scale + longer,
            high = change->scale - longer;
    int32_t sin = augment_sine(change->angle), cos = cosine(change->angle);
    int32_t tan = divide(augment_sine(change->shear), cosine(change->shear));
    int32_t yx = divide(sin, high), yy = divide(cos, high);
    int32_t xx = divide(cos, wide) - multiply(tan, yx), xy = -divide(sin, wide) - multiply(tan, yy);
    /* Twice the centre is an integer, so it is halved after the multiplication. */
    int32_t x2 = columns - 1, y2 = rows - 1;
    map->x0 = (x2 * ONE - xx * x2 - xy * y2) / 2 - multiply(xx, change->shift_x) -
              multiply(xy, change->shift_y) + AUGMENT_BORDER * ONE;
    map->y0 = (y2 * ONE - yx * x2 - yy * y2) / 2 - multiply(yx, change->shift_x) -
              multiply(yy, change->shift_y) + AUGMENT_BORDER * ONE;
    map->xx = xx;
    map->xy = xy;
    map->yx = yx;
    map->yy = yy;
}

/* moves [count] = draw_signed for each, but generated in one call. rng_below rejects some words to
   avoid a bias. This is rare; when it happens, all moves are generated again one by one. */
static void draw_moves(int32_t *moves, uint32_t count, struct rng rng, int32_t max)
{
    uint32_t words[AUGMENT_MOVES_MAX], limit = 2 * (uint32_t)max + 1, threshold = -limit % limit;
    struct rng again = rng;
    bool rejected = false;
    rng_fill(&rng, words, count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t product = (uint64_t)words[i] * limit;
        rejected |= (uint32_t)product < threshold;
        moves[i] = (int32_t)(product >> 32) - max;
    }
    for (uint32_t i = 0; i < count && rejected; i++)
        moves[i] = draw_signed(&again, max);
}

void augment_map_set(struct augment_map *map, const struct augment_change *change, int rows,
                     int columns)
{
    make_affine(map, change, rows, columns);
    map->reach = change->elastic;
    if (map->reach > 0)
        draw_moves(map->moves, 2 * (uint32_t)augment_knots(rows) * (uint32_t)augment_knots(columns),
                   change->field, change->elastic);
}

/* ---- the versions ---- */

static bool runs_anywhere(void)
{
    return true;
}

#ifdef __x86_64__
static bool runs_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

static bool runs_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("avx512vnni") && runs_avx2();
}
#endif

const struct augment_version augment_versions[] = {
#ifdef __x86_64__
    {"avx512", runs_avx512, AUGMENT_AVX512_SIDE, augment_rows_avx512},
    {"avx2", runs_avx2, IDX_SIDE_MAX, augment_rows_avx2},
#endif
    {"plain", runs_anywhere, IDX_SIDE_MAX, augment_rows_plain},
    {.name = NULL},
};

void augment_apply(const struct augment_change *change, uint8_t *out, const uint8_t *in, int rows,
                   int columns)
{
    assert(rows >= 1 && rows <= IDX_SIDE_MAX && columns >= 1 && columns <= IDX_SIDE_MAX);
    struct augment_map map;
    augment_map_set(&map, change, rows, columns);
    const struct augment_version *version = augment_versions;
    while (rows > version->side_max || columns > version->side_max || !version->runs())
        version++;
    version->rows(&map, out, in, rows, columns);
}

/* FNV-1a. Plugins with different names get independent random numbers. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
    return hash;
}

void augment_image(const struct augment_config *config, uint8_t *out, const uint8_t *in, int rows,
                   int columns, uint64_t seed, uint32_t epoch, uint32_t index)
{
    struct augment_change change = augment_draw(config, seed, epoch, index);
    augment_apply(&change, out, in, rows, columns);
    for (int i = 0; i < config->plugin_count; i++) {
        const struct augment_plugin *plugin = &config->plugins[i];
        struct rng rng = rng_stream(seed ^ hash_of(plugin->name), RNG_BENDING, epoch, index);
        uint8_t before[IDX_SIDE_MAX * IDX_SIDE_MAX];
        memcpy(before, out, (size_t)rows * (size_t)columns);
        plugin->change(plugin->context, out, before, rows, columns, &rng);
    }
}
