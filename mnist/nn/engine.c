/*
 * engine - the list of engines.
 */
#include "mnist/nn/engine.h"

#include <string.h>

static const struct engine *const engines[] = {&engine_openblas};

enum { ENGINE_COUNT = sizeof engines / sizeof engines[0] };

const struct engine *engine_at(int index)
{
    return index >= 0 && index < ENGINE_COUNT ? engines[index] : NULL;
}

const struct engine *engine_find(const char *name)
{
    for (int i = 0; i < ENGINE_COUNT; i++)
        if (strcmp(engines[i]->name, name) == 0)
            return engines[i];
    return NULL;
}

const struct engine *engine_default(void)
{
    return &engine_openblas;
}
