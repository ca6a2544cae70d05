/*
 * plugin_calls - the id of each thread that is inside a plugin, in a table of slots, and a count of
 * calls.
 *
 * A thread takes a slot at its first call and keeps it. With more than SLOTS threads, threads share
 * slots, and a thread in a plugin may be overlooked. The queries run in a signal handler: atomics
 * alone.
 */
#include "mnist/c_api/plugin_calls.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STUCK_SECONDS = 3, SLOTS = 256 };

static atomic_ulong entered;         /* number of calls */
static _Atomic pid_t threads[SLOTS]; /* 0 = not inside a plugin */
static atomic_uint slots_taken;

static _Atomic pid_t *own_slot(void)
{
    static _Thread_local _Atomic pid_t *slot;
    if (slot == NULL)
        slot = &threads[atomic_fetch_add(&slots_taken, 1) % SLOTS];
    return slot;
}

void plugin_calls_enter(void)
{
    atomic_fetch_add_explicit(&entered, 1, memory_order_relaxed);
    atomic_store_explicit(own_slot(), (pid_t)syscall(SYS_gettid), memory_order_relaxed);
}

void plugin_calls_leave(void)
{
    atomic_store_explicit(own_slot(), 0, memory_order_relaxed);
}

static bool any_working(void)
{
    for (int i = 0; i < SLOTS; i++)
        if (atomic_load(&threads[i]) != 0)
            return true;
    return false;
}

/* Called every second: the id of a thread that is inside a plugin, if no call has begun for
   STUCK_SECONDS; 0 = none. */
static pid_t find_stuck(void)
{
    static unsigned long entered_before;
    static int seconds;
    unsigned long now = atomic_load(&entered);
    pid_t inside = 0;
    for (int i = 0; i < SLOTS && inside == 0; i++)
        inside = atomic_load(&threads[i]);
    seconds = inside != 0 && now == entered_before ? seconds + 1 : 0;
    entered_before = now;
    return seconds >= STUCK_SECONDS ? inside : 0;
}

const struct crash_plugins *plugin_calls_watch(void)
{
    static const struct crash_plugins queries = {.stuck = find_stuck, .working = any_working};
    return &queries;
}
