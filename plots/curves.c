/*
 * curves - line charts of a training: loss and accuracy by epoch, learning rate by step.
 */
#include "plots/drawing.h"
#include "plots/plots.h"
#include "plots/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    WIDTH = 720,
    AREA_HEIGHT = 300,
    KEY_LINE = 26, /* above the area */
    BELOW = 60,    /* tics and the axis label */
    EPOCH_TICS = 10,
    VALUE_TICS = 6,
    MARKED_POINTS = 60,         /* each point of a line with at most this many has a mark */
    EPOCH_COUNTED = 1000000000, /* complete epochs below are written with thousands separators */
};

/* ---- loss and accuracy --------------------------------------------------------------------- */

/* The differences between the loss chart and the accuracy chart. */
struct curve_kind {
    const char *template;
    const char *name;   /* the default title, and the first word of the sentence */
    double scale;       /* factor from value to drawn value */
    const char *format; /* of a drawn value in the sentence and the legend */
    bool high_is_good;
};

static const struct curve_kind loss_kind = {
    .template = "loss", .name = "Loss", .scale = 1, .format = "%.3g"};
static const struct curve_kind accuracy_kind = {.template = "accuracy",
                                                .name = "Accuracy",
                                                .scale = 100,
                                                .format = "%.2f %%",
                                                .high_is_good = true};

static double epoch_at(const struct plot_curve *config, int index)
{
    return config->epochs != NULL ? config->epochs[index] : index + 1.0;
}

/* The index of the first (step 1) or last (step -1) finite value; -1 if there is none. */
static int first_finite(const double *values, int count, int step)
{
    for (int i = step > 0 ? 0 : count - 1; values != NULL && i >= 0 && i < count; i += step)
        if (isfinite(values[i]))
            return i;
    return -1;
}

/* The index of the best epoch, or -1. */
static int find_best(const struct plot_curve *config, bool high_is_good)
{
    if (config->best != 0)
        return config->best > 0 && config->best <= config->count ? config->best - 1 : -1;
    int best = -1;
    for (int i = 0; config->validation != NULL && i < config->count; i++) {
        double value = config->validation[i];
        if (isfinite(value) && (best < 0 || (high_is_good ? value > config->validation[best]
                                                          : value < config->validation[best])))
            best = i;
    }
    return best;
}

/* Marks kind->format, one of the two formats above, as a format for the compiler. */
__attribute__((format_arg(1))) static const char *as_format(const char *format)
{
    return format;
}

static void value_text(char text[32], const struct curve_kind *kind, double value)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, 32, as_format(kind->format), value * kind->scale);
#pragma GCC diagnostic pop
}

/* "1,200" for 1200 complete epochs, "4.37" for an incomplete epoch. */
static void epoch_text(char text[32], double epoch)
{
    if (fabs(epoch) < EPOCH_COUNTED && floor(epoch) == epoch)
        drawing_count(text, (long long)epoch);
    else
        snprintf(text, 32, "%.4g", epoch);
}

static void describe_line(struct drawing *drawing, const struct curve_kind *kind, const char *name,
                          const double *values, int count)
{
    int first = first_finite(values, count, 1), last = first_finite(values, count, -1);
    char from[32], to[32];
    if (first < 0)
        return;
    value_text(from, kind, values[first]);
    value_text(to, kind, values[last]);
    if (first == last)
        drawing_say(drawing, "%s is %s", name, to);
    else
        drawing_say(drawing, "%s %s from %s to %s", name,
                    values[last] < values[first]   ? "falls"
                    : values[last] > values[first] ? "rises"
                                                   : "stays",
                    from, to);
}

static void describe_curve(struct drawing *drawing, const struct curve_kind *kind,
                           const struct plot_curve *config, int best)
{
    char value[32], epoch[32];
    double epochs = epoch_at(config, config->count - 1);
    epoch_text(epoch, epochs);
    drawing_say(drawing, "%s over %s epoch%s: ", kind->name, epoch, epochs == 1 ? "" : "s");
    bool has_train = first_finite(config->train, config->count, 1) >= 0;
    bool has_validation = first_finite(config->validation, config->count, 1) >= 0;
    describe_line(drawing, kind, "training", config->train, config->count);
    if (has_train && has_validation)
        drawing_say(drawing, ", ");
    if (has_validation && best >= 0 && isfinite(config->validation[best])) {
        value_text(value, kind, config->validation[best]);
        epoch_text(epoch, epoch_at(config, best));
        drawing_say(drawing, "validation is best at epoch %s (%s)", epoch, value);
    } else {
        describe_line(drawing, kind, "validation", config->validation, config->count);
    }
    drawing_say(drawing, ".");
}

