/*
 * plugin - a list for each kind, newest last. Parts are copied to the heap and stay: a network that
 * holds one may outlive its name.
 */
#include "mnist/nn/model/plugin.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} kinds[PLUGIN_KINDS] = {
    [PLUGIN_LAYER] = {"layer", sizeof(struct plugin_layer)},
    [PLUGIN_LOSS] = {"loss", sizeof(struct plugin_loss)},
    [PLUGIN_OPTIMIZER] = {"optimizer", sizeof(struct plugin_optimizer)},
    [PLUGIN_SCHEDULE] = {"schedule", sizeof(struct plugin_schedule)},
    [PLUGIN_METRIC] = {"metric", sizeof(struct plugin_metric)},
};

static struct {
    void *parts[PLUGIN_PARTS_MAX]; /* each begins with its name */
    int count;
    int forgotten; /* those before are not found any more */
} lists[PLUGIN_KINDS];

const char *plugin_kind_name(enum plugin_kind kind)
{
    return kinds[kind].name;
}

const void *plugin_add(enum plugin_kind kind, const void *part, struct error *error)
{
    if (lists[kind].count == PLUGIN_PARTS_MAX) {
        error_set(error, ERROR_STATE,
                  "%d times a %s has been registered: start a new session (in a notebook: "
                  "restart the kernel)",
                  PLUGIN_PARTS_MAX, kinds[kind].name);
        return NULL;
    }
    void *copy = malloc(kinds[kind].size);
    if (copy == NULL) {
        error_memory(error, kinds[kind].name, kinds[kind].size);
        return NULL;
    }
    memcpy(copy, part, kinds[kind].size);
    lists[kind].parts[lists[kind].count++] = copy;
    return copy;
}

const void *plugin_find(enum plugin_kind kind, const char *name)
{
    for (int i = lists[kind].count; i > lists[kind].forgotten; i--)
        if (strcmp(lists[kind].parts[i - 1], name) == 0)
            return lists[kind].parts[i - 1];
    return NULL;
}

void plugin_forget(void)
{
    for (int kind = 0; kind < PLUGIN_KINDS; kind++)
        lists[kind].forgotten = lists[kind].count;
}
