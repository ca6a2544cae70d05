/*
 * session - life cycle of a session, and execution of cells; see session.h.
 *
 *     program_parse -> diagnostics? report them, execute nothing
 *     each statement: assignment -> variables      expression -> the cell's value
 *                     page -> help                 command -> command_execute (command_table.h)
 *
 * A failure ends the cell; the effects of earlier statements remain.
 */
#include "mnist/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/temporary.h"
#include "mnist/c_api/plugin_calls.h"
#include "mnist/c_api/plugins.h"
#include "mnist/c_cells/cell_threads.h"
#include "mnist/c_cells/cells_folder.h"
#include "mnist/c_cells/faults/crash.h"
#include "mnist/c_cells/streams.h"
#include "mnist/commands/command_table.h"
#include "mnist/language/cell.h"
#include "mnist/language/expression.h"
#include "mnist/language/help.h"
#include "mnist/language/program.h"
#include "mnist/language/variables.h"
#include "mnist/process/process_state.h"
#include "mnist/workspace/session_state.h"

static bool gnuplot_stop(void *context)
{
    return state_stopped(context);
}

/* Removes temporary files of killed sessions. The folders may not exist. */
static void remove_abandoned_files(const struct session *s)
{
    static const char *const below_data[] = {"raw", "fashion", "checkpoints", "processed"};
    char folder[PROJECT_PATHS_SIZE];
    struct error ignored;
    temporary_remove_abandoned(s->places.models, NULL);
    if (s->plot_folder[0] != '\0')
        temporary_remove_abandoned(s->plot_folder, NULL);
    for (size_t i = 0; i < sizeof below_data / sizeof *below_data; i++)
        if (project_paths_join(folder, s->places.data, below_data[i], "", &ignored))
            preprocess_remove_abandoned(folder);
    cells_folder_remove_abandoned();
}

static void run_inside(struct session *s, const char *commands, struct session_report *report);

struct session *session_new(const struct session_config *config, struct error *error)
{
    struct session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        error_memory(error, "a session", sizeof *s);
        return NULL;
    }
    process_state_define();
    streams_block();
    s->config = *config;
    s->run_inside = run_inside;
    s->model.test_accuracy = (double)NAN;
    normalization_plain(&s->data.preparation.normalization);
    live_names_init(&s->names);
    live_names_init(&s->pictures_written);
    session_defaults(s);
    s->variables = variables_new();
    if (project_paths_find(&s->places, config->executable, error)) {
        const struct gnuplot_config gnuplot = {
            .plots_dir = s->places.templates, .stop = gnuplot_stop, .stop_context = s};
        s->gnuplot = gnuplot_new(&gnuplot);
        s->pool = thread_pool_new(config->threads, error);
        if (s->variables == NULL || s->gnuplot == NULL)
            error_memory(error, "a session", sizeof *s);
    }
    if (s->pool == NULL || s->variables == NULL || s->gnuplot == NULL)
        session_free(&s);
    else
        remove_abandoned_files(s);
    return s;
}

void session_free(struct session **session)
{
    struct session *s = *session;
    if (s == NULL)
        return;
    model_release(&s->model);
    data_release(&s->data);
    blueprints_release(&s->blueprints);
    variables_free(&s->variables);
    live_names_release(&s->names);
    live_names_release(&s->pictures_written);
    gnuplot_free(&s->gnuplot);
    thread_pool_free(&s->pool);
    cells_free(&s->cells);
    free(s->c_text);
    free(s->compiler_messages);
    crash_report_release(&s->c_report);
    free(s);
    *session = NULL;
}

void session_after_fork(struct session *s)
{
    state_after_fork(s);
}

static void report_diagnostic(struct session_report *report, const struct diagnostic *diagnostic,
                              const char *code)
{
    report->status = diagnostic->kind == ERROR_INTERRUPTED ? SESSION_INTERRUPTED : SESSION_FAILED;
    report->name = error_name(diagnostic->kind);
    report->text = strdup(diagnostic->text);
    report->detail = diagnostic_print(diagnostic, code, strlen(code));
}

static void report_parse(struct session_report *report, const struct program *program)
{
    const struct diagnostic *first = program_diagnostic(program, 0);
    report->status = SESSION_FAILED;
    report->refused = true;
    report->name = error_name(first->kind);
    report->text = strdup(first->text);
    report->detail = program_diagnostics_print(program);
}

