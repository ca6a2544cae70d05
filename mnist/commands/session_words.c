/*
 * session_words - info, set, print, warn, ask, clear, time, help, reset, version, exit.
 */
#include "mnist/commands/parts.h"
#include "mnist/commands/state.h"
#include "mnist/language/expression.h"
#include "mnist/language/help.h"
#include "mnist/language/registered.h"
#include "mnist/process_state.h"
#include "mnist/version.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void line(struct table *table, const char *what, const char *value)
{
    table_row(table);
    table_cell(table, "%s", what);
    table_cell(table, "%s", value);
}

static void info_data(struct session *s, struct table *table)
{
    char text[256], count[COUNT_TEXT_SIZE], prepared[64];
    const struct data *data = &s->data;
    if (data->loaded == NULL) {
        line(table, "data", "none");
        return;
    }
    snprintf(text, sizeof text, "%s, %s training images", data->loaded->name,
             count_text(count, data->loaded->train.count));
    line(table, "data", text);
    line(table, "preprocessing",
         preparation_text(prepared, sizeof prepared, &data->preparation.config));
    snprintf(text, sizeof text, "%s", count_text(count, data->validation));
    line(table, "validation images", text);
    line(table, "augmentation", augment_active(&data->augment) ? "on" : "off");
}

static void info_model(struct session *s, struct table *table)
{
    char text[RECIPE_SIZE + 64], count[COUNT_TEXT_SIZE];
    const struct model *model = &s->model;
    if (model->network == NULL) {
        line(table, "network", "none");
        return;
    }
    snprintf(text, sizeof text, "%s, %s parameters", model->name,
             count_text(count, (long long)network_parameter_count(model->network)));
    line(table, "network", text);
    if (!model->trained) {
        line(table, "training", "not yet");
        return;
    }
    snprintf(text, sizeof text, "%d epoch%s by `%s`", model->history.count,
             model->history.count == 1 ? "" : "s", model->recipe);
    line(table, "training", text);
    if (!isnan(model->test_accuracy)) {
        snprintf(text, sizeof text, "%.2f %%", 100 * model->test_accuracy);
        line(table, "test accuracy", text);
    }
}

bool run_info(struct session *s, const struct call *call, struct mistake *mistake)
{
    (void)call;
    (void)mistake;
    char text[128];
    struct table *table = table_new(NULL);
    table_properties(table, "session", "", TABLE_LEFT);
    info_data(s, table);
    info_model(s, table);
    snprintf(text, sizeof text, "%zu", variables_count(s->variables));
    line(table, "variables", text);
    snprintf(text, sizeof text, "%s%s%s, %d thread%s", s->engine->name,
             s->engine->isa != NULL ? ", " : "", s->engine->isa != NULL ? s->engine->isa : "",
             pool_threads(s->pool), pool_threads(s->pool) == 1 ? "" : "s");
    line(table, "engine", text);
    line(table, "version", MNIST_VERSION);
    output_table(s->output, &table);
    return true;
}

static void show_settings(struct session *s)
{
    char text[32];
    struct table *table = table_new(NULL);
    table_properties(table, "setting", "value", TABLE_LEFT);
    snprintf(text, sizeof text, "%d", pool_threads(s->pool));
    line(table, "threads", text);
    line(table, "plot.format", s->plot_format);
    line(table, "plot.folder", s->plot_folder[0] != '\0' ? s->plot_folder : "none");
    line(table, "engine", s->engine->name);
    line(table, "isa", s->engine->isa != NULL ? s->engine->isa : "the library's choice");
    line(table, "c.compiler", s->c_compiler);
    snprintf(text, sizeof text, "%.1fG", (double)s->c_memory / (1 << 30));
    line(table, "c.memory", text);
    snprintf(text, sizeof text, "%d", s->c_seconds);
    line(table, "c.time", text);
    output_table(s->output, &table);
}

/* What `set` is asked for: all found first, then set, so that a line that fails changes nothing. */
struct settings {
    struct pool *pool;           /* NULL = as it is */
    const struct engine *engine; /* or NULL */
    uint64_t memory;             /* of a cell of C, bytes; 0 = as it is */
};

static bool find_pool(const struct call *call, struct pool **pool, struct mistake *mistake)
{
    struct error error;
    *pool = pool_new((int)call_whole(call, "threads"), &error);
    return *pool != NULL || call_error(call, mistake, "threads", &error);
}

