/*
 * peak - selection of the kernel, and the measurement on all threads.
 *
 * Every thread executes and counts blocks of turns until the time is over; the result is the sum of
 * the blocks divided by the time from the start of the first thread to the end of the last. A block
 * takes some ten microseconds, so that the last blocks do not distort the result.
 */
#include "mnist/bench/peak_kernels.h"

#include <assert.h>

#include "mnist/base/clock.h"

enum { BLOCK_TURNS = 1000, KERNELS_MAX = 3 };

/* ---- four floats at a time: instructions that every processor of the architecture has ---- */

typedef float lanes __attribute__((vector_size(16)));

#if defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#define BASE_NAME "NEON"
static inline lanes multiply_add(lanes x, lanes factor, lanes term)
{
    return vfmaq_f32(term, x, factor);
}
#else
#if defined(__SSE2__)
#define BASE_NAME "SSE2"
#else
#define BASE_NAME "plain C"
#endif
/* Without a fused instruction: a multiplication and an addition, also two operations. */
static inline lanes multiply_add(lanes x, lanes factor, lanes term)
{
    return x * factor + term;
}
#endif

static float run_base(long turns)
{
    const lanes half = {0.5f, 0.5f, 0.5f, 0.5f}, one = {1, 1, 1, 1};
#define BEGIN(i) lanes x##i = {3 + i, 3 + i, 3 + i, 3 + i};
#define STEP(i)  x##i = multiply_add(x##i, half, one);
#define ADD(i)   sum += x##i;
    PEAK_EACH(BEGIN)
    for (long turn = 0; turn < turns; turn++) {
        PEAK_EACH(STEP)
    }
    lanes sum = {0, 0, 0, 0};
    PEAK_EACH(ADD)
    return sum[0] + sum[1] + sum[2] + sum[3];
}

static const struct peak_kernel kernel_base = {
    .name = BASE_NAME, .turn_flop = 2.0 * 4 * PEAK_CHAINS, .run = run_base};

/* ---- selection ---- */

const struct peak_kernel *peak_kernel_at(int index)
{
    const struct peak_kernel *kernels[KERNELS_MAX];
    int count = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        kernels[count++] = &peak_kernel_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        kernels[count++] = &peak_kernel_avx2;
#endif
    kernels[count++] = &kernel_base;
    return index >= 0 && index < count ? kernels[index] : NULL;
}

/* ---- measurement ---- */

struct measurement {
    const struct peak_kernel *kernel;
    double end_s;
    long blocks[THREAD_POOL_THREADS_MAX]; /* of each worker */
};

static void measure_task(void *context, int piece, int worker)
{
    struct measurement *m = context;
    volatile float sum; /* keeps the compiler from omitting the kernel */
    (void)piece;
    do {
        sum = m->kernel->run(BLOCK_TURNS);
        m->blocks[worker]++;
    } while (clock_s() < m->end_s);
    (void)sum;
}

double peak_measure(const struct peak_kernel *kernel, struct thread_pool *pool, double seconds)
{
    int threads = thread_pool_threads(pool);
    long blocks = 0;
    double begun_s = clock_s();
    struct measurement m = {.kernel = kernel, .end_s = begun_s + seconds};
    assert(threads <= THREAD_POOL_THREADS_MAX);
    thread_pool_run(pool, measure_task, &m, threads);
    double took_s = clock_s() - begun_s;
    for (int i = 0; i < threads; i++)
        blocks += m.blocks[i];
    return (double)blocks * BLOCK_TURNS * kernel->turn_flop / (took_s > 0 ? took_s : 1e-9);
}
