/*
 * exact_exp and exact_log for floats, compared with the C library's expl and logl: every result is
 * within the bound that exact_math.h states; results that exact_math.h states explicitly (for NaN,
 * infinities, 0 and arguments outside the range) are exactly these; the results are monotone from
 * each float to the next.
 *
 * usage: test_exact_math_floats [STRIDE]       every STRIDE-th of the 2^32 bit patterns, an odd
 * number
 *
 * `make exact` uses a stride of 1, which tests all floats. The default stride is a prime, so that
 * each exponent is tested with about 130,000 mantissas whose last bits vary.
 *
 * The reference needs a long double with more bits than a double: on x86 it has 11 more, and the
 * library's own error is below 0.001 ulp of a double. If the two types are the same, the test is
 * skipped.
 */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/thread_pool.h"
#include "mnist/nn/engine/exact_math.h"

static const uint64_t patterns = 1ULL << 32;
enum {
    RANGES = 4096, /* eight for each sign and exponent */
#if defined(__SANITIZE_ADDRESS__)
    STRIDE_DEFAULT = 601, /* the release build tests more */
#else
    STRIDE_DEFAULT = 61,
#endif
    STRIDE_MAX = 99999
};

static uint64_t stride = STRIDE_DEFAULT;

struct function {
    const char *name;
    double (*own)(double x);
    long double (*reference)(long double x);
    bool (*is_stated)(double x, double *value); /* true: exact_math.h states the value explicitly */
    double bound_ulp;
};

static bool exp_is_stated(double x, double *value)
{
    *value = isnan(x) ? NAN : x == 0 ? 1 : x < -708 ? 0 : INFINITY;
    return isnan(x) || x == 0 || x < -708 || x > 709.7;
}

static bool log_is_stated(double x, double *value)
{
    *value = isnan(x) || x < 0 ? NAN : x == 0 ? -INFINITY : x == 1 ? 0 : INFINITY;
    return isnan(x) || x <= 0 || x == 1 || isinf(x);
}

static const struct function exp_function = {"exact_exp", exact_exp, expl, exp_is_stated, 1};
static const struct function log_function = {"exact_log", exact_log, logl, log_is_stated, 1};

/* Number of cases, and the x of the first one. */
struct cases {
    uint64_t count;
    float x;
};

/* Results for one function so far. */
struct findings {
    struct cases stated;       /* values that exact_math.h states */
    struct cases not_stated;   /* ... with a different result */
    struct cases compared;     /* with the reference */
    struct cases not_nearest;  /* ... whose result is not the nearest double */
    struct cases not_monotone; /* not monotone: larger for a smaller x */
    double worst_ulp;          /* of the results that are not nearest */
    float worst_x;
    float x;  /* the previous float ... */
    double y; /* ... and its result */
};

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void count_case(struct cases *cases, float x)
{
    if (cases->count++ == 0)
        cases->x = x;
}

/* Distance in units in the last place of want, as a double; infinite for NaN. */
static double error_ulp(double got, long double want)
{
    double near = fabs((double)want), unit = nextafter(near, INFINITY) - near;
    double error = (double)(fabsl((long double)got - want) / (long double)unit);
    return isnan(error) ? INFINITY : error;
}

/* Compares got, the function's result for x, with the stated value or the reference. */
static void compare_result(struct findings *findings, const struct function *function, float x,
                           double got)
{
    double value;
    if (function->is_stated((double)x, &value)) {
        count_case(&findings->stated, x);
        if (isnan(value) ? !isnan(got) : !(got == value))
            count_case(&findings->not_stated, x);
        return;
    }
    long double want = function->reference((long double)x);
    count_case(&findings->compared, x);
    if (got == (double)want)
        return; /* within half a unit */
    count_case(&findings->not_nearest, x);
    double error = error_ulp(got, want);
    if (error > findings->worst_ulp) {
        findings->worst_ulp = error;
        findings->worst_x = x;
    }
}

/* Tests one float, the next after findings->x. */
static void step(struct findings *findings, const struct function *function, uint32_t bits)
{
    float x = float_of(bits), x_before = findings->x;
    double y = function->own((double)x), y_before = findings->y;
    findings->x = x;
    findings->y = y;
    if ((x > x_before && y < y_before) || (x < x_before && y > y_before))
        count_case(&findings->not_monotone, x);
    compare_result(findings, function, x, y);
}