/* Writes two datablocks for a line: the solid part with suffix "_whole" up to the last complete
   epoch, and the dashed part with suffix "_partial" after it. */
static void put_line(struct drawing *drawing, const struct curve_kind *kind,
                     const struct plot_curve *config, const char *name, const double *values,
                     double *scaled)
{
    int whole = config->whole > 0 && config->whole < config->count ? config->whole : config->count;
    char block[64];
    for (int i = 0; i < config->count; i++)
        scaled[i] = values != NULL ? values[i] * kind->scale : (double)NAN;
    double *x = scaled + config->count;
    for (int i = 0; i < config->count; i++)
        x[i] = epoch_at(config, i);
    snprintf(block, sizeof block, "$%s_whole", name);
    int drawn = series_put(&drawing->script, block, x, scaled, whole, false, false);
    snprintf(block, sizeof block, "$%s_partial", name);
    int start = whole < config->count && drawn > 0 ? whole : config->count;
    while (start > 0 && start < config->count + 1 && whole < config->count) {
        start--; /* the dashed line begins at the last finite point */
        if (isfinite(scaled[start]) && start < whole)
            break;
    }
    series_put(&drawing->script, block, x + start, scaled + start, config->count - start, false,
               false);
    snprintf(block, sizeof block, "has_%s", name);
    script_number(&drawing->script, block, first_finite(values, config->count, 1) >= 0);
}

static void put_axes(struct drawing *drawing, const struct curve_kind *kind,
                     const struct plot_curve *config)
{
    double low = INFINITY, high = -INFINITY, from = INFINITY, to = -INFINITY;
    series_range(config->train, config->count, &low, &high);
    series_range(config->validation, config->count, &low, &high);
    for (int i = 0; i < config->count; i++) {
        from = fmin(from, epoch_at(config, i));
        to = fmax(to, epoch_at(config, i));
    }
    if (!kind->high_is_good && low >= 0 && low < 0.4 * high)
        low = 0;
    struct series_axis y = series_axis(low * kind->scale, high * kind->scale, VALUE_TICS);
    if (kind->high_is_good && high <= 1)
        y.high = fmin(y.high, 100); /* an accuracy is at most 100 % */
    struct series_axis x = series_whole_axis(from, to, EPOCH_TICS);
    series_put_axis(&drawing->script, "y", &y);
    series_put_axis(&drawing->script, "x", &x);
}

static void put_best(struct drawing *drawing, const struct curve_kind *kind,
                     const struct plot_curve *config, int best)
{
    const double *values = config->validation != NULL ? config->validation : config->train;
    bool marked = best >= 0 && values != NULL && isfinite(values[best]);
    char value[32] = "", epoch[32] = "", text[96] = "";
    if (marked) {
        value_text(value, kind, values[best]);
        epoch_text(epoch, epoch_at(config, best));
        snprintf(text, sizeof text, "best: %s at epoch %s", value, epoch);
    }
    script_number(&drawing->script, "has_best", marked);
    script_number(&drawing->script, "best_x", marked ? epoch_at(config, best) : 0);
    script_number(&drawing->script, "best_y", marked ? values[best] * kind->scale : 0);
    script_text(&drawing->script, "best_text", text);
}

static bool draw_curve(struct gnuplot *gnuplot, const struct curve_kind *kind,
                       const struct plot_curve *config, struct picture *picture,
                       struct plot_error *error)
{
    if (!drawing_check(error, "epochs", config->count, 1, PLOT_POINTS_MAX))
        return false;
    if (first_finite(config->train, config->count, 1) < 0 &&
        first_finite(config->validation, config->count, 1) < 0)
        return drawing_refuse(error, "there is nothing to draw: no epoch has a finite value");
    double *scratch = malloc(2 * (size_t)config->count * sizeof *scratch);
    if (scratch == NULL)
        return drawing_no_memory(error, "the epochs");
    int best = find_best(config, kind->high_is_good);
    struct drawing drawing;
    drawing_begin(&drawing, kind->template, config->title, kind->name, WIDTH);
    put_line(&drawing, kind, config, "train", config->train, scratch);
    put_line(&drawing, kind, config, "validation", config->validation, scratch);
    put_axes(&drawing, kind, config);
    put_best(&drawing, kind, config, best);
    script_number(&drawing.script, "marks", config->count <= MARKED_POINTS);
    free(scratch);
    describe_curve(&drawing, kind, config, best);
    return drawing_finish(&drawing, drawing.top + KEY_LINE + AREA_HEIGHT + BELOW, gnuplot, picture,
                          error);
}

