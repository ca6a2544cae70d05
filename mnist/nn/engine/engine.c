/*
 * engine - the list of engines, and detection of those that this processor can run.
 *
 * The list is ordered from fastest to slowest, so the first engine that the processor supports is
 * the default.
 */
#include "mnist/nn/engine/engine.h"

#include <string.h>

/* Fastest first. */
static const struct engine *const engines[] = {
#if defined(__x86_64__)
    &engine_native_avx512,
    &engine_native_avx2,
#elif defined(__aarch64__)
    &engine_native_neon,
#endif
    &engine_native_plain,
#if !defined(WITHOUT_OPENBLAS)
    &engine_openblas,
#endif
};

enum { ENGINE_COUNT = sizeof engines / sizeof engines[0] };

/* Whether processor and operating system support the instruction set of the engine's kernels. */
static bool can_run(const struct engine *engine)
{
#if defined(__x86_64__)
    if (engine == &engine_native_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (engine == &engine_native_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    (void)engine;
#endif
    return true;
}

const struct engine *engine_at(int index)
{
    for (int i = 0; i < ENGINE_COUNT; i++)
        if (can_run(engines[i]) && index-- == 0)
            return engines[i];
    return NULL;
}

const struct engine *engine_find(const char *name, const char *isa)
{
    const struct engine *engine;
    bool any = isa == NULL || strcmp(isa, "auto") == 0;
    for (int i = 0; (engine = engine_at(i)) != NULL; i++)
        if (strcmp(engine->name, name) == 0 &&
            (any || engine->isa == NULL || strcmp(engine->isa, isa) == 0))
            return engine;
    return NULL;
}

const struct engine *engine_default(void)
{
    return engine_at(0);
}
