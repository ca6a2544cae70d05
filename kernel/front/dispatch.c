/*
 * dispatch - a linear search: a table has about ten entries.
 */
#include "kernel/front/dispatch.h"

#include <string.h>

const struct route *dispatch_find(const struct route *routes, const char *type)
{
    for (const struct route *route = routes; route->type != NULL; route++) {
        if (strcmp(route->type, type) == 0)
            return route;
    }
    return NULL;
}
