/*
 * session_commands - the commands about the session: info, set, print, warn, ask, clear, time,
 * help, reset, version, exit.
 */
#include "mnist/base/clock.h"
#include "mnist/base/count_text.h"
#include "mnist/base/version.h"
#include "mnist/c_api/plugins.h"
#include "mnist/commands/command_table.h"
#include "mnist/language/expression.h"
#include "mnist/language/help.h"
#include "mnist/language/plugin_words.h"
#include "mnist/process/process_state.h"
#include "mnist/workspace/session_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void info_data(struct session *s, struct table *table)
{
    char text[256], count[COUNT_TEXT_SIZE], prepared[64];
    const struct data *data = &s->data;
    if (data->loaded == NULL) {
        table_property(table, "data", "none");
        return;
    }
    snprintf(text, sizeof text, "%s, %s training images", data->loaded->name,
             count_text(count, data->loaded->train.count));
    table_property(table, "data", text);
    table_property(table, "preprocessing",
                   preparation_text(prepared, sizeof prepared, &data->preparation.config));
    snprintf(text, sizeof text, "%s", count_text(count, data->validation));
    table_property(table, "validation images", text);
    table_property(table, "augmentation", augment_active(&data->augment) ? "on" : "off");
}

static void info_model(struct session *s, struct table *table)
{
    char text[RECIPE_SIZE + 64], count[COUNT_TEXT_SIZE];
    const struct model *model = &s->model;
    if (model->network == NULL) {
        table_property(table, "network", "none");
        return;
    }
    snprintf(text, sizeof text, "%s, %s parameters", model->name,
             count_text(count, (long long)network_parameter_count(model->network)));
    table_property(table, "network", text);
    if (!model->trained) {
        table_property(table, "training", "none");
        return;
    }
    snprintf(text, sizeof text, "%d epoch%s with `%s`", model->history.count,
             model->history.count == 1 ? "" : "s", model->recipe);
    table_property(table, "training", text);
    if (!isnan(model->test_accuracy)) {
        snprintf(text, sizeof text, "%.2f %%", 100 * model->test_accuracy);
        table_property(table, "test accuracy", text);
    }
}

bool run_info(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    (void)call;
    (void)diagnostic;
    char text[128];
    struct table *table = table_new(NULL);
    table_properties(table, "session", "", TABLE_LEFT);
    info_data(s, table);
    info_model(s, table);
    snprintf(text, sizeof text, "%zu", variables_count(s->variables));
    table_property(table, "variables", text);
    snprintf(text, sizeof text, "%s%s%s, %d thread%s", s->engine->name,
             s->engine->isa != NULL ? ", " : "", s->engine->isa != NULL ? s->engine->isa : "",
             thread_pool_threads(s->pool), thread_pool_threads(s->pool) == 1 ? "" : "s");
    table_property(table, "engine", text);
    table_property(table, "version", MNIST_VERSION);
    output_table(s->output, &table);
    return true;
}

static void show_settings(struct session *s)
{
    char text[32];
    struct table *table = table_new(NULL);
    table_properties(table, "setting", "value", TABLE_LEFT);
    snprintf(text, sizeof text, "%d", thread_pool_threads(s->pool));
    table_property(table, "threads", text);
    table_property(table, "plot.format", s->plot_format);
    table_property(table, "plot.folder", s->plot_folder[0] != '\0' ? s->plot_folder : "none");
    table_property(table, "engine", s->engine->name);
    table_property(table, "isa", s->engine->isa != NULL ? s->engine->isa : "the library's choice");
    table_property(table, "c.compiler", s->c_compiler);
    snprintf(text, sizeof text, "%.1fG", (double)s->c_memory / (1 << 30));
    table_property(table, "c.memory", text);
    snprintf(text, sizeof text, "%d", s->c_seconds);
    table_property(table, "c.time", text);
    output_table(s->output, &table);
}

/* The values of a `set` line that may fail. All are checked before any is set, so that a line that
   fails changes nothing. */
struct settings {
    struct thread_pool *pool;    /* NULL = unchanged */
    const struct engine *engine; /* NULL = unchanged */
    uint64_t memory;             /* bytes of a C cell; 0 = unchanged */
};

static bool find_pool(const struct bound_call *call, struct thread_pool **pool,
                      struct diagnostic *diagnostic)
{
    struct error error;
    *pool = thread_pool_new((int)bound_call_integer(call, "threads"), &error);
    return *pool != NULL || bound_call_error(call, diagnostic, "threads", &error);
}

