/*
 * session_state - defaults, interruption, fork and failure.
 */
#include "mnist/workspace/session_state.h"

#include <stdio.h>
#include <unistd.h>

void session_defaults(struct session *s)
{
    s->engine = engine_default();
    snprintf(s->plot_format, sizeof s->plot_format, "both");
    snprintf(s->c_compiler, sizeof s->c_compiler, "cc");
    s->c_memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    s->c_seconds = 0;
    snprintf(s->plot_folder, sizeof s->plot_folder, "%s",
             s->config.plot_folder != NULL ? s->config.plot_folder : "");
}

bool state_stopped(struct session *s)
{
    return s->config.stop != NULL && s->config.stop(s->config.stop_context);
}

void state_after_fork(struct session *s)
{
    crash_after_fork();
    thread_pool_after_fork(s->pool);
    gnuplot_after_fork(s->gnuplot);
    if (s->cells != NULL)
        cells_after_fork(s->cells);
}

bool fail(const struct bound_call *call, struct diagnostic *diagnostic, const struct error *error)
{
    return bound_call_error(call, diagnostic, NULL, error);
}
