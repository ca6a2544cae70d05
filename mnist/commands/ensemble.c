/*
 * ensemble - `evaluate ensemble A B ...`: the accuracy of several saved networks, individually and
 * as an ensemble.
 *
 *     p[image, class] = mean over the networks of softmax(logits)[image, class]
 *     predicted class = argmax of p
 *
 * All files are read and checked before the first image is evaluated, so an error in the last name
 * is reported at once. Each network has its own preparation: the predictor prepares the loaded
 * images for each network, and the session stays unchanged. Only the sum of the probabilities is
 * kept, in double precision, so that the result does not depend on the order of the names.
 */
#include "mnist/base/count_text.h"
#include "mnist/base/subprogress.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/model_load.h"
#include "mnist/commands/model_path.h"
#include "mnist/commands/score.h"
#include "mnist/data/label_errors.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NETWORKS_MIN = 2, NETWORKS_MAX = 64 };

struct member {
    const char *name; /* from the cell; borrowed from the call     */
    struct stat file; /* its device and inode identify the file    */
    struct model model;
    struct score score;
};

struct ensemble {
    struct member *members;
    int count;
    struct selection selection; /* of the loaded images                                  */
    float *probabilities;       /* [images, DATASET_CLASSES] of one network, finally the mean */
    double *sums;               /* [images, DATASET_CLASSES] over the networks             */
    uint8_t *labels;            /* [images]                                                */
    struct score score;
};

static void ensemble_release(struct ensemble *ensemble)
{
    for (int i = 0; i < ensemble->count; i++)
        model_release(&ensemble->members[i].model);
    free(ensemble->members);
    free(ensemble->probabilities);
    free(ensemble->sums);
    free(ensemble->labels);
}

/* ---- reading the networks ---- */

/* A diagnostic at the name of one network. Returns false. */
static bool member_diagnostic(const struct bound_call *call, struct diagnostic *diagnostic,
                              int index, const struct error *error)
{
    return diagnostic_set(diagnostic, error->kind,
                          bound_call_value_span(call, "networks", (size_t)index), "%s",
                          error->text);
}

static bool read_file(struct session *s, struct member *member, struct error *error)
{
    char path[PROJECT_PATHS_SIZE];
    struct error why;
    if (!model_path_find(s, member->name, path, error))
        return false;
    struct model_file *file = model_file_open(path, &why);
    bool done = file != NULL && model_load_read(&member->model, file, &why);
    if (done)
        model_load_warn_unverified(s, file, member->name);
    if (done && stat(path, &member->file) != 0)
        done = error_system(&why, "%s", path);
    model_file_free(&file);
    return done || error_set(error, why.kind, "network `%s`: %s", member->name, why.text);
}

/* True if the network is trained and the loaded images, after its preprocessing, have the size of
   its input. */
static bool check_member(const struct session *s, const struct member *member, struct error *error)
{
    const struct model *model = &member->model;
    const struct preprocess_config *config = &model->preparation.config;
    const struct dataset *loaded = s->data.loaded;
    struct shape input = network_input(model->network);
    char prepared[64];
    struct error why;
    if (!model->trained)
        return error_set(error, ERROR_STATE,
                         "the network `%s` was saved untrained: train it, then save it again",
                         member->name);
    if (!preprocess_check(config, loaded->rows, loaded->columns, &why))
        return error_set(error, ERROR_STATE,
                         "the network `%s` does not fit these images of %d x %d pixels: %s",
                         member->name, loaded->rows, loaded->columns, why.text);
    int rows = preprocess_rows(config, loaded->rows),
        columns = preprocess_columns(config, loaded->columns);
    if (network_check_input(model->network, (struct shape){1, rows, columns}, &why))
        return true;
    return error_set(
        error, ERROR_STATE,
        "the network `%s` expects images of %d x %d pixels, but its preprocessing (%s) produces %d "
        "x %d from the images of %s",
        member->name, input.height, input.width,
        preparation_text(prepared, sizeof prepared, config), rows, columns, loaded->name);
}

static bool read_member(struct session *s, struct ensemble *ensemble, int index,
                        struct error *error)
{
    struct member *member = &ensemble->members[index];
    if (state_stopped(s))
        return error_interrupted(error);
    if (!read_file(s, member, error) || !check_member(s, member, error))
        return false;
    for (int i = 0; i < index; i++) {
        const struct member *other = &ensemble->members[i];
        if (other->file.st_ino == member->file.st_ino && other->file.st_dev == member->file.st_dev)
            return error_set(
                error, ERROR_USAGE,
                strcmp(other->name, member->name) == 0
                    ? "the network `%s` is listed twice: an ensemble must contain each network "
                      "only once"
                    : "the network `%s` is the same file as `%s`: an ensemble must contain each "
                      "network only once",
                member->name, other->name);
    }
    return true;
}