/* An engine's name alone keeps the instruction set to itself; an instruction set is the native engine's. */
static bool find_engine(const struct call *call, const struct engine **engine,
                        struct mistake *mistake)
{
    bool by_isa = call_given(call, "isa");
    const char *isa = by_isa ? call_text(call, "isa") : "auto";
    const char *name = call_given(call, "engine") ? call_text(call, "engine") : "native";
    const struct engine *found = engine_find(name, isa);
    if (found != NULL && by_isa && found->isa == NULL && strcmp(isa, "auto") != 0)
        return call_mistake(call, mistake, "isa",
                            "the engine %s chooses its instruction set by itself; isa= goes with "
                            "engine=native",
                            name);
    if (found == NULL)
        return call_mistake(call, mistake, by_isa ? "isa" : "engine",
                            "this processor cannot run %s; the best that it can run is %s", isa,
                            engine_default()->isa);
    *engine = found;
    return true;
}

/* "4G" in bytes. */
static bool find_memory(const struct call *call, uint64_t *memory, struct mistake *mistake)
{
    static const char units[] = "KMGT";
    const char *text = call_text(call, "c.memory");
    char *end;
    double size = strtod(text, &end);
    const char *unit = *end != '\0' ? strchr(units, *end & ~0x20) : NULL;
    for (const char *u = units; unit != NULL && u <= unit; u++)
        size *= 1024;
    if (end == text || !(size >= 16e6 && size < 1e15) ||
        (*end != '\0' && (unit == NULL || end[1] != '\0')))
        return call_mistake(call, mistake, "c.memory",
                            "c.memory wants a size from 16M to 900T, as 512M or 4G, not \"%s\"",
                            text);
    *memory = (uint64_t)size;
    return true;
}

static bool find_settings(const struct session *s, const struct call *call,
                          struct settings *settings, struct mistake *mistake)
{
    if (call_given(call, "c.compiler") &&
        strlen(call_text(call, "c.compiler")) >= sizeof s->c_compiler)
        return call_mistake(call, mistake, "c.compiler", "c.compiler is at most %zu bytes long",
                            sizeof s->c_compiler - 1);
    return (!call_given(call, "c.memory") || find_memory(call, &settings->memory, mistake)) &&
           ((!call_given(call, "engine") && !call_given(call, "isa")) ||
            find_engine(call, &settings->engine, mistake)) &&
           (!call_given(call, "threads") || find_pool(call, &settings->pool, mistake));
}

bool run_set(struct session *s, const struct call *call, struct mistake *mistake)
{
    static const char *const names[] = {"threads",     "engine",      "isa",        "c.memory",
                                        "plot.format", "plot.folder", "c.compiler", "c.time"};
    struct settings settings = {.pool = NULL};
    if (!find_settings(s, call, &settings, mistake))
        return false;
    if (settings.pool != NULL) {
        pool_free(&s->pool);
        s->pool = settings.pool;
    }
    s->engine = settings.engine != NULL ? settings.engine : s->engine;
    s->c_memory = settings.memory != 0 ? settings.memory : s->c_memory;
    if (call_given(call, "plot.format"))
        snprintf(s->plot_format, sizeof s->plot_format, "%s", call_text(call, "plot.format"));
    if (call_given(call, "plot.folder"))
        snprintf(s->plot_folder, sizeof s->plot_folder, "%s",
                 strcmp(call_text(call, "plot.folder"), "none") == 0
                     ? ""
                     : call_text(call, "plot.folder"));
    if (call_given(call, "c.compiler"))
        snprintf(s->c_compiler, sizeof s->c_compiler, "%s", call_text(call, "c.compiler"));
    if (call_given(call, "c.time"))
        s->c_seconds = (int)call_whole(call, "c.time");
    bool any = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        any = any || call_given(call, names[i]);
    if (!any)
        show_settings(s);
    return true;
}

static bool say(struct session *s, const struct call *call, enum output_stream stream,
                struct mistake *mistake)
{
    size_t count = call_count(call, "values");
    for (size_t i = 0; i < count; i++) {
        char *text = value_display(call_value(call, "values", i));
        if (text == NULL)
            return call_mistake(call, mistake, "values", "out of memory");
        s->output->text(s->output, stream, text, strlen(text));
        free(text);
        if (i + 1 < count)
            s->output->text(s->output, stream, " ", 1);
    }
    s->output->text(s->output, stream, "\n", 1);
    return true;
}

bool run_print(struct session *s, const struct call *call, struct mistake *mistake)
{
    return say(s, call, OUTPUT_STDOUT, mistake);
}

