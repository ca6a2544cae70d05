/*
 * augment - fixed-point sampling of a changed image; the formula is in augment.h.
 *
 * Positions are 16.16: the upper half is a pixel, the next 8 bits the weight of its right or lower
 * neighbour. The input lies in a scratch copy with a border of BORDER zero pixels on each side, and
 * positions are clamped into it, so the inner loop has no case distinction: whatever points outside
 * reads paper.
 */
#include "mnist/data/augment.h"

#include "mnist/data/idx.h"

#include <assert.h>
#include <string.h>

enum {
    ONE = 1 << 16,
    BORDER = 2,
    PADDED_MAX = IDX_SIDE_MAX + 2 * BORDER,
    KNOTS_MAX = IDX_SIDE_MAX / AUGMENT_KNOT + 2,
};

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

/* ---- what may be asked for ---- */

bool augment_active(const struct augment_config *config)
{
    return config->rotate > 0 || config->shift > 0 || config->scale > 0 || config->shear > 0 ||
           config->elastic > 0;
}

static bool check(const char *name, double value, double max, const char *unit, struct error *error)
{
    if (value >= 0 && value <= max)
        return true;
    return error_set(error, ERROR_USAGE, "%s wants a number from 0 to %g%s, not %g", name, max,
                     unit, value);
}

bool augment_check(const struct augment_config *config, struct error *error)
{
    return check("rotate", config->rotate, AUGMENT_ROTATE_MAX, " degrees", error) &&
           check("shift", config->shift, AUGMENT_SHIFT_MAX, " pixels", error) &&
           check("scale", config->scale, AUGMENT_SCALE_MAX, "", error) &&
           check("shear", config->shear, AUGMENT_SHEAR_MAX, " degrees", error) &&
           check("elastic", config->elastic, AUGMENT_ELASTIC_MAX, " pixels", error);
}

/* ---- drawing a change ---- */

/* Uniform over -max .. max. */
static int32_t draw_signed(struct rng *rng, int32_t max)
{
    return (int32_t)rng_below(rng, 2 * (uint32_t)max + 1) - max;
}

struct augment_change augment_draw(const struct augment_config *config, uint64_t seed,
                                   uint32_t epoch, uint32_t index)
{
    struct rng rng = rng_stream(seed, RNG_AUGMENT, epoch, index);
    struct augment_change change;
    change.angle = draw_signed(&rng, to_fixed(config->rotate));
    change.shift_x = draw_signed(&rng, to_fixed(config->shift));
    change.shift_y = draw_signed(&rng, to_fixed(config->shift));
    change.scale = ONE + draw_signed(&rng, to_fixed(config->scale));
    change.shear = draw_signed(&rng, to_fixed(config->shear));
    change.elastic = to_fixed(config->elastic);
    change.field = rng;
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
    for (int k = 10; k >= 2; k -= 2)
        sum = one - (square * sum >> 30) / (k * (k + 1));
    return (int32_t)(((x * sum >> 30) + (1 << 13)) >> 14);
}

static int32_t cosine(int32_t angle)
{
    return augment_sine(90 * ONE - (angle < 0 ? -angle : angle));
}

/* ---- where each output pixel is read from ---- */

/* (x, y) = (x0 + xx j + xy i, y0 + yx j + yy i), 16.16 */
struct affine {
    int32_t xx, xy, x0;
    int32_t yx, yy, y0;
};

static struct affine make_affine(const struct augment_change *change, int rows, int cols)
{
    int32_t sin = divide(augment_sine(change->angle), change->scale);
    int32_t cos = divide(cosine(change->angle), change->scale);
    int32_t tan = divide(augment_sine(change->shear), cosine(change->shear));
    struct affine map = {.yx = sin, .yy = cos};
    map.xx = cos - multiply(tan, map.yx);
    map.xy = -sin - multiply(tan, map.yy);
    /* Twice the middle is a whole number; halved after the multiplication. */
    int32_t x2 = cols - 1, y2 = rows - 1;
    map.x0 = (x2 * ONE - map.xx * x2 - map.xy * y2) / 2 - multiply(map.xx, change->shift_x) -
             multiply(map.xy, change->shift_y);
    map.y0 = (y2 * ONE - map.yx * x2 - map.yy * y2) / 2 - multiply(map.yx, change->shift_x) -
             multiply(map.yy, change->shift_y);
    return map;
}

