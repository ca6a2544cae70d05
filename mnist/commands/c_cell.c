/*
 * c_cell - `%%c`: the options of the first line, and the text of the cell, for c_cells/cells.h.
 *
 *     %%c link=openblas flags="-O3"  ->  compiler options, linker options, mode  ->  cells_run
 *
 * A failure becomes a diagnostic of the cell. The compiler's messages and the report of a crash are
 * kept in the session, which shows them in full.
 */
#include "mnist/c_api/c_api.h"
#include "mnist/commands/command_table.h"
#include "mnist/output/null_output.h"
#include "mnist/workspace/session_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool cells_stop(void *context)
{
    return state_stopped(context);
}

static bool is_gnuplot(void *context, int pid)
{
    struct session *s = context;
    return gnuplot_pid(s->gnuplot) == pid;
}

static void forget_parent(void *context)
{
    state_after_fork(context);
}

static void silence_output(void *context)
{
    struct session *s = context;
    s->output = null_output();
    s->plot_folder[0] = '\0';
}

static bool have_cells(struct session *s, struct error *error)
{
    const struct cells_config config = {
        .clang = s->places.clang,
        .include = s->places.include,
        .colours = s->config.colours,
        .record = s->config.crash,
        .stop = cells_stop,
        .keeps = is_gnuplot,
        .forget = forget_parent,
        .hush = silence_output,
        .context = s,
    };
    if (s->cells == NULL)
        s->cells = cells_new(&config, error);
    return s->cells != NULL;
}

/* Splits text in place at the separators. list receives the words and a final NULL. False if there
   are more than CELLS_FLAGS_MAX words. */
static bool split_words(char *text, const char *separators, const char *list[CELLS_FLAGS_MAX + 1])
{
    char *rest = NULL;
    int count = 0;
    for (char *word = strtok_r(text, separators, &rest); word != NULL;
         word = strtok_r(NULL, separators, &rest)) {
        if (count == CELLS_FLAGS_MAX)
            return false;
        list[count++] = word;
    }
    list[count] = NULL;
    return true;
}

struct cell_options {
    char flags[1024], links[1024], standard[32];
    char libraries[CELLS_FLAGS_MAX + 1][64];
};

static bool set_flags(struct cell_options *options, const struct bound_call *call,
                      struct cells_request *request)
{
    snprintf(options->standard, sizeof options->standard, "-std=%s",
             bound_call_string(call, "std"));
    snprintf(options->flags, sizeof options->flags, "%s %s", options->standard,
             bound_call_given(call, "flags") ? bound_call_string(call, "flags") : "");
    return split_words(options->flags, " \t", request->flags);
}

/* m,openblas -> -lm -lopenblas */
static bool set_libraries(struct cell_options *options, const struct bound_call *call,
                          struct cells_request *request)
{
    const char *names[CELLS_FLAGS_MAX + 1];
    snprintf(options->links, sizeof options->links, "m,%s",
             bound_call_given(call, "link") ? bound_call_string(call, "link") : "");
    if (!split_words(options->links, ", ", names))
        return false;
    int i = 0;
    for (; names[i] != NULL; i++) {
        snprintf(options->libraries[i], sizeof options->libraries[i], "-l%s", names[i]);
        request->links[i] = options->libraries[i];
    }
    request->links[i] = NULL;
    return true;
}

/* Moves the compiler's messages and the crash report into the session, and sets the diagnostic.
   Returns false. */
static bool report_trouble(struct session *s, const struct bound_call *call,
                           struct diagnostic *diagnostic, struct cells_trouble *trouble)
{
    s->compiler_messages = trouble->messages;
    s->c_report = trouble->report;
    if (s->c_report.text != NULL)
        error_set(&trouble->error, s->c_report.interrupted ? ERROR_INTERRUPTED : ERROR_STATE, "%s",
                  s->c_report.text);
    return fail(call, diagnostic, &trouble->error);
}

/* The outputs that silence_output replaces while a timed cell repeats. */
struct saved_output {
    struct output *output;
    char plot_folder[PROJECT_PATHS_SIZE];
};

static bool run_request(struct session *s, const struct cells_request *request,
                        struct cells_trouble *trouble)
{
    struct saved_output saved = {.output = s->output};
    snprintf(saved.plot_folder, sizeof saved.plot_folder, "%s", s->plot_folder);
    c_api_begin(s);
    bool done = cells_run(s->cells, request, trouble);
    c_api_end(s);
    s->output = saved.output;
    snprintf(s->plot_folder, sizeof s->plot_folder, "%s", saved.plot_folder);
    return done;
}

bool run_c(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct error error;
    struct cell_options options;
    struct cells_trouble trouble;
    struct cells_request request = {.text = s->c_text,
                                    .number = s->cell_number,
                                    .compiler = s->c_compiler,
                                    .memory = s->c_memory,
                                    .seconds = s->c_seconds,
                                    .output = s->output};
    if (s->c_text == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL,
                                     "%%%%c must be the first line of a cell: the rest of the cell "
                                     "is then C");
    if (bound_call_boolean(call, "check") && bound_call_boolean(call, "time"))
        return bound_call_diagnostic(call, diagnostic, "time",
                                     "check and time cannot be combined, because sanitizers slow "
                                     "the cell down");
    request.mode = bound_call_boolean(call, "check")  ? CELLS_CHECK
                   : bound_call_boolean(call, "time") ? CELLS_TIME
                                                      : CELLS_RUN;
    if (!set_flags(&options, call, &request))
        return bound_call_diagnostic(call, diagnostic, "flags",
                                     "flags must have at most %d words, with -std= included",
                                     CELLS_FLAGS_MAX);
    if (!set_libraries(&options, call, &request))
        return bound_call_diagnostic(call, diagnostic, "link",
                                     "link must have at most %d libraries, with m included",
                                     CELLS_FLAGS_MAX);
    if (!have_cells(s, &error))
        return fail(call, diagnostic, &error);
    return run_request(s, &request, &trouble) || report_trouble(s, call, diagnostic, &trouble);
}