bool run_warn(struct session *s, const struct call *call, struct mistake *mistake)
{
    return say(s, call, OUTPUT_STDERR, mistake);
}

/* An answer that is a number becomes one; anything else is a text. */
static bool keep_answer(struct session *s, const char *name, const char *answer)
{
    char *end;
    double number = strtod(answer, &end);
    if (end != answer && *end == '\0' && isfinite(number))
        return variables_set_number(s->variables, name, number);
    return variables_set_text(s->variables, name, answer);
}

bool run_ask(struct session *s, const struct call *call, struct mistake *mistake)
{
    const char *name = call_text(call, "name"), *prompt = call_text(call, "prompt");
    char fallback[VARIABLE_NAME_SIZE_MAX + 4], *answer;
    struct error error;
    if (!variable_name_valid(name))
        return call_mistake(call, mistake, "name",
                            "a variable's name is a letter, then letters, digits and _, not %s",
                            name);
    snprintf(fallback, sizeof fallback, "%s: ", name);
    if (!s->output->ask(s->output, prompt != NULL ? prompt : fallback, call_flag(call, "secret"),
                        &answer, &error))
        return fail(call, mistake, &error);
    bool kept = keep_answer(s, name, answer);
    free(answer);
    return kept ||
           call_mistake(call, mistake, "name",
                        "the answer cannot be kept: there is no memory, or there are %d variables",
                        VARIABLES_MAX);
}

bool run_clear(struct session *s, const struct call *call, struct mistake *mistake)
{
    (void)mistake;
    s->output->clear(s->output, call_flag(call, "wait"));
    return true;
}

bool run_time(struct session *s, const struct call *call, struct mistake *mistake)
{
    double began = clock_s();
    bool done = command_execute(s, call_wrapped(call), mistake);
    double took = clock_s() - began;
    char title[COMMAND_TITLE_SIZE];
    command_title(title, call_command(call_wrapped(call)));
    if (done && took < 1)
        output_print(s->output, OUTPUT_STDOUT, "%s took %.1f ms\n", title, 1000 * took);
    else if (done)
        output_print(s->output, OUTPUT_STDOUT, "%s took %.2f s\n", title, took);
    return done;
}

/* "explore samples" from the topic's words. */
static void topic_of(const struct call *call, char *topic, size_t size)
{
    size_t used = 0;
    topic[0] = '\0';
    for (size_t i = 0; i < call_count(call, "topic") && used < size; i++) {
        const struct value *word = call_value(call, "topic", i);
        used += (size_t)snprintf(topic + used, size - used, "%s%s", i > 0 ? " " : "",
                                 word->kind == VALUE_TEXT ? word->text : "?");
    }
}

bool run_help(struct session *s, const struct call *call, struct mistake *mistake)
{
    char topic[128];
    struct error error;
    topic_of(call, topic, sizeof topic);
    char *text = help_topic_within(topic, s->config.help_width, &error);
    if (text == NULL)
        return topic[0] != '\0' ? call_error(call, mistake, "topic", &error)
                                : call_mistake(call, mistake, NULL, "out of memory");
    s->output->text(s->output, OUTPUT_STDOUT, text, strlen(text));
    free(text);
    return true;
}

bool run_reset(struct session *s, const struct call *call, struct mistake *mistake)
{
    (void)call;
    (void)mistake;
    if (s->cells != NULL && s->inside == 0 && s->config.fresh != NULL) {
        cells_leave(s->cells);
        s->config.fresh(s->config.fresh_context, s->statement);
    }
    model_release(&s->model);
    data_release(&s->data);
    normalization_plain(&s->data.preparation.normalization);
    variables_clear(s->variables);
    for (int i = 0; i < s->blueprint_count; i++)
        free(s->blueprints[i].text);
    s->blueprint_count = 0;
    if (s->cells != NULL)
        cells_forget(s->cells);
    parts_forget();
    registered_clear();
    session_defaults(s);
    process_state_forget_cell();
    output_print(s->output, OUTPUT_STDOUT, "the session is empty again\n");
    return true;
}

bool run_version(struct session *s, const struct call *call, struct mistake *mistake)
{
    (void)call;
    (void)mistake;
    output_print(s->output, OUTPUT_STDOUT, "MNIST Digit Classification %s, engine %s\n",
                 MNIST_VERSION, s->engine->name);
    return true;
}

bool run_exit(struct session *s, const struct call *call, struct mistake *mistake)
{
    (void)call;
    (void)mistake;
    s->exits = true;
    return true;
}
