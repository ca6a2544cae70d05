/*
 * cell_run - in its order: surroundings, the function, what is said of it, its value.
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

/* The running cell's; of two that are inside each other (a cell runs a command that a cell has registered) the inner's. */
static struct running {
    const struct cell_run *run;
    struct cell_environment *around;
    const json_t *type; /* NULL = values are not wanted */
    char *value;
} running;

/* A cell calls it with its last expression's value (translation_unit.h). */
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

/* The repetitions of a cell are not heard, and ask nobody. */
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

static void say_ended(struct output *output, int count)
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
    const char *are = count > 1 ? "s are" : " is";
    if (run->request->mode == CELLS_CHECK)
        output_print(run->request->output, OUTPUT_STDERR,
                     "%d thread%s still running; they end with the checked copy of the session\n",
                     count, are);
    else
        output_print(
            run->request->output, OUTPUT_STDERR,
            "%d thread%s still running; they end with the session. While they run, a crash "
            "restores the state before they were started\n",
            count, are);
}

static void say_time(struct output *output)
{
    char text[TIMING_TEXT_SIZE];
    timing_text(text);
    output_print(output, OUTPUT_STDOUT, "%s\n", text);
}

/* What the cell prints appears as it is printed, and in the order in which it is. */
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
    say_ended(request->output,
              cell_environment_stop(&around, run->config->keeps, run->config->context));
    if (outer.run == NULL) /* inside another cell, that cell reports its threads at its own end */
        report_threads(run, threads_before);
    cell_environment_end(&around);
    if (timed)
        say_time(request->output);
    if (running.value != NULL)
        request->output->value(request->output, running.value);
    free(running.value);
    running = outer;
}