/* The bend: for each knot how far to move, in 16.16 pixels along x and y. */
struct field {
    int down, across; /* knots */
    int32_t x[KNOTS_MAX][KNOTS_MAX], y[KNOTS_MAX][KNOTS_MAX];
};

static void draw_field(struct field *field, const struct augment_change *change, int rows, int cols)
{
    struct rng rng = change->field;
    field->down = (rows - 1) / AUGMENT_KNOT + 2;
    field->across = (cols - 1) / AUGMENT_KNOT + 2;
    for (int i = 0; i < field->down; i++)
        for (int j = 0; j < field->across; j++) {
            field->x[i][j] = draw_signed(&rng, change->elastic);
            field->y[i][j] = draw_signed(&rng, change->elastic);
        }
}

/* positions[j] += the field in row i, linear between knots. */
static void bend_row(int32_t *positions, int32_t knots[KNOTS_MAX][KNOTS_MAX], int i, int cols)
{
    const int32_t *above = knots[i / AUGMENT_KNOT], *below = knots[i / AUGMENT_KNOT + 1];
    int down = i % AUGMENT_KNOT;
    for (int first = 0, knot = 0; first < cols; first += AUGMENT_KNOT, knot++) {
        int32_t left = above[knot] * (AUGMENT_KNOT - down) + below[knot] * down;
        int32_t right = above[knot + 1] * (AUGMENT_KNOT - down) + below[knot + 1] * down;
        int count = cols - first < AUGMENT_KNOT ? cols - first : AUGMENT_KNOT;
        for (int j = 0; j < count; j++)
            positions[first + j] +=
                (left * (AUGMENT_KNOT - j) + right * j) / (AUGMENT_KNOT * AUGMENT_KNOT);
    }
}

/* ---- sampling ---- */

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* x and y [cols] positions within the padded image. Weights are 0..256 and add up to 65536. */
static void sample_row(uint8_t *restrict out, const uint8_t *restrict padded, int stride,
                       const int32_t *x, const int32_t *y, int cols)
{
    for (int j = 0; j < cols; j++) {
        const uint8_t *pixel = padded + (y[j] >> 16) * stride + (x[j] >> 16);
        int right = x[j] >> 8 & 255, below = y[j] >> 8 & 255;
        int upper = pixel[0] * (256 - right) + pixel[1] * right;
        int lower = pixel[stride] * (256 - right) + pixel[stride + 1] * right;
        out[j] = (uint8_t)((upper * (256 - below) + lower * below + ONE / 2) >> 16);
    }
}

static void pad(uint8_t *padded, int stride, const uint8_t *in, int rows, int cols)
{
    memset(padded, 0, (size_t)stride * (size_t)(rows + 2 * BORDER));
    for (int i = 0; i < rows; i++)
        memcpy(padded + (i + BORDER) * stride + BORDER, in + i * cols, (size_t)cols);
}

void augment_apply(const struct augment_change *change, uint8_t *out, const uint8_t *in, int rows,
                   int cols)
{
    assert(rows >= 1 && rows <= IDX_SIDE_MAX && cols >= 1 && cols <= IDX_SIDE_MAX);
    uint8_t padded[PADDED_MAX * PADDED_MAX];
    int stride = cols + 2 * BORDER;
    pad(padded, stride, in, rows, cols);
    struct affine map = make_affine(change, rows, cols);
    struct field field;
    if (change->elastic > 0)
        draw_field(&field, change, rows, cols);

    int32_t x[IDX_SIDE_MAX], y[IDX_SIDE_MAX];
    int32_t x_max = (cols + BORDER) * ONE + ONE - 1, y_max = (rows + BORDER) * ONE + ONE - 1;
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < cols; j++) {
            x[j] = map.x0 + map.xy * i + map.xx * j + BORDER * ONE;
            y[j] = map.y0 + map.yy * i + map.yx * j + BORDER * ONE;
        }
        if (change->elastic > 0) {
            bend_row(x, field.x, i, cols);
            bend_row(y, field.y, i, cols);
        }
        for (int j = 0; j < cols; j++) {
            x[j] = clamp(x[j], 0, x_max);
            y[j] = clamp(y[j], 0, y_max);
        }
        sample_row(out + i * cols, padded, stride, x, y, cols);
    }
}

void augment_image(const struct augment_config *config, uint8_t *out, const uint8_t *in, int rows,
                   int cols, uint64_t seed, uint32_t epoch, uint32_t index)
{
    struct augment_change change = augment_draw(config, seed, epoch, index);
    augment_apply(&change, out, in, rows, cols);
}
