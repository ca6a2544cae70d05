/*
 * plugin_calls - a count, and a place for each thread.
 */
#include "mnist/c_api/plugin_calls.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STUCK_SECONDS = 3, PLACES = 256 };

/* How often a part's function was called; and which thread is in one, by places that threads take in turn. */
static atomic_ulong entered;
static struct {
    _Atomic pid_t threads[PLACES];
    atomic_uint taken;
} at_work;

static _Atomic pid_t *own_place(void)
{
    static _Thread_local _Atomic pid_t *place;
    if (place == NULL)
        place = &at_work.threads[atomic_fetch_add(&at_work.taken, 1) % PLACES];
    return place;
}

void plugin_calls_enter(void)
{
    atomic_fetch_add_explicit(&entered, 1, memory_order_relaxed);
    atomic_store_explicit(own_place(), (pid_t)syscall(SYS_gettid), memory_order_relaxed);
}

void plugin_calls_leave(void)
{
    atomic_store_explicit(own_place(), 0, memory_order_relaxed);
}

bool plugin_calls_working(void)
{
    for (int i = 0; i < PLACES; i++)
        if (atomic_load(&at_work.threads[i]) != 0)
            return true;
    return false;
}

pid_t plugin_calls_stuck(void)
{
    static unsigned long entered_before;
    static int still;
    unsigned long now = atomic_load(&entered);
    pid_t inside = 0;
    for (int i = 0; i < PLACES && inside == 0; i++)
        inside = atomic_load(&at_work.threads[i]);
    still = inside != 0 && now == entered_before ? still + 1 : 0;
    entered_before = now;
    return still >= STUCK_SECONDS ? inside : 0;
}
