/*
 * bench - the command `bench`: speed of training, inference, augmentation and loading, and its
 * share of the machine's peak.
 *
 *     words -> own images and network -> rounds of a workload (bench_jobs.h) -> medians -> report
 *
 * All results vary from run to run, so they are printed, as those of `time`, and are not a table
 * among the cell's results. No progress is shown, since it would be measured, too.
 *
 * Operations are counted as for dense layers: two for each multiply-add of the layers forward; in
 * training the same number again for the gradient of the weights and for that of the input, which
 * the first layer does not need.
 */
#include "mnist/base/count_text.h"
#include "mnist/bench/bench_jobs.h"
#include "mnist/commands/architecture.h"
#include "mnist/commands/command_table.h"
#include "mnist/data/synthetic.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYNTHETIC_IMAGES = 10000, SYNTHETIC_SEED = 42, FIRST_SEED = 42, TEXT_SIZE = 160 };

/* The augmentation if the session has none. */
static const struct augment_config usual_augment = {
    .rotate = 15, .shift = 3, .scale = 0.15, .shear = 10};

struct bench_job {
    const char *word;
    bool (*measure)(struct bench *bench, struct error *error);
    bool network, images, augments;
    int batch; /* default; 0 = the workload has no batch */
};

static const struct bench_job jobs[] = {
    {.word = "train",
     .measure = bench_train,
     .network = true,
     .images = true,
     .augments = true,
     .batch = 128},
    {.word = "infer", .measure = bench_infer, .network = true, .images = true, .batch = 1024},
    {.word = "single", .measure = bench_single, .network = true, .images = true},
    {.word = "augment", .measure = bench_augment, .images = true, .augments = true},
    {.word = "load", .measure = bench_load},
    {.word = "layers",
     .measure = bench_layers,
     .network = true,
     .images = true,
     .augments = true,
     .batch = 128},
};

static const struct bench_job *job_of(const struct bound_call *call)
{
    const struct bench_job *job = jobs;
    while (!bound_call_is(call, "what", job->word))
        job++;
    return job;
}

/* Rejects parameters that this workload does not use. */
static bool check_words(const struct bench_job *job, const struct bound_call *call,
                        struct diagnostic *diagnostic)
{
    if (bound_call_given(call, "batch") && job->batch == 0)
        return bound_call_diagnostic(call, diagnostic, "batch",
                                     "batch goes with train, infer and layers: `bench %s` has none",
                                     job->word);
    if (bound_call_given(call, "model") && !job->network)
        return bound_call_diagnostic(
            call, diagnostic, "model",
            "model goes with train, infer, single and layers: `bench %s` runs no network",
            job->word);
    return true;
}

/* ---- network and images ---- */

static struct network *build(const struct session *s, const struct bound_call *call,
                             const struct dataset *dataset, struct diagnostic *diagnostic)
{
    const char *name = bound_call_string(call, "model"),
               *text = blueprints_find(&s->blueprints, name);
    struct layer_spec specs[NETWORK_LAYERS_MAX];
    int count;
    struct error error;
    if (text == NULL) {
        bound_call_diagnostic(
            call, diagnostic, "model",
            "there is no network `%s`: use lenet, fast, keras or best, or define it with "
            "`model %s:` and a block of layers",
            name, name);
        return NULL;
    }
    struct network *network = NULL;
    if (architecture_parse(text, specs, &count, &error))
        network = network_new(specs, count, (struct shape){1, dataset->rows, dataset->columns},
                              FIRST_SEED, &error);
    if (network == NULL)
        bound_call_error(call, diagnostic, "model", &error);
    return network;
}

/* ---- operations ---- */

/* Floating-point operations for one image. */
struct bench_work {
    double dense;    /* every multiply-add of every layer                      */
    double executed; /* those that the engine executes; 0 = not counted        */
};

/* Multiply-adds of the first layer with parameters; the gradient of its input is not computed. */
static double first_multiply_adds(const struct network *network)
{
    for (int i = 0; i < network_layer_count(network); i++)
        if (network_layer(network, i)->parameters > 0)
            return (double)network_layer(network, i)->multiply_adds;
    return 0;
}

/* The operations of one image. An engine omits products (zeros, pixels that pooling drops), saves
   some (Winograd) and adds others to fill its vectors; `executed` is its own count. */
static struct bench_work work_of(const struct bench *bench, bool training)
{
    double forward = 2 * (double)network_multiply_adds(bench->network);
    struct bench_work work = {.dense = forward, .executed = 2 * bench->multiply_adds};
    if (training)
        work.dense = 3 * forward - 2 * first_multiply_adds(bench->network);
    return work;
}

/* ---- report ---- */

struct report {
    struct table *table, *layers; /* layers: or NULL */
    json_t *json;
};