static void report_memory(struct session_report *report)
{
    report->status = SESSION_FAILED;
    report->name = error_name(ERROR_SYSTEM);
    report->text = strdup("out of memory");
}

static bool show_value(struct session *s, const struct value *value, struct diagnostic *diagnostic)
{
    char *plain = value->kind == VALUE_STRING ? value_source(value) : value_display(value);
    if (plain == NULL)
        return diagnostic_set(diagnostic, ERROR_SYSTEM, (struct span){.line = 1}, "out of memory");
    s->output->value(s->output, plain);
    free(plain);
    return true;
}

/* An assignment, or a value; only the last statement's value is shown, and None is not. */
static bool run_value(struct session *s, const struct statement *statement, bool last,
                      struct diagnostic *diagnostic)
{
    struct value value;
    bool done = statement_evaluate(statement, s->variables, &value, diagnostic);
    if (!done)
        return false;
    if (statement_kind(statement) == STATEMENT_ASSIGNMENT) {
        done = variables_set(s->variables, statement_name(statement), &value);
        if (!done)
            diagnostic_set(diagnostic, ERROR_SYSTEM, statement_span(statement),
                           "%s cannot be stored: out of memory, or there are already %d variables",
                           statement_name(statement), VARIABLES_MAX);
    } else if (last && value.kind != VALUE_NONE)
        done = show_value(s, &value, diagnostic);
    value_release(&value);
    return done;
}

static bool run_page(struct session *s, const struct statement *statement,
                     struct diagnostic *diagnostic)
{
    struct error error;
    char *help = help_topic(statement_topic(statement), s->config.help_width, &error);
    if (help == NULL)
        return diagnostic_set(diagnostic, error.kind, statement_span(statement), "%s", error.text);
    s->output->page(s->output, help);
    free(help);
    return true;
}

static bool run_command(struct session *s, const struct statement *statement,
                        struct diagnostic *diagnostic)
{
    struct bound_call *call = bound_call_resolve(statement, s->variables, diagnostic);
    if (call == NULL)
        return false;
    bool done = command_execute(s, call, diagnostic);
    s->output->progress_end(s->output);
    bound_call_free(&call);
    return done;
}

static bool run_statement(struct session *s, const struct statement *statement, bool last,
                          struct diagnostic *diagnostic)
{
    if (state_stopped(s))
        return diagnostic_set(diagnostic, ERROR_INTERRUPTED, statement_span(statement),
                              "interrupted before this line");
    s->changed = s->changed || statement_changes(statement);
    switch (statement_kind(statement)) {
    case STATEMENT_COMMAND: return run_command(s, statement, diagnostic);
    case STATEMENT_PAGE: return run_page(s, statement, diagnostic);
    case STATEMENT_ASSIGNMENT:
    case STATEMENT_EXPRESSION: break;
    }
    return run_value(s, statement, last, diagnostic);
}

/* Parses all of code [size], then executes it statement by statement. */
static void run_commands(struct session *s, const char *code, size_t size,
                         struct session_report *report)
{
    struct diagnostic diagnostic;
    *report = (struct session_report){.status = SESSION_OK};
    struct program *program = program_parse(code, size);
    if (program == NULL) {
        report_memory(report);
        return;
    }
    size_t count = program_statement_count(program);
    if (program_diagnostic_count(program) > 0)
        report_parse(report, program);
    size_t first = s->inside == 0 ? (size_t)s->skip : 0;
    for (size_t i = first; i < count && report->status == SESSION_OK && !s->exits; i++) {
        s->statement = s->inside == 0 ? (int)i : s->statement;
        if (!run_statement(s, program_statement(program, i), i + 1 == count, &diagnostic))
            report_diagnostic(report, &diagnostic, code);
    }
    program_free(&program);
}

/* Keeps the text of a C cell, with its header line replaced by blanks, so that line numbers are
   unchanged. False if memory runs out. */
static bool keep_c_text(struct session *s, const char *code, const struct cell_text *cell)
{
    free(s->c_text);
    free(s->compiler_messages);
    s->compiler_messages = NULL;
    crash_report_release(&s->c_report);
    s->c_text = cell->is_c ? strdup(code) : NULL;
    for (size_t i = 0; s->c_text != NULL && i < cell->header_start + cell->header_size; i++)
        if (s->c_text[i] != '\n')
            s->c_text[i] = ' ';
    return !cell->is_c || s->c_text != NULL;
}