/* engine= without isa= selects the best instruction set; isa= without engine= means the native
   engine. */
static bool find_engine(const struct bound_call *call, const struct engine **engine,
                        struct diagnostic *diagnostic)
{
    bool by_isa = bound_call_given(call, "isa");
    const char *isa = by_isa ? bound_call_string(call, "isa") : "auto";
    const char *name =
        bound_call_given(call, "engine") ? bound_call_string(call, "engine") : "native";
    const struct engine *found = engine_find(name, isa);
    if (found != NULL && by_isa && found->isa == NULL && strcmp(isa, "auto") != 0)
        return bound_call_diagnostic(
            call, diagnostic, "isa",
            "isa can be set only for engine=native: the engine %s selects its instruction set "
            "itself",
            name);
    if (found == NULL)
        return bound_call_diagnostic(call, diagnostic, by_isa ? "isa" : "engine",
                                     "this processor does not support %s; its best instruction set "
                                     "is %s",
                                     isa, engine_default()->isa);
    *engine = found;
    return true;
}

/* Converts "4G" to bytes. */
static bool find_memory(const struct bound_call *call, uint64_t *memory,
                        struct diagnostic *diagnostic)
{
    static const char units[] = "KMGT";
    const char *text = bound_call_string(call, "c.memory");
    char *end;
    double size = strtod(text, &end);
    const char *unit = *end != '\0' ? strchr(units, *end & ~0x20) : NULL;
    for (const char *u = units; unit != NULL && u <= unit; u++)
        size *= 1024;
    if (end == text || !(size >= 16e6 && size < 1e15) ||
        (*end != '\0' && (unit == NULL || end[1] != '\0')))
        return bound_call_diagnostic(
            call, diagnostic, "c.memory",
            "c.memory must be a size from 16M to 900T, e.g. 512M or 4G, not \"%s\"", text);
    *memory = (uint64_t)size;
    return true;
}

static bool find_settings(const struct session *s, const struct bound_call *call,
                          struct settings *settings, struct diagnostic *diagnostic)
{
    if (bound_call_given(call, "c.compiler") &&
        strlen(bound_call_string(call, "c.compiler")) >= sizeof s->c_compiler)
        return bound_call_diagnostic(call, diagnostic, "c.compiler",
                                     "c.compiler must have at most %zu bytes",
                                     sizeof s->c_compiler - 1);
    return (!bound_call_given(call, "c.memory") ||
            find_memory(call, &settings->memory, diagnostic)) &&
           ((!bound_call_given(call, "engine") && !bound_call_given(call, "isa")) ||
            find_engine(call, &settings->engine, diagnostic)) &&
           (!bound_call_given(call, "threads") || find_pool(call, &settings->pool, diagnostic));
}

bool run_set(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    static const char *const names[] = {"threads",     "engine",      "isa",        "c.memory",
                                        "plot.format", "plot.folder", "c.compiler", "c.time"};
    struct settings settings = {.pool = NULL};
    if (!find_settings(s, call, &settings, diagnostic))
        return false;
    if (settings.pool != NULL) {
        thread_pool_free(&s->pool);
        s->pool = settings.pool;
    }
    s->engine = settings.engine != NULL ? settings.engine : s->engine;
    s->c_memory = settings.memory != 0 ? settings.memory : s->c_memory;
    if (bound_call_given(call, "plot.format"))
        snprintf(s->plot_format, sizeof s->plot_format, "%s",
                 bound_call_string(call, "plot.format"));
    if (bound_call_given(call, "plot.folder"))
        snprintf(s->plot_folder, sizeof s->plot_folder, "%s",
                 strcmp(bound_call_string(call, "plot.folder"), "none") == 0
                     ? ""
                     : bound_call_string(call, "plot.folder"));
    if (bound_call_given(call, "c.compiler"))
        snprintf(s->c_compiler, sizeof s->c_compiler, "%s", bound_call_string(call, "c.compiler"));
    if (bound_call_given(call, "c.time"))
        s->c_seconds = (int)bound_call_integer(call, "c.time");
    bool any = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        any = any || bound_call_given(call, names[i]);
    if (!any)
        show_settings(s);
    return true;
}

