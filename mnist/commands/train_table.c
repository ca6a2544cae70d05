/*
 * train_table - the table of a training, with one row for each completed epoch.
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/train.h"
#include "mnist/workspace/session_state.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct table *train_table(const struct training_history *history, bool validation, int kept)
{
    struct table *table = table_new(NULL);
    table_column(table, "epoch", TABLE_RIGHT);
    table_column(table, "loss", TABLE_RIGHT);
    table_column(table, "accuracy", TABLE_RIGHT);
    if (validation) {
        table_column(table, "validation loss", TABLE_RIGHT);
        table_column(table, "validation accuracy", TABLE_RIGHT);
    }
    const struct plugin_metric *metric = history->config.metric;
    if (metric != NULL)
        table_column(table, metric->name, TABLE_RIGHT);
    table_column(table, "hash of the weights", TABLE_LEFT);
    table_column(table, "", TABLE_LEFT);
    table_key(table, "kept");
    table_reserve(table, (int)strlen("best, kept"));
    int best = -1;
    double seconds = 0;
    char pace[COUNT_TEXT_SIZE];
    for (int i = 0; i < history->count; i++)
        best = history->records[i].best ? i : best;
    for (int i = 0; i < history->count; i++) {
        const struct epoch_record *r = &history->records[i];
        table_row(table);
        table_cell(table, "%d", r->epoch);
        table_cell(table, "%.4f", (double)r->train_loss);
        table_cell(table, "%.2f %%", 100 * (double)r->train_accuracy);
        if (validation) {
            table_cell(table, isnan(r->validation_loss) ? "-" : "%.4f", (double)r->validation_loss);
            table_cell(table, isnan(r->validation_accuracy) ? "-" : "%.2f %%",
                       100 * (double)r->validation_accuracy);
        }
        if (metric != NULL)
            table_cell(table, isnan(r->metric) ? "-" : "%.4g", (double)r->metric);
        table_cell(table, "%016" PRIx64, r->hash);
        table_cell(table, "%s%s%s", i == best ? "best" : "",
                   i == best && r->epoch == kept ? ", " : "", r->epoch == kept ? "kept" : "");
        seconds += r->seconds;
    }
    if (history->count > 0)
        table_remark(
            table, "%.1f s an epoch, %s images/s", seconds / history->count,
            count_text(pace, llround(history->records[history->count - 1].images_per_second)));
    return table;
}
