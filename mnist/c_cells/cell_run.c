/*
 * cell_run - the environment, the function, lines about what the cell has left running, its value.
 */
#include "mnist/c_cells/cell_run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mnist/c_cells/cell_environment.h"
#include "mnist/c_cells/cell_threads.h"
#include "mnist/c_cells/timing.h"
#include "mnist/c_cells/value_print.h"
#include "mnist/output/null_output.h"
#include "mnist/process/process_state.h"

/* The running cell; of nested cells, the innermost. */
static struct running {
    const struct cell_run *run;
    struct cell_environment *around;
    const json_t *type; /* of the value; NULL = values are ignored */
    char *value;
} running;

/* Cells call it with the value of their last expression (translation_unit.h). */
void mnist_c_value(const void *value);

void mnist_c_value(const void *value)
{
    if (running.type == NULL)
        return;
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    free(running.value);
    running.value = value_print(running.type, value);
    process_state_numbers_leave(&cell);
}

/* Discards the outputs of a timed cell's repetitions, which cannot read input either. */
static void hush(void)
{
    const struct cells_config *config = running.run->config;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    streams_flush();
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
    running.type = NULL;
    if (running.around->input != NULL)
        running.around->input->output = null_output();
    config->hush(config->context);
}

static void report_processes(struct output *output, int count)
{
    if (count > 0)
        output_print(output, OUTPUT_STDERR, "%d process%s that the cell left running %s ended\n",
                     count, count > 1 ? "es" : "", count > 1 ? "were" : "was");
}

/* Reports threads that the cell has left running (cell_threads.h). */
static void report_threads(const struct cell_run *run, int before)
{
    int count = cell_threads_running();
    if (count <= before)
        return;
    bool one = count == 1;
    const char *are = one ? " is" : "s are", *end = one ? "it ends" : "they end";
    if (run->request->mode == CELLS_CHECK)
        output_print(run->request->output, OUTPUT_STDERR,
                     "%d thread%s still running; %s with the checked copy of the session\n", count,
                     are, end);
    else
        output_print(
            run->request->output, OUTPUT_STDERR,
            "%d thread%s still running; %s with the session. While %s, a crash restores the state "
            "before %s started\n",
            count, are, end, one ? "it runs" : "they run", one ? "it was" : "they were");
}

static void report_time(struct output *output)
{
    char text[TIMING_TEXT_SIZE];
    timing_text(text);
    output_print(output, OUTPUT_STDOUT, "%s\n", text);
}

void cell_run(const struct cell_run *run, void (*function)(void))
{
    const struct cells_request *request = run->request;
    bool timed = request->mode == CELLS_TIME;
    struct cell_environment around;
    const struct running outer = running;
    int threads_before = cell_threads_running();
    running = (struct running){.run = run, .around = &around, .type = run->type};
    if (timed)
        timing_prepare(function, hush);
    cell_environment_begin(&around, request->output, request->memory);
    crash_call(run->record, timed ? timing_run : function, run->object, request->seconds);
    report_processes(request->output,
                     cell_environment_stop(&around, run->config->keeps, run->config->context));
    if (outer.run == NULL) /* inside another cell, that cell reports its threads at its own end */
        report_threads(run, threads_before);
    cell_environment_end(&around);
    if (timed)
        report_time(request->output);
    if (running.value != NULL)
        request->output->value(request->output, running.value);
    free(running.value);
    running = outer;
}
