/*
 * c_api_session - one pointer, owned by the session's thread.
 */
#include "mnist/c_api/c_api_session.h"

#include <stddef.h>

#include "mnist/c_cells/faults/crash.h"

static struct session *current;

struct session *c_api_session(const char *function)
{
    if (current == NULL)
        crash_fail("%s: of the plugins, only commands may call this function", function);
    if (!crash_own_thread())
        crash_fail("%s: only the cell's own thread may call this function", function);
    return current;
}

struct session *c_api_now(void)
{
    return current;
}

void c_api_session_set(struct session *s)
{
    current = s;
}
