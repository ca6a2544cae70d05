/*
 * custom - a list for each kind, newest last. Parts are copied to the heap and stay: a network that
 * holds one may outlive its name.
 */
#include "mnist/nn/custom.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} kinds[CUSTOM_KINDS] = {
    [CUSTOM_LAYER] = {"layer", sizeof(struct custom_layer)},
    [CUSTOM_LOSS] = {"loss", sizeof(struct custom_loss)},
    [CUSTOM_OPTIMIZER] = {"optimizer", sizeof(struct custom_optimizer)},
    [CUSTOM_SCHEDULE] = {"schedule", sizeof(struct custom_schedule)},
    [CUSTOM_METRIC] = {"metric", sizeof(struct custom_metric)},
};

static struct {
    void *parts[CUSTOM_PARTS_MAX]; /* each begins with its name */
    int count;
    int forgotten; /* those before are not found any more */
} lists[CUSTOM_KINDS];

const char *custom_kind_name(enum custom_kind kind)
{
    return kinds[kind].name;
}

const void *custom_add(enum custom_kind kind, const void *part, struct error *error)
{
    if (lists[kind].count == CUSTOM_PARTS_MAX) {
        error_set(error, ERROR_STATE,
                  "%d times a %s has been registered: start a new session (in a notebook: "
                  "restart the kernel)",
                  CUSTOM_PARTS_MAX, kinds[kind].name);
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

const void *custom_find(enum custom_kind kind, const char *name)
{
    for (int i = lists[kind].count; i > lists[kind].forgotten; i--)
        if (strcmp(lists[kind].parts[i - 1], name) == 0)
            return lists[kind].parts[i - 1];
    return NULL;
}

void custom_forget(void)
{
    for (int kind = 0; kind < CUSTOM_KINDS; kind++)
        lists[kind].forgotten = lists[kind].count;
}
