/*
 * work - a struct progress that checks for interrupts and updates the display.
 */
#include "mnist/workspace/work.h"

#include "mnist/base/clock.h"
#include "mnist/workspace/session_state.h"

static const double show_every_s = 0.05; /* the output may show fewer updates */

static bool work_tick(struct progress *progress, double done, double total)
{
    struct work *work = (struct work *)progress;
    struct session *s = work->session;
    if (state_stopped(s))
        return false;
    double now = clock_s();
    if (work->begun < 0)
        work->begun = done;
    if (now - work->shown_s >= show_every_s || done >= total) {
        work->shown_s = now;
        struct progress_display display = {
            .what = work->what,
            .unit = work->unit,
            .done = done * work->scale,
            .begun = work->begun * work->scale,
            .total = total * work->scale,
            .elapsed_s = now - work->began_s,
            .note = work->note,
            .table = work->table,
        };
        s->output->progress(s->output, &display);
    }
    return true;
}

void work_begin(struct work *work, struct session *s, const char *what, const char *unit)
{
    double now = clock_s();
    const struct progress_display beginning = {.what = what, .unit = unit};
    s->output->progress(s->output, &beginning);
    *work = (struct work){.progress = {work_tick},
                          .session = s,
                          .what = what,
                          .unit = unit,
                          .scale = 1,
                          .begun = -1,
                          .began_s = now,
                          .shown_s = now};
}
