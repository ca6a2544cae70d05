/*
 * confusion - the confusion matrix: true classes as rows, predicted classes as columns.
 *
 * The diagonal is blue, the other cells are orange. Each colour has its own scale, so a few errors
 * are visible next to thousands of correct predictions. Every cell shows its count.
 */
#include "plots/drawing.h"
#include "plots/plots.h"

#include <math.h>
#include <stdio.h>

enum {
    CELL_FEW = 54, /* CSS pixels of a cell's side, up to FEW classes */
    CELL_MANY = 36,
    FEW = 12,
    NAME_WIDTH = 120, /* maximum for a class name                */
    SHARE_ROOM = 62,  /* for recall at the right                 */
    SHARE_LINE = 26,  /* for precision below                     */
    AXIS_NAME = 24,
    PRECISION_ROOM = 56, /* for the name left of the precision row */
};

struct totals {
    long long rows[PLOT_CLASSES_MAX], columns[PLOT_CLASSES_MAX], all, right, most_wrong;
    int wrong_truth, wrong_predicted; /* the largest cell off the diagonal */
};

static bool add_up(const struct plot_confusion *config, struct totals *totals,
                   struct plot_error *error)
{
    int classes = config->classes;
    *totals = (struct totals){0};
    for (int t = 0; t < classes; t++) {
        for (int p = 0; p < classes; p++) {
            long long count = config->counts[t * classes + p];
            if (count < 0)
                return drawing_refuse(
                    error, "the count of class %d predicted as %d is negative: %lld", t, p, count);
            totals->rows[t] += count;
            totals->columns[p] += count;
            totals->all += count;
            totals->right += t == p ? count : 0;
            if (t != p && count > totals->most_wrong) {
                totals->most_wrong = count;
                totals->wrong_truth = t;
                totals->wrong_predicted = p;
            }
        }
    }
    return totals->all > 0 || drawing_refuse(error, "there is nothing to draw: every count is 0");
}

/* A cell's count, abbreviated if necessary: 1234567 becomes "1.2M". */
static void cell_text(char text[32], long long count, double room)
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
    double value = (double)count;
    int unit = 0;
    snprintf(text, 32, "%lld", count);
    while (text_width(text, DRAWING_SMALL_PX) > room && unit < 6) {
        value /= 1000;
        unit++;
        snprintf(text, 32, value < 9.95 ? "%.1f%s" : "%.0f%s", value, units[unit]);
    }
}

/* $cells: column, row, kind (1 = right, 0 = wrong), shade 0..1; cell_text[1...] row by row. */
static void put_cells(struct drawing *drawing, const struct plot_confusion *config,
                      const struct totals *totals, double cell)
{
    int classes = config->classes;
    struct string_buffer *script = &drawing->script;
    script_begin(script, "$cells");
    for (int i = 0; i < classes * classes; i++) {
        int t = i / classes, p = i % classes;
        double count = (double)config->counts[i];
        double share = totals->rows[t] > 0 ? count / (double)totals->rows[t] : 0;
        double shade = t == p ? share : count > 0 ? sqrt(count / (double)totals->most_wrong) : 0;
        script_row(script, 4, (double)p, (double)t, t == p ? 1.0 : 0.0, shade);
    }
    script_end(script);
    script_array(script, "cell_text", classes * classes);
    for (int i = 0; i < classes * classes; i++) {
        char text[32];
        cell_text(text, config->counts[i], cell - 4);
        script_text_item(script, "cell_text", i + 1, config->counts[i] == 0 ? "\xC2\xB7" : text);
    }
}

/* Writes recall[] (right of each row) and precision[] (below each column) in percent; "-" for
   0/0. */
static void put_shares(struct drawing *drawing, const struct plot_confusion *config,
                       const struct totals *totals)
{
    int classes = config->classes;
    const long long *denominators[] = {totals->rows, totals->columns};
    static const char *const arrays[] = {"recall", "precision"};
    for (int k = 0; k < 2; k++) {
        script_array(&drawing->script, arrays[k], classes);
        for (int i = 0; i < classes; i++) {
            char text[32] = "-";
            if (denominators[k][i] > 0)
                snprintf(text, sizeof text, "%.*f", classes <= FEW ? 2 : 1,
                         100 * (double)config->counts[i * classes + i] /
                             (double)denominators[k][i]);
            script_text_item(&drawing->script, arrays[k], i + 1, text);
        }
    }
}

static void describe_confusion(struct drawing *drawing, const struct plot_confusion *config,
                               const struct totals *totals)
{
    char all[32], right[32], wrong[32];
    drawing_count(all, totals->all);
    drawing_count(right, totals->right);
    drawing_count(wrong, totals->most_wrong);
    drawing_say(drawing, "%s of %s image%s (%.2f %%) %s classified correctly", right, all,
                totals->all == 1 ? "" : "s", 100 * (double)totals->right / (double)totals->all,
                totals->right == 1 ? "is" : "are");
    if (totals->most_wrong > 0) {
        char truth[DRAWING_NAME_SIZE], predicted[DRAWING_NAME_SIZE];
        drawing_name(truth, config->names, totals->wrong_truth);
        drawing_name(predicted, config->names, totals->wrong_predicted);
        drawing_say(drawing, "; the most frequent error is %s predicted as %s (%s image%s)", truth,
                    predicted, wrong, totals->most_wrong == 1 ? "" : "s");
    }
    drawing_say(drawing, ".");
}

bool plot_confusion(struct gnuplot *gnuplot, const struct plot_confusion *config,
                    struct picture *picture, struct plot_error *error)
{
    struct totals totals;
    if (!drawing_check(error, "classes", config->classes, 1, PLOT_CLASSES_MAX) ||
        !add_up(config, &totals, error))
        return false;
    double cell = config->classes <= FEW ? CELL_FEW : CELL_MANY;
    double side = fmax(config->classes, 3) * cell;
    double names = 0;
    for (int i = 0; i < config->classes; i++) {
        char name[DRAWING_NAME_SIZE];
        drawing_name(name, config->names, i);
        names = fmax(names, fmin(text_width(name, DRAWING_SMALL_PX), NAME_WIDTH));
    }
    bool turned = names > cell - 4;
    double left = DRAWING_MARGIN + AXIS_NAME + fmax(names, PRECISION_ROOM) + 8;
    struct drawing drawing;
    drawing_begin(&drawing, "confusion", config->title, "Confusion matrix",
                  (int)ceil(left + side + SHARE_ROOM + DRAWING_MARGIN));
    double top = drawing.top + SHARE_LINE - 6;
    double below = SHARE_LINE + (turned ? names * 0.72 + 16 : 20) + AXIS_NAME;
    drawing_names(&drawing, "class_name", config->names, config->classes, NAME_WIDTH);
    script_number(&drawing.script, "classes", config->classes);
    script_number(&drawing.script, "turned", turned);
    script_number(&drawing.script, "cell", side / config->classes);
    script_number(&drawing.script, "left", left);
    script_number(&drawing.script, "side", side);
    script_number(&drawing.script, "matrix_top", top);
    script_number(&drawing.script, "below", below);
    put_cells(&drawing, config, &totals, cell);
    put_shares(&drawing, config, &totals);
    describe_confusion(&drawing, config, &totals);
    return drawing_finish(&drawing, top + side + below + DRAWING_MARGIN / 2.0, gnuplot, picture,
                          error);
}