static bool read_members(struct session *s, const struct bound_call *call,
                         struct ensemble *ensemble, struct diagnostic *diagnostic)
{
    size_t count = bound_call_count(call, "networks");
    struct error error;
    if (count < NETWORKS_MIN)
        return bound_call_diagnostic(
            call, diagnostic, "networks",
            "an ensemble needs at least two networks: add the name of another saved network, or "
            "use `model load %s` and `evaluate` to evaluate this one",
            bound_call_string(call, "networks"));
    if (count > NETWORKS_MAX)
        return bound_call_diagnostic(call, diagnostic, "networks",
                                     "an ensemble has at most %d networks, not %zu", NETWORKS_MAX,
                                     count);
    ensemble->members = calloc(count, sizeof *ensemble->members);
    if (ensemble->members == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    ensemble->count = (int)count;
    for (int i = 0; i < ensemble->count; i++) {
        ensemble->members[i].name = bound_call_value(call, "networks", (size_t)i)->text;
        ensemble->members[i].model.test_accuracy = (double)NAN;
        if (!read_member(s, ensemble, i, &error))
            return member_diagnostic(call, diagnostic, i, &error);
    }
    return true;
}

/* ---- prediction ---- */

/* The images of a selection, prepared for one network. */
struct view {
    const struct dataset *loaded;
    const struct selection *selection;
    const struct preparation *preparation;
};

/* The fill function of nn/engine/data_source.h: the same values as preprocess_apply and
   data_loader_fill. */
static void view_fill(void *context, float *x, uint8_t *labels, const uint32_t *indices, int count,
                      int epoch)
{
    const struct view *view = context;
    const struct dataset *loaded = view->loaded;
    const struct preprocess_config *config = &view->preparation->config;
    size_t size = (size_t)preprocess_rows(config, loaded->rows) *
                  (size_t)preprocess_columns(config, loaded->columns);
    uint8_t image[IDX_SIDE_MAX * IDX_SIDE_MAX];
    (void)epoch;
    for (int i = 0; i < count; i++) {
        int index = selection_index(view->selection, (int)indices[i]);
        preprocess_image(config, image, dataset_image(loaded, view->selection->part, index),
                         loaded->rows, loaded->columns);
        normalize_bytes(&view->preparation->normalization, x + (size_t)i * size, image, size);
        if (labels != NULL)
            labels[i] = view->selection->part->labels[index];
    }
}

/* Computes the probabilities and the score of one network, and adds to the sums. */
static bool run_member(struct session *s, struct ensemble *ensemble, struct member *member,
                       struct progress *progress, struct error *error)
{
    struct view view = {s->data.loaded, &ensemble->selection, &member->model.preparation};
    struct data_source source = {
        .context = &view, .count = ensemble->selection.count, .fill = view_fill};
    struct predictor *predictor = predictor_new(member->model.network, s->engine, s->pool, error);
    bool done = predictor != NULL && predictor_run(predictor, &source, ensemble->probabilities,
                                                   ensemble->labels, progress, error);
    predictor_free(&predictor);
    if (!done)
        return false;
    member->score = score_count(ensemble->probabilities, ensemble->labels, source.count);
    for (size_t i = 0; i < (size_t)source.count * DATASET_CLASSES; i++)
        ensemble->sums[i] += (double)ensemble->probabilities[i];
    return true;
}

static bool run_members(struct session *s, struct ensemble *ensemble, struct error *error)
{
    size_t images = (size_t)ensemble->selection.count, values = images * DATASET_CLASSES;
    struct work work;
    ensemble->probabilities = malloc((values + 1) * sizeof *ensemble->probabilities);
    ensemble->sums = calloc(values + 1, sizeof *ensemble->sums);
    ensemble->labels = malloc(images + 1);
    if (ensemble->probabilities == NULL || ensemble->sums == NULL || ensemble->labels == NULL)
        return error_memory(error, "the predictions", values * sizeof *ensemble->sums);
    work_begin(&work, s, "evaluating", "images");
    work.scale = (double)images * ensemble->count;
    for (int i = 0; i < ensemble->count; i++) {
        struct subprogress phase;
        struct progress *progress = subprogress_begin(
            &phase, &work.progress, (double)i / ensemble->count, (double)(i + 1) / ensemble->count);
        snprintf(work.note, sizeof work.note, "network %d of %d, %.80s", i + 1, ensemble->count,
                 ensemble->members[i].name);
        if (!run_member(s, ensemble, &ensemble->members[i], progress, error))
            return false;
    }
    for (size_t i = 0; i < values; i++)
        ensemble->probabilities[i] = (float)(ensemble->sums[i] / ensemble->count);
    ensemble->score = score_count(ensemble->probabilities, ensemble->labels, (int)images);
    return true;
}

/* ---- output ---- */

static void warn(struct session *s, const struct ensemble *ensemble)
{
    for (int i = 0; i < ensemble->count; i++) {
        const struct member *member = &ensemble->members[i];
        model_warn_figures(s, &member->model, member->name, &ensemble->selection);
    }
}

static void score_row(struct table *table, const char *name, struct score score)
{
    char text[COUNT_TEXT_SIZE];
    table_row(table);
    table_cell(table, "%s", name);
    score_percent_cell(table, score_accuracy(score));
    score_interval_cell(table, score);
    table_cell(table, "%s", count_text(text, (long long)score_errors(score)));
}

/* Mean and sample standard deviation (divisor n - 1) of the accuracies. */
static void mean_row(struct table *table, const struct ensemble *ensemble)
{
    double sum = 0, squares = 0, n = ensemble->count;
    for (int i = 0; i < ensemble->count; i++)
        sum += score_accuracy(ensemble->members[i].score);
    for (int i = 0; i < ensemble->count; i++) {
        double deviation = score_accuracy(ensemble->members[i].score) - sum / n;
        squares += deviation * deviation;
    }
    table_row(table);
    table_cell(table, "mean of the networks");
    score_percent_cell(table, sum / n);
    table_cell(table, "sd %.2f", 100 * sqrt(squares / (n - 1)));
}

static void show_ensemble(struct session *s, const struct ensemble *ensemble)
{
    char text[80], images[COUNT_TEXT_SIZE];
    struct score without;
    snprintf(text, sizeof text, "%d networks on the %s set, individually and as an ensemble",
             ensemble->count, selection_noun(&ensemble->selection));
    struct table *table = table_new(text);
    table_column(table, "network", TABLE_LEFT);
    table_column(table, "accuracy", TABLE_RIGHT);
    table_column(table, "95 % interval", TABLE_RIGHT);
    table_column(table, "errors", TABLE_RIGHT);
    for (int i = 0; i < ensemble->count; i++)
        score_row(table, ensemble->members[i].name, ensemble->members[i].score);
    table_rule(table);
    mean_row(table, ensemble);
    snprintf(text, sizeof text, "ensemble of %d", ensemble->count);
    score_row(table, text, ensemble->score);
    count_text(images, ensemble->selection.count);
    if (score_without_label_errors(&without, s, &ensemble->selection, ensemble->probabilities,
                                   ensemble->labels)) {
        snprintf(text, sizeof text, "without %d label errors", LABEL_ERROR_COUNT);
        score_row(table, text, without);
        table_note(table, "of %s images; label errors: Northcutt et al. 2021", images);
    } else
        table_note(table, "of %s image%s", images, ensemble->selection.count == 1 ? "" : "s");
    output_table(s->output, &table);
}

bool run_evaluate_ensemble(struct session *s, const struct bound_call *call,
                           struct diagnostic *diagnostic)
{
    struct ensemble ensemble = {0};
    struct error error;
    bool done = data_need(s, call, diagnostic) &&
                data_select(s, call, "set", &ensemble.selection, diagnostic) &&
                read_members(s, call, &ensemble, diagnostic);
    if (done) {
        bool test = ensemble.selection.part == &s->data.prepared->test;
        ensemble.selection.part = test ? &s->data.loaded->test : &s->data.loaded->train;
        done = run_members(s, &ensemble, &error) || fail(call, diagnostic, &error);
    }
    if (done) {
        warn(s, &ensemble);
        show_ensemble(s, &ensemble);
        variables_set_number(s->variables, "accuracy", score_accuracy(ensemble.score));
        variables_set_number(s->variables, "errors", (double)score_errors(ensemble.score));
    }
    ensemble_release(&ensemble);
    return done;
}
