/*
 * load - `load mnist | fashion | FOLDER`: loads a data set, which replaces the current one.
 */
#include "mnist/base/atomic_file.h"
#include "mnist/base/count_text.h"
#include "mnist/commands/command_table.h"
#include "mnist/language/nearest.h"
#include "mnist/workspace/fetch.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"

#include <stdio.h>
#include <string.h>

/* The folder of a data set, and the kind that is expected in it. A name that is not an existing
   folder may be the name of a set that `preprocess save=` has written. */
static bool find_folder(struct session *s, const char *from, char folder[PROJECT_PATHS_SIZE],
                        enum dataset_kind *kind, struct error *error)
{
    *kind = DATASET_ANY;
    if (strcmp(from, "mnist") == 0) {
        *kind = DATASET_MNIST;
        return project_paths_join(folder, s->places.data, "raw", "", error);
    }
    if (strcmp(from, "fashion") == 0) {
        *kind = DATASET_FASHION;
        return project_paths_join(folder, s->places.data, "fashion", "", error);
    }
    char processed[PROJECT_PATHS_SIZE];
    if (!project_paths_join(processed, s->places.data, "processed", "", error) ||
        !project_paths_join(folder, processed, from, "", error))
        return false;
    atomic_folder_recover(folder);
    if (strchr(from, '/') != NULL || project_paths_exists(from) || !project_paths_exists(folder))
        return snprintf(folder, PROJECT_PATHS_SIZE, "%s", from) < PROJECT_PATHS_SIZE ||
               error_set(error, ERROR_USAGE, "the path must have at most %d bytes, not %zu",
                         PROJECT_PATHS_SIZE - 1, strlen(from));
    return true;
}

/* Appends "did you mean" to the error if the name resembles `mnist` or `fashion`. */
static void suggest_name(const char *from, struct error *error)
{
    struct nearest nearest = nearest_begin(from);
    size_t used = strlen(error->text);
    if (strchr(from, '/') != NULL || project_paths_exists(from))
        return;
    nearest_offer(&nearest, "mnist");
    nearest_offer(&nearest, "fashion");
    if (nearest.best != NULL)
        snprintf(error->text + used, sizeof error->text - used, "; did you mean `load %s`?",
                 nearest.best);
}

static void show_summary(struct session *s)
{
    const struct dataset *data = s->data.loaded;
    char text[COUNT_TEXT_SIZE];
    struct table *table = table_new(NULL);
    table_properties(table, "data set", data->name, TABLE_RIGHT);
    table_row(table);
    table_cell(table, "training images");
    table_cell(table, "%s", count_text(text, data->train.count));
    table_row(table);
    table_cell(table, "test images");
    table_cell(table, "%s", count_text(text, data->test.count));
    table_row(table);
    table_cell(table, "size");
    table_cell(table, "%d x %d pixels", data->rows, data->columns);
    if (data->note[0] != '\0') {
        table_row(table);
        table_cell(table, "prepared by");
        table_cell(table, "%s", data->note);
    }
    table_row(table);
    table_cell(table, "files");
    table_cell(table, "%s", data->checked ? "checked (SHA-256)" : "not a published data set");
    output_table(s->output, &table);
}

bool run_load(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    const char *from = bound_call_string(call, "from");
    char folder[PROJECT_PATHS_SIZE];
    enum dataset_kind kind;
    struct error error;
    struct work work;
    if (!find_folder(s, from, folder, &kind, &error))
        return bound_call_error(call, diagnostic, "from", &error);
    if (kind != DATASET_ANY && !fetch_if_missing(s, from, folder, &error))
        return bound_call_error(call, diagnostic, bound_call_given(call, "from") ? "from" : NULL,
                                &error);
    work_begin(&work, s, "reading", "images");
    struct dataset *dataset = dataset_load(folder, kind, &work.progress, &error);
    if (dataset == NULL && kind == DATASET_ANY)
        suggest_name(from, &error);
    else if (dataset == NULL)
        data_advise(from, &error);
    if (dataset == NULL)
        return bound_call_error(call, diagnostic, bound_call_given(call, "from") ? "from" : NULL,
                                &error);
    data_replace(s, dataset);
    show_summary(s);
    return true;
}