/* Adds a row of the table and a field of the JSON. value is consumed. */
__attribute__((format(printf, 5, 6))) static void add(struct report *report, const char *field,
                                                      json_t *value, const char *label,
                                                      const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    json_object_set_new(report->json, field, value);
    table_row(report->table);
    table_cell(report->table, "%s", label);
    table_cell(report->table, "%s", text);
}

static json_t *layers_of(const struct network *network)
{
    char line[LAYER_TEXT_SIZE];
    json_t *layers = json_array();
    for (int i = 0; i < network_layer_count(network); i++)
        json_array_append_new(
            layers, json_string(layer_spec_print(&network_layer(network, i)->spec, line)));
    return layers;
}

static void add_network(struct report *report, const struct network *network, const char *name)
{
    char count[COUNT_TEXT_SIZE];
    long long parameters = (long long)network_parameter_count(network);
    add(report, "network", json_string(name), "network", "%s, %s parameters", name,
        count_text(count, parameters));
    json_object_set_new(report->json, "parameters", json_integer(parameters));
    json_object_set_new(report->json, "layers", layers_of(network));
}

static void add_images(struct report *report, const struct bench *bench)
{
    char count[COUNT_TEXT_SIZE];
    const struct dataset *dataset = bench->dataset;
    bool loaded = dataset == bench->session->data.prepared;
    const char *name = loaded ? bench->session->data.loaded->name : dataset->name;
    add(report, "images", json_string(name), "images",
        loaded ? "%s, %s of %d x %d" : "%s, %s of %d x %d: nothing is loaded", name,
        count_text(count, dataset->train.count), dataset->rows, dataset->columns);
}

/* The measured values. */
static void add_subject(struct report *report, const struct bench_job *job,
                        const struct bench *bench, const char *name)
{
    char text[TEXT_SIZE], count[COUNT_TEXT_SIZE];
    const struct session *s = bench->session;
    json_object_set_new(report->json, "what", json_string(job->word));
    if (job->network)
        add_network(report, bench->network, name);
    if (job->images)
        add_images(report, bench);
    if (job->measure == bench_load)
        add(report, "images", json_string("mnist"), "images", "mnist, %s",
            count_text(count, llround(bench->rounds.step_images)));
    if (job->augments)
        add(report, "augmentation",
            json_string(augmentation_text(text, sizeof text, bench->augment, 0)), "augmentation",
            "%s", augmentation_text(text, sizeof text, bench->augment, 0));
    if (job->batch > 0)
        add(report, "batch", json_integer(bench->batch), "batch", "%s",
            count_text(count, bench->batch));
    if (job->network)
        add(report, "engine", json_string(s->engine->name), "engine", "%s", s->engine->name);
    int threads = job->measure == bench_layers ? 1 : thread_pool_threads(s->pool);
    add(report, "threads", json_integer(threads), "threads", "%d", threads);
    add(report, "rounds", json_integer(bench->rounds.count), "rounds", "%d", bench->rounds.count);
    table_rule(report->table);
}

/* Sorts the rounds. Returns images per second. */
static double add_rate(struct report *report, struct bench *bench)
{
    struct bench_rounds *rounds = &bench->rounds;
    char median[COUNT_TEXT_SIZE], low[COUNT_TEXT_SIZE], high[COUNT_TEXT_SIZE];
    double rate = bench_median(rounds->rates, rounds->count), lowest = rounds->rates[0],
           highest = rounds->rates[rounds->count - 1];
    add(report, "images_per_second", json_real(rate), "images/s", "%s (from %s to %s)",
        count_text(median, llround(rate)), count_text(low, llround(lowest)),
        count_text(high, llround(highest)));
    json_object_set_new(report->json, "lowest_images_per_second", json_real(lowest));
    json_object_set_new(report->json, "highest_images_per_second", json_real(highest));
    add(report, "microseconds_per_image", json_real(1e6 / rate), "microseconds per image", "%.2f",
        1e6 / rate);
    return rate;
}

static void add_peak(struct report *report, struct bench *bench)
{
    const struct bench_rounds *rounds = &bench->rounds;
    double peak = 1e-9 * bench_peak(rounds);
    add(report, "peak_gflops", json_real(peak), "peak of multiply-adds, GFLOP/s",
        "%.1f (%s, the highest of the rounds)", peak, rounds->kernel->name);
    json_object_set_new(report->json, "peak_kernel", json_string(rounds->kernel->name));
}