bool plot_loss(struct gnuplot *gnuplot, const struct plot_curve *config, struct picture *picture,
               struct plot_error *error)
{
    return draw_curve(gnuplot, &loss_kind, config, picture, error);
}

bool plot_accuracy(struct gnuplot *gnuplot, const struct plot_curve *config,
                   struct picture *picture, struct plot_error *error)
{
    return draw_curve(gnuplot, &accuracy_kind, config, picture, error);
}

/* ---- learning rate ------------------------------------------------------------------------- */

/* The step of a point. */
static double step_of(const struct plot_rate *config, int index)
{
    return config->steps != NULL ? config->steps[index] : index + 1;
}

static int total_steps(const struct plot_rate *config)
{
    return config->total_steps > 0 ? config->total_steps : (int)step_of(config, config->count - 1);
}

static void describe_rate(struct drawing *drawing, const struct plot_rate *config, int first,
                          int last)
{
    int highest = first, total = total_steps(config);
    for (int i = 0; i < config->count; i++)
        if (isfinite(config->rates[i]) && config->rates[i] > config->rates[highest])
            highest = i;
    char steps[32], step[32];
    drawing_count(steps, total);
    drawing_count(step, (long long)step_of(config, highest));
    drawing_say(drawing, "Learning rate over %s step%s", steps, total == 1 ? "" : "s");
    if (config->schedule != NULL)
        drawing_say(drawing, " (%s)", config->schedule);
    drawing_say(drawing, ": it starts at %.3g, peaks at %.3g in step %s and ends at %.3g.",
                config->rates[first], config->rates[highest], step, config->rates[last]);
}

/* Writes $ends: the number of each epoch and its last step. */
static void put_epoch_ends(struct drawing *drawing, const struct plot_rate *config)
{
    bool marked = config->epochs > 0 && config->epochs <= MARKED_POINTS;
    script_number(&drawing->script, "epochs", marked ? config->epochs : 0);
    series_put(&drawing->script, "$ends", NULL, config->epoch_ends, marked ? config->epochs : 0,
               false, false);
}

bool plot_rate(struct gnuplot *gnuplot, const struct plot_rate *config, struct picture *picture,
               struct plot_error *error)
{
    if (!drawing_check(error, "steps", config->count, 1, PLOT_POINTS_MAX))
        return false;
    int first = first_finite(config->rates, config->count, 1),
        last = first_finite(config->rates, config->count, -1);
    if (first < 0)
        return drawing_refuse(error,
                              "there is nothing to draw: no step has a finite learning rate");
    char fallback[TEXT_SIZE_MAX];
    snprintf(fallback, sizeof fallback, "Learning rate%s%s", config->schedule != NULL ? ": " : "",
             config->schedule != NULL ? config->schedule : "");
    double low = 0, high = 0;
    struct drawing drawing;
    drawing_begin(&drawing, "rate", config->title, fallback, WIDTH);
    series_range(config->rates, config->count, &low, &high);
    struct series_axis y = series_axis(low * 1.05, high * 1.05, VALUE_TICS),
                       x = series_whole_axis(1, total_steps(config), EPOCH_TICS);
    series_put_axis(&drawing.script, "y", &y);
    series_put_axis(&drawing.script, "x", &x);
    series_put(&drawing.script, "$rate", config->steps, config->rates, config->count, false, false);
    script_number(&drawing.script, "points", config->count);
    put_epoch_ends(&drawing, config);
    describe_rate(&drawing, config, first, last);
    return drawing_finish(&drawing, drawing.top + KEY_LINE + AREA_HEIGHT + BELOW, gnuplot, picture,
                          error);
}