/* Adds the compiler's messages to a failure. */
static void report_compiler(struct session *s, struct session_report *report)
{
    if (s->compiler_messages == NULL || report->status == SESSION_OK)
        return;
    report->name = "CompileError";
    free(report->detail);
    report->detail = s->compiler_messages;
    s->compiler_messages = NULL;
}

/* Runs commands; they may call plugins from C cells, so faults are caught. */
static void run_guarded(struct session *s, const char *code, struct session_report *report)
{
    bool guarded = s->config.crash != NULL && plugins_any() &&
                   crash_watch_begin(s->config.crash, plugin_calls_watch());
    run_commands(s, code, strlen(code), report);
    if (guarded)
        crash_watch_end();
}

void session_skip(struct session *s, int statements)
{
    s->skip = statements > 0 ? statements : 0;
}

bool session_needs_copy(const struct session *s, const char *code)
{
    (void)s;
    return plugins_any() || cell_read(code, strlen(code)).is_c;
}

bool session_can_be_copied(const struct session *s)
{
    (void)s;
    return cell_threads_running() == 0;
}

/* Replaces the report by that of the sanitizer. */
static void report_checked(struct session *s, struct session_report *report)
{
    if (s->c_report.text == NULL || report->status == SESSION_OK)
        return;
    free(report->text);
    free(report->detail);
    report->name = s->c_report.name;
    report->text = s->c_report.text;
    report->detail = s->c_report.detail;
    s->c_report = (struct crash_report){0};
}

void session_run(struct session *s, int number, const char *code, struct output *output,
                 struct session_report *report)
{
    process_state_restore();
    s->output = output;
    s->changed = s->exits = false;
    s->cell_number = number;
    char *text = strdup(code);
    if (text != NULL)
        cell_mend_line_ends(text, strlen(text));
    struct cell_text cell = cell_read(code, strlen(code));
    if (text == NULL || !keep_c_text(s, text, &cell))
        report_memory(report);
    else if (cell.is_c)
        run_commands(s, text, cell.header_start + cell.header_size, report);
    else
        run_guarded(s, text, report);
    free(text);
    report_compiler(s, report);
    report_checked(s, report);
    report->changed = s->changed;
    report->exits = s->exits;
    s->skip = 0;
    process_state_restore();
}

/* Commands of a C cell, in the middle of that cell. */
static void run_inside(struct session *s, const char *commands, struct session_report *report)
{
    struct output *output = s->output;
    char *c_text = s->c_text;
    int number = s->cell_number;
    s->c_text = NULL;
    s->inside++;
    run_commands(s, commands, strlen(commands), report);
    s->inside--;
    s->output = output;
    s->c_text = c_text;
    s->cell_number = number;
    s->changed = true;
}

bool session_last_words(struct session *s, int status, struct session_report *report)
{
    struct crash_report crash;
    streams_block();
    *report = (struct session_report){.status = SESSION_OK};
    if (s->config.crash == NULL)
        return false;
    struct crash_record record = *s->config.crash;
    if (status == -1 && (record.kind == CRASH_NONE || record.kind == CRASH_RUNNING))
        return false;
    s->config.crash->kind = CRASH_NONE; /* if the report crashes, too, it is not tried again */
    crash_report_make(&record, status, &crash);
    report->status = record.kind == CRASH_INTERRUPT ? SESSION_INTERRUPTED : SESSION_FAILED;
    report->name = crash.name;
    report->text = crash.text;
    report->detail = crash.detail;
    return true;
}

/* The value of an expression such as `$a * 2`, or of a variable without `$`. */
static bool evaluate(struct session *s, const char *expression, struct value *value,
                     struct error *error)
{
    struct diagnostic diagnostic;
    const struct value *variable = variables_get(s->variables, expression);
    if (variable != NULL)
        return value_copy(value, variable) || error_memory(error, "a value", 0);
    return expression_value(expression, s->variables, value, &diagnostic) ||
           error_set(error, diagnostic.kind, "%.900s", diagnostic.text);
}

char *session_evaluate(struct session *s, const char *expression, struct error *error)
{
    struct value value;
    if (!evaluate(s, expression, &value, error))
        return NULL;
    char *plain = value.kind == VALUE_STRING ? value_source(&value) : value_display(&value);
    value_release(&value);
    if (plain == NULL)
        error_memory(error, "a value", 0);
    return plain;
}

char *session_c_scope(const struct session *s, char **include)
{
    *include = strdup(s->places.include);
    return s->cells != NULL ? cells_scope(s->cells) : strdup("");
}
