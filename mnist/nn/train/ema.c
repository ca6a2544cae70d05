/*
 * ema - splits the values into fixed chunks for the pool's threads; vector_ops.c has the loop.
 */
#include "mnist/nn/train/ema.h"

#include <assert.h>

#include "mnist/nn/engine/vector_ops.h"

float ema_decay(float decay, uint64_t n)
{
    double ramp = (1 + (double)n) / (10 + (double)n);
    return ramp < (double)decay ? (float)ramp : decay;
}

enum { UPDATE_CHUNK = 16384 }; /* values per task */

struct update {
    float *average;
    const float *values;
    size_t count;
    float decay;
};

static void update_task(void *context, int chunk, int worker)
{
    (void)worker;
    const struct update *update = context;
    size_t begin = (size_t)chunk * UPDATE_CHUNK, left = update->count - begin;
    vector_average(update->average + begin, update->values + begin, update->decay,
                   left < UPDATE_CHUNK ? left : UPDATE_CHUNK);
}

void ema_update(struct thread_pool *pool, float *average, const float *values, size_t count,
                float decay, uint64_t n)
{
    assert(decay >= 0 && decay < 1);
    struct update update = {average, values, count, ema_decay(decay, n)};
    thread_pool_run(pool, update_task, &update, (int)((count + UPDATE_CHUNK - 1) / UPDATE_CHUNK));
}
