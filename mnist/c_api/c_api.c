/*
 * c_api - the session of the running cell; the last training, random numbers, commands.
 */
#include "mnist/c_api/c_api.h"

#include "mnist/c_api/plugin_calls.h"

#include <stdio.h>
#include <string.h>

#include "mnist/base/rng.h"
#include "mnist/language/cell.h"
#include "mnist/process/process_state.h"

static struct {
    int depth; /* of nested cells */
    struct rng rng;
    bool seeded;
} api;

void c_api_begin(struct session *s)
{
    c_api_session_set(s);
    api.depth++;
}

void c_api_end(struct session *s)
{
    c_api_forget_plans();
    if (--api.depth > 0)
        return;
    c_api_settle_outputs(s);
    c_api_settle_network(s);
    c_api_settle_data();
    c_api_settle_plugins();
    c_api_session_set(NULL);
}

/* ---- the last training ---- */

int mnist_epoch_count(void)
{
    return c_api_session("mnist_epoch_count")->model.history.count;
}

struct mnist_epoch mnist_epoch(int index)
{
    const struct training_history *history = &c_api_session("mnist_epoch")->model.history;
    if (index < 0 || index >= history->count)
        crash_fail("mnist_epoch: no epoch %d: the history has %d, counted from 0", index,
                   history->count);
    const struct epoch_record *record = &history->records[index];
    return (struct mnist_epoch){
        .loss = (double)record->train_loss,
        .accuracy = (double)record->train_accuracy,
        .validation_loss = (double)record->validation_loss,
        .validation_accuracy = (double)record->validation_accuracy,
        .rate = (double)record->rate,
    };
}

/* ---- random numbers ---- */

void mnist_seed(uint64_t seed)
{
    api.rng = rng_stream(seed, RNG_CELL, 0, 0);
    api.seeded = true;
}

static struct rng *rng_now(void)
{
    if (!crash_own_thread())
        crash_fail(
            "only the cell's own thread may use the cell's random numbers: a plugin must use the "
            "generator in its arguments");
    if (!api.seeded)
        mnist_seed(0);
    return &api.rng;
}

uint32_t mnist_random(void)
{
    return rng_u32(rng_now());
}

uint32_t mnist_below(uint32_t limit)
{
    if (limit == 0)
        crash_fail("mnist_below: the limit must be at least 1, not 0");
    return rng_below(rng_now(), limit);
}

struct mnist_rng *mnist_rng(void)
{
    return (struct mnist_rng *)rng_now();
}

double mnist_uniform(void)
{
    return (double)rng_uniform(rng_now());
}

/* ---- commands ---- */

bool mnist_run(const char *commands)
{
    struct session *s = c_api_session("mnist_run");
    struct session_report report;
    if (cell_read(commands, strlen(commands)).is_c) {
        output_print(s->output, OUTPUT_STDERR, "UsageError\nmnist_run runs commands, not C\n");
        return false;
    }
    c_api_forget_plans();
    fflush(stdout);
    bool watched = crash_commands_begin(plugin_calls_watch());
    process_state_leave_cell();
    s->run_inside(s, commands, &report);
    if (report.status != SESSION_OK)
        output_print(s->output, OUTPUT_STDERR, "%s\n%s\n", report.name,
                     report.detail != NULL ? report.detail : report.text);
    process_state_enter_cell();
    if (watched)
        crash_commands_end();
    bool done = report.status == SESSION_OK;
    session_report_release(&report);
    return done;
}