static bool print_values(struct session *s, const struct bound_call *call,
                         enum output_stream stream, struct diagnostic *diagnostic)
{
    size_t count = bound_call_count(call, "values");
    for (size_t i = 0; i < count; i++) {
        char *text = value_display(bound_call_value(call, "values", i));
        if (text == NULL)
            return bound_call_diagnostic(call, diagnostic, "values", "out of memory");
        s->output->text(s->output, stream, text, strlen(text));
        free(text);
        if (i + 1 < count)
            s->output->text(s->output, stream, " ", 1);
    }
    s->output->text(s->output, stream, "\n", 1);
    return true;
}

bool run_print(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    return print_values(s, call, OUTPUT_STDOUT, diagnostic);
}

bool run_warn(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    return print_values(s, call, OUTPUT_STDERR, diagnostic);
}

/* Stores the answer in the variable: as a number if it is one, else as text. */
static bool keep_answer(struct session *s, const char *name, const char *answer)
{
    char *end;
    double number = strtod(answer, &end);
    if (end != answer && *end == '\0' && isfinite(number))
        return variables_set_number(s->variables, name, number);
    return variables_set_string(s->variables, name, answer);
}

bool run_ask(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    const char *name = bound_call_string(call, "name"), *prompt = bound_call_string(call, "prompt");
    char fallback[VARIABLE_NAME_SIZE_MAX + 4], *answer;
    struct error error;
    if (!variable_name_valid(name))
        return bound_call_diagnostic(
            call, diagnostic, "name",
            "a variable name must be a letter followed by letters, digits and _, not %s", name);
    snprintf(fallback, sizeof fallback, "%s: ", name);
    if (!s->output->ask(s->output, prompt != NULL ? prompt : fallback,
                        bound_call_boolean(call, "secret"), &answer, &error))
        return fail(call, diagnostic, &error);
    bool kept = keep_answer(s, name, answer);
    free(answer);
    return kept || bound_call_diagnostic(
                       call, diagnostic, "name",
                       "the answer cannot be stored: memory has run out, or there are already %d "
                       "variables",
                       VARIABLES_MAX);
}

bool run_clear(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    (void)diagnostic;
    s->output->clear(s->output, bound_call_boolean(call, "wait"));
    return true;
}

bool run_time(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    double began = clock_s();
    bool done = command_execute(s, bound_call_wrapped(call), diagnostic);
    double took = clock_s() - began;
    char title[COMMAND_TITLE_SIZE];
    command_title(title, bound_call_command(bound_call_wrapped(call)));
    if (done && took < 1)
        output_print(s->output, OUTPUT_STDOUT, "%s took %.1f ms\n", title, 1000 * took);
    else if (done)
        output_print(s->output, OUTPUT_STDOUT, "%s took %.2f s\n", title, took);
    return done;
}

/* Joins the words of the topic: "explore samples". */
static void topic_of(const struct bound_call *call, char *topic, size_t size)
{
    size_t used = 0;
    topic[0] = '\0';
    for (size_t i = 0; i < bound_call_count(call, "topic") && used < size; i++) {
        const struct value *word = bound_call_value(call, "topic", i);
        used += (size_t)snprintf(topic + used, size - used, "%s%s", i > 0 ? " " : "",
                                 word->kind == VALUE_STRING ? word->text : "?");
    }
}

bool run_help(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    char topic[128];
    struct error error;
    topic_of(call, topic, sizeof topic);
    char *text = help_topic(topic, s->config.help_width, &error);
    if (text == NULL)
        return topic[0] != '\0' ? bound_call_error(call, diagnostic, "topic", &error)
                                : bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    s->output->text(s->output, OUTPUT_STDOUT, text, strlen(text));
    free(text);
    return true;
}

bool run_reset(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    (void)call;
    (void)diagnostic;
    if (s->cells != NULL && s->inside == 0 && s->config.fresh != NULL) {
        cells_leave(s->cells);
        s->config.fresh(s->config.fresh_context, s->statement);
    }
    model_release(&s->model);
    data_release(&s->data);
    normalization_plain(&s->data.preparation.normalization);
    variables_clear(s->variables);
    blueprints_release(&s->blueprints);
    if (s->cells != NULL)
        cells_forget(s->cells);
    plugins_forget();
    plugin_words_clear();
    session_defaults(s);
    process_state_forget_cell();
    output_print(s->output, OUTPUT_STDOUT, "the session has been reset\n");
    return true;
}

bool run_version(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    (void)call;
    (void)diagnostic;
    output_print(s->output, OUTPUT_STDOUT, "MNIST Digit Classification %s, engine %s\n",
                 MNIST_VERSION, s->engine->name);
    return true;
}

bool run_exit(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    (void)call;
    (void)diagnostic;
    s->exits = true;
    return true;
}
