/*
 * plugin - one array for each kind, newest last.
 *
 * Entries are copied to the heap and never freed: a network may refer to a plugin that plugin_find
 * no longer returns.
 */
#include "mnist/nn/model/plugin.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} kinds[PLUGIN_KINDS] = {
    [PLUGIN_LAYER] = {"layer", sizeof(struct layer_type)},
    [PLUGIN_LOSS] = {"loss", sizeof(struct plugin_loss)},
    [PLUGIN_OPTIMIZER] = {"optimizer", sizeof(struct plugin_optimizer)},
    [PLUGIN_SCHEDULE] = {"schedule", sizeof(struct plugin_schedule)},
    [PLUGIN_METRIC] = {"metric", sizeof(struct plugin_metric)},
};

static struct {
    void *plugins[PLUGIN_COUNT_MAX]; /* the first member of each struct is its name */
    int count;
    int hidden; /* plugin_find ignores the entries before this index */
} registry[PLUGIN_KINDS];

const char *plugin_kind_name(enum plugin_kind kind)
{
    assert(kind < PLUGIN_KINDS);
    return kinds[kind].name;
}

const void *plugin_add(enum plugin_kind kind, const void *plugin, struct error *error)
{
    assert(kind < PLUGIN_KINDS);
    if (registry[kind].count == PLUGIN_COUNT_MAX) {
        error_set(error, ERROR_STATE,
                  "this session has registered a %s %d times, which is the maximum: start a new "
                  "session (in a notebook: restart the kernel)",
                  kinds[kind].name, PLUGIN_COUNT_MAX);
        return NULL;
    }
    void *copy = malloc(kinds[kind].size);
    if (copy == NULL) {
        error_memory(error, kinds[kind].name, kinds[kind].size);
        return NULL;
    }
    memcpy(copy, plugin, kinds[kind].size);
    registry[kind].plugins[registry[kind].count++] = copy;
    return copy;
}

const void *plugin_find(enum plugin_kind kind, const char *name)
{
    for (int i = registry[kind].count; i > registry[kind].hidden; i--)
        if (strcmp(registry[kind].plugins[i - 1], name) == 0)
            return registry[kind].plugins[i - 1];
    return NULL;
}

void plugin_forget(void)
{
    for (int kind = 0; kind < PLUGIN_KINDS; kind++)
        registry[kind].hidden = registry[kind].count;
}
