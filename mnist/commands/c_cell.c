/*
 * c_cell - %%c: the cell's own words for the compiler, and its C to mnist/c_cells/cells.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c_api/c_api.h"
#include "mnist/commands/command_table.h"
#include "mnist/output/null_output.h"
#include "mnist/session.h"
#include "mnist/workspace/session_state.h"

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
    session_after_fork(context);
}

static void hush(void *context)
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
        .hush = hush,
        .context = s,
    };
    if (s->cells == NULL)
        s->cells = cells_new(&config, error);
    return s->cells != NULL;
}

/* The words of text, each with prefix before it, into list, which ends with NULL. text is cut up; the words that need a
   prefix are written into made. False: more than CELLS_FLAGS_MAX. */
static bool take_words(char *text, const char *separators, const char *list[CELLS_FLAGS_MAX + 1])
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

static bool take_flags(struct cell_options *w, const struct bound_call *call,
                       struct cells_request *request)
{
    snprintf(w->standard, sizeof w->standard, "-std=%s", bound_call_string(call, "std"));
    snprintf(w->flags, sizeof w->flags, "%s %s", w->standard,
             bound_call_given(call, "flags") ? bound_call_string(call, "flags") : "");
    return take_words(w->flags, " \t", request->flags);
}

/* m,openblas -> -lm -lopenblas */
static bool take_libraries(struct cell_options *w, const struct bound_call *call,
                           struct cells_request *request)
{
    const char *names[CELLS_FLAGS_MAX + 1];
    snprintf(w->links, sizeof w->links, "m,%s",
             bound_call_given(call, "link") ? bound_call_string(call, "link") : "");
    if (!take_words(w->links, ", ", names))
        return false;
    int i = 0;
    for (; names[i] != NULL; i++) {
        snprintf(w->libraries[i], sizeof w->libraries[i], "-l%s", names[i]);
        request->links[i] = w->libraries[i];
    }
    request->links[i] = NULL;
    return true;
}

char *session_c_scope(const struct session *s, char **include)
{
    *include = strdup(s->places.include);
    return s->cells != NULL ? cells_scope(s->cells) : strdup("");
}

/* What went wrong is told whole where there is more to tell than a line. */
static bool take_trouble(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic, struct cells_trouble *trouble)
{
    s->compiler_messages = trouble->messages;
    s->c_report = trouble->report;
    if (s->c_report.text != NULL)
        error_set(&trouble->error, s->c_report.interrupted ? ERROR_INTERRUPTED : ERROR_STATE, "%s",
                  s->c_report.text);
    return fail(call, diagnostic, &trouble->error);
}

/* What a timed cell does without. */
struct heard {
    struct output *output;
    char plot_folder[PROJECT_PATHS_SIZE];
};

static bool run_request(struct session *s, const struct cells_request *request,
                        struct cells_trouble *trouble)
{
    struct heard heard = {.output = s->output};
    snprintf(heard.plot_folder, sizeof heard.plot_folder, "%s", s->plot_folder);
    c_api_begin(s);
    bool done = cells_run(s->cells, request, trouble);
    c_api_end(s);
    s->output = heard.output;
    snprintf(s->plot_folder, sizeof s->plot_folder, "%s", heard.plot_folder);
    return done;
}

bool run_c(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct error error;
    struct cell_options words;
    struct cells_trouble trouble;
    struct cells_request request = {.text = s->c_text,
                                    .number = s->cell_number,
                                    .compiler = s->c_compiler,
                                    .memory = s->c_memory,
                                    .seconds = s->c_seconds,
                                    .output = s->output};
    if (s->c_text == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL,
                                     "%%%%c stands in the first line of a cell, which is then C");
    if (bound_call_boolean(call, "check") && bound_call_boolean(call, "time"))
        return bound_call_diagnostic(call, diagnostic, "time",
                                     "a cell is either checked or timed: sanitizers make it slow");
    request.mode = bound_call_boolean(call, "check")  ? CELLS_CHECK
                   : bound_call_boolean(call, "time") ? CELLS_TIME
                                                      : CELLS_RUN;
    if (!take_flags(&words, call, &request) || !take_libraries(&words, call, &request))
        return bound_call_diagnostic(call, diagnostic, "flags", "flags takes at most %d words",
                                     CELLS_FLAGS_MAX);
    if (!have_cells(s, &error))
        return fail(call, diagnostic, &error);
    return run_request(s, &request, &trouble) || take_trouble(s, call, diagnostic, &trouble);
}