struct sweep {
    const struct function *function;
    struct findings findings[RANGES];
};

/* Tests the first bit pattern of a range (among these are 0, 1 and infinity) and the multiples of
   the stride. */
static void sweep_range(void *context, int range, int worker)
{
    (void)worker;
    struct sweep *sweep = context;
    uint64_t size = patterns / RANGES, begin = (uint64_t)range * size;
    float x = float_of((uint32_t)begin - 1);
    struct findings findings = {.x = x, .y = sweep->function->own((double)x)};
    step(&findings, sweep->function, (uint32_t)begin);
    for (uint64_t bits = begin - begin % stride + stride; bits < begin + size; bits += stride)
        step(&findings, sweep->function, (uint32_t)bits);
    sweep->findings[range] = findings;
}

static void add_cases(struct cases *sum, const struct cases *more)
{
    if (sum->count == 0)
        sum->x = more->x;
    sum->count += more->count;
}

static struct findings sum_of(const struct sweep *sweep)
{
    struct findings sum = {0};
    for (int i = 0; i < RANGES; i++) {
        const struct findings *range = &sweep->findings[i];
        add_cases(&sum.stated, &range->stated);
        add_cases(&sum.not_stated, &range->not_stated);
        add_cases(&sum.compared, &range->compared);
        add_cases(&sum.not_nearest, &range->not_nearest);
        add_cases(&sum.not_monotone, &range->not_monotone);
        if (range->worst_ulp > sum.worst_ulp) {
            sum.worst_ulp = range->worst_ulp;
            sum.worst_x = range->worst_x;
        }
    }
    return sum;
}

static void report(const struct function *function, const struct findings *found)
{
    print_message(
        "%s, one float in %llu: %llu whose value is stated; of %llu others %.3f %% not the "
        "nearest double, the worst %.4f ulp off, at %a (%.9g)\n",
        function->name, (unsigned long long)stride, (unsigned long long)found->stated.count,
        (unsigned long long)found->compared.count,
        100 * (double)found->not_nearest.count / (double)found->compared.count, found->worst_ulp,
        (double)found->worst_x, (double)found->worst_x);
}

static void check(const struct function *function)
{
    static struct sweep sweep;
    struct error error;
    if (LDBL_MANT_DIG <= DBL_MANT_DIG) {
        print_message("here a long double is no wider than a double\n");
        skip();
    }
    struct thread_pool *pool = thread_pool_new(0, &error);
    assert_non_null(pool);
    sweep.function = function;
    thread_pool_run(pool, sweep_range, &sweep, RANGES);
    thread_pool_free(&pool);

    struct findings found = sum_of(&sweep);
    report(function, &found);
    assert_true(found.stated.count + found.compared.count >= patterns / stride);
    if (found.not_stated.count > 0)
        fail_msg("%s(%a) = %a, which is not the value stated", function->name,
                 (double)found.not_stated.x, function->own((double)found.not_stated.x));
    if (found.not_monotone.count > 0)
        fail_msg("%s is not monotone at %a", function->name, (double)found.not_monotone.x);
    if (!(found.worst_ulp <= function->bound_ulp))
        fail_msg("%s(%a) is %g ulp off, %g are stated", function->name, (double)found.worst_x,
                 found.worst_ulp, function->bound_ulp);
}

static void exp_for_floats(void **state)
{
    (void)state;
    check(&exp_function);
}

static void log_for_floats(void **state)
{
    (void)state;
    check(&log_function);
}

static bool read_stride(const char *text)
{
    char *end;
    errno = 0;
    stride = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && stride % 2 == 1 && stride <= STRIDE_MAX;
}

int main(int argc, char **argv)
{
    if (argc > 2 || (argc == 2 && !read_stride(argv[1]))) {
        fprintf(stderr, "usage: %s [STRIDE]   odd, 1 .. %d\n", argv[0], STRIDE_MAX);
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_for_floats),
        cmocka_unit_test(log_for_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