/* The share of the machine's peak. */
static void add_operations(struct report *report, const struct bench_job *job, struct bench *bench,
                           double rate)
{
    struct bench_work work = work_of(bench, job->measure == bench_train);
    double dense = 1e-9 * work.dense * rate, peak = 1e-9 * bench_peak(&bench->rounds);
    add(report, "mflop_per_image_as_dense", json_real(1e-6 * work.dense),
        "MFLOP per image, as if dense", "%.3f", 1e-6 * work.dense);
    add(report, "gflops_as_dense", json_real(dense), "GFLOP/s, as if dense", "%.1f", dense);
    double executed = 1e-9 * work.executed * rate;
    if (executed > 0) {
        add(report, "mflop_per_image_executed", json_real(1e-6 * work.executed),
            "MFLOP per image, executed", "%.3f", 1e-6 * work.executed);
        add(report, "gflops_executed", json_real(executed), "GFLOP/s, executed", "%.1f", executed);
    }
    add_peak(report, bench);
    if (executed > 0)
        add(report, "share_of_peak_executed", json_real(executed / peak),
            "share of the peak, executed", "%.2f %%", 100 * executed / peak);
    /* No share, since omitted products are counted, too. */
    add(report, "share_of_peak_as_dense", json_real(dense / peak),
        "multiple of the peak, as if dense", "%.2f", dense / peak);
}

static void add_figures(struct report *report, const struct bench_job *job, struct bench *bench)
{
    if (job->measure == bench_layers) { /* batches run more than once, so there is no rate */
        json_t *rows = json_array();
        add_peak(report, bench);
        report->layers = bench_layers_table(bench, rows);
        json_object_set_new(report->json, "stages", rows);
        return;
    }
    double rate = add_rate(report, bench);
    if (job->measure == bench_single) {
        add(report, "median_microseconds", json_real(bench->median_us),
            "one image, median, microseconds", "%.1f", bench->median_us);
        add(report, "p99_microseconds", json_real(bench->p99_us),
            "one image, 99th percentile, microseconds", "%.1f", bench->p99_us);
    }
    if (job->measure == bench_load) {
        double load_s = bench->rounds.step_images / rate;
        add(report, "milliseconds", json_real(1e3 * load_s), "one loading, milliseconds", "%.1f",
            1e3 * load_s);
        add(report, "megabytes_per_second", json_real(bench->megabytes / load_s), "MB/s", "%.0f",
            bench->megabytes / load_s);
    }
    if (job->network)
        add_operations(report, job, bench, rate);
}

/* Consumes text. */
static bool print_text(struct session *s, char *text)
{
    if (text == NULL)
        return false;
    s->output->text(s->output, OUTPUT_STDOUT, text, strlen(text));
    s->output->text(s->output, OUTPUT_STDOUT, "\n", 1);
    free(text);
    return true;
}

/* Prints the report in the requested form and releases it. */
static bool say(struct session *s, const struct bound_call *call, struct report *report,
                struct diagnostic *diagnostic)
{
    bool printed;
    if (bound_call_is(call, "format", "json"))
        printed = print_text(s, json_dumps(report->json, JSON_COMPACT | JSON_REAL_PRECISION(7)));
    else {
        printed = print_text(s, table_text(report->table)) &&
                  (report->layers == NULL || print_text(s, table_text(report->layers)));
        output_data(s->output, &report->table);
        if (report->layers != NULL)
            output_data(s->output, &report->layers);
    }
    table_free(&report->table);
    table_free(&report->layers);
    json_decref(report->json);
    return printed || bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
}

static bool report(struct bench *bench, const struct bench_job *job, const struct bound_call *call,
                   struct diagnostic *diagnostic)
{
    char caption[64];
    snprintf(caption, sizeof caption, "bench %s", job->word);
    struct report report = {.table = table_new(caption), .json = json_object()};
    table_properties(report.table, "", "", TABLE_LEFT);
    add_subject(&report, job, bench, bound_call_string(call, "model"));
    add_figures(&report, job, bench);
    return say(bench->session, call, &report, diagnostic);
}

/* ---- the command ---- */

bool run_bench(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    const struct bench_job *job = job_of(call);
    struct error error;
    if (!check_words(job, call, diagnostic))
        return false;
    bool loaded = s->data.loaded != NULL, asks = augment_active(&s->data.augment),
         always = job->measure == bench_augment;
    struct dataset *synthetic = NULL;
    if (job->images && !loaded) {
        synthetic = synthetic_new(SYNTHETIC_IMAGES, 1, SYNTHETIC_SEED, &error);
        if (synthetic == NULL)
            return fail(call, diagnostic, &error);
    }
    struct bench bench = {
        .session = s,
        .batch =
            bound_call_given(call, "batch") ? (int)bound_call_integer(call, "batch") : job->batch,
        .seconds = bound_call_number(call, "seconds"),
        .dataset = loaded ? s->data.prepared : synthetic,
        .augment = always && !asks ? &usual_augment : &s->data.augment,
    };
    struct network *network = job->network ? build(s, call, bench.dataset, diagnostic) : NULL;
    bench.network = network;
    bool done = !job->network || network != NULL;
    if (done && !job->measure(&bench, &error))
        done = fail(call, diagnostic, &error);
    done = done && report(&bench, job, call, diagnostic);
    network_free(&network);
    dataset_free(&synthetic);
    return done;
}
