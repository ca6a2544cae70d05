/*
 * state - what every run function may need: time, progress, failures, pictures.
 */
#include "mnist/workspace/state.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const double show_every_s = 0.05; /* the sink slows it further */

bool state_stopped(struct session *s)
{
    return s->config.stop != NULL && s->config.stop(s->config.stop_context);
}

static bool work_tick(struct progress *watch, double done, double total)
{
    struct work *work = (struct work *)watch;
    struct session *s = work->session;
    if (state_stopped(s))
        return false;
    double now = clock_s();
    if (work->begun < 0)
        work->begun = done;
    if (now - work->shown_s >= show_every_s || done >= total) {
        work->shown_s = now;
        struct progress_display progress = {
            .what = work->what,
            .unit = work->unit,
            .done = done * work->scale,
            .begun = work->begun * work->scale,
            .total = total * work->scale,
            .elapsed_s = now - work->began_s,
            .note = work->note,
            .table = work->table,
        };
        s->output->progress(s->output, &progress);
    }
    return true;
}

void work_begin(struct work *work, struct session *s, const char *what, const char *unit)
{
    double now = clock_s();
    const struct progress_display beginning = {.what = what, .unit = unit};
    s->output->progress(s->output, &beginning);
    *work = (struct work){.watch = {work_tick},
                          .session = s,
                          .what = what,
                          .unit = unit,
                          .scale = 1,
                          .begun = -1,
                          .began_s = now,
                          .shown_s = now};
}

double work_elapsed_s(const struct work *work)
{
    return clock_s() - work->began_s;
}

bool fail(const struct bound_call *call, struct diagnostic *diagnostic, const struct error *error)
{
    return bound_call_error(call, diagnostic, NULL, error);
}

const char *count_text(char text[COUNT_TEXT_SIZE], long long count)
{
    char digits[COUNT_TEXT_SIZE];
    int size = snprintf(digits, sizeof digits, "%lld", count < 0 ? -count : count);
    char *to = text;
    if (count < 0)
        *to++ = '-';
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}
