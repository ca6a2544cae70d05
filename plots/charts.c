/*
 * charts - bar charts and line charts of any data, for C cells and `bench`.
 */
#include "plots/drawing.h"
#include "plots/plots.h"
#include "plots/series.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 720,
    AREA_HEIGHT = 300,
    BELOW = 60,
    BAR_STEP = 26,
    LABEL_WIDTH = 240, /* maximum for a bar's label               */
    VALUE_ROOM = 76,   /* right of the bars, for the values       */
    KEY_SYMBOL = 56,   /* left of a line's name in the legend     */
    KEY_NAME = 160,
    AXIS_TICS = 6,
    MARKED_POINTS = 60,
};

/* ---- bars ---------------------------------------------------------------------------------- */

/* True if the format of a caller contains exactly one conversion, of a double, and no "%n". */
static bool is_number_format(const char *format)
{
    const char *percent = strchr(format, '%');
    if (percent == NULL)
        return false;
    size_t flags = strspn(percent + 1, "0123456789.+- #");
    const char *kind = percent + 1 + flags;
    if (*kind == '\0' || strchr("feg", *kind) == NULL || flags > 8)
        return false;
    for (const char *rest = kind + 1; *rest != '\0'; rest++)
        if (rest[0] == '%' && *++rest != '%')
            return false;
    return true;
}

static void value_text(char text[DRAWING_NAME_SIZE], const char *format, double value)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (isfinite(value))
        snprintf(text, DRAWING_NAME_SIZE, format, value);
    else
        snprintf(text, DRAWING_NAME_SIZE, "%s", "NaN");
#pragma GCC diagnostic pop
}

static bool check_bars(const struct plot_bars *config, struct plot_error *error)
{
    double low = INFINITY, high = -INFINITY;
    if (!drawing_check(error, "bars", config->count, 1, PLOT_BARS_MAX))
        return false;
    series_range(config->values, config->count, &low, &high);
    if (low > high)
        return drawing_refuse(error, "there is nothing to draw: no value is a finite number");
    if (config->format != NULL && !is_number_format(config->format))
        return drawing_refuse(error, "the format must contain one of %%f, %%e and %%g, not \"%s\"",
                              config->format);
    return true;
}

/* The axis from 0, or the axis that the caller chose. */
static struct series_axis bars_axis(const struct plot_bars *config)
{
    double low = 0, high = 0;
    series_range(config->values, config->count, &low, &high);
    series_range(config->low, config->count, &low, &high);
    series_range(config->high, config->count, &low, &high);
    if (config->from < config->to) {
        struct series_axis chosen = series_axis(config->from, config->to, AXIS_TICS);
        return (struct series_axis){config->from, config->to, chosen.step};
    }
    if (low == high)
        high = low + 1;
    return series_axis(low, high, AXIS_TICS);
}

static void put_bars(struct drawing *drawing, const struct plot_bars *config,
                     const struct series_axis *axis)
{
    bool intervals = config->low != NULL && config->high != NULL;
    const char *format = config->format != NULL ? config->format : "%.4g";
    double base = axis->low > 0 ? axis->low : axis->high < 0 ? axis->high : 0;
    script_begin(&drawing->script, "$bars");
    for (int i = 0; i < config->count; i++)
        script_row(&drawing->script, 4, (double)i, config->values[i],
                   intervals ? config->low[i] : (double)NAN,
                   intervals ? config->high[i] : (double)NAN);
    script_end(&drawing->script);
    script_array(&drawing->script, "value_text", config->count);
    for (int i = 0; i < config->count; i++) {
        char text[DRAWING_NAME_SIZE], fitted[DRAWING_NAME_SIZE];
        value_text(text, format, config->values[i]);
        text_fit(fitted, sizeof fitted, text, DRAWING_SMALL_PX, VALUE_ROOM - 8);
        script_text_item(&drawing->script, "value_text", i + 1, fitted);
    }
    script_number(&drawing->script, "bars", config->count);
    script_number(&drawing->script, "base", base);
    series_put_axis(&drawing->script, "x", axis);
}

static void describe_bars(struct drawing *drawing, const struct plot_bars *config)
{
    int lowest = -1, highest = -1;
    const char *format = config->format != NULL ? config->format : "%.4g";
    for (int i = 0; i < config->count; i++) {
        if (!isfinite(config->values[i]))
            continue;
        lowest = lowest < 0 || config->values[i] < config->values[lowest] ? i : lowest;
        highest = highest < 0 || config->values[i] > config->values[highest] ? i : highest;
    }
    char high[DRAWING_NAME_SIZE], low[DRAWING_NAME_SIZE], high_name[DRAWING_NAME_SIZE],
        low_name[DRAWING_NAME_SIZE];
    value_text(high, format, config->values[highest]);
    value_text(low, format, config->values[lowest]);
    drawing_name(high_name, config->labels, highest);
    drawing_name(low_name, config->labels, lowest);
    drawing_say(drawing, "%s: %s is highest with %s", drawing->title, high_name, high);
    if (highest != lowest)
        drawing_say(drawing, ", %s lowest with %s", low_name, low);
    drawing_say(drawing, ".");
    drawing_set_sentence(drawing, config->sentence);
}

bool plot_bars(struct gnuplot *gnuplot, const struct plot_bars *config, struct picture *picture,
               struct plot_error *error)
{
    if (!check_bars(config, error))
        return false;
    struct series_axis axis = bars_axis(config);
    struct drawing drawing;
    char name[TEXT_SIZE_MAX];
    drawing_begin(&drawing, "bars", config->title, "Values", WIDTH);
    double labels =
        drawing_names(&drawing, "label_text", config->labels, config->count, LABEL_WIDTH);
    put_bars(&drawing, config, &axis);
    text_fit(name, sizeof name, config->axis, DRAWING_TEXT_PX,
             WIDTH - labels - VALUE_ROOM - 2 * DRAWING_MARGIN);
    script_text(&drawing.script, "x_name", name);
    script_number(&drawing.script, "left", DRAWING_MARGIN + labels + 12);
    script_number(&drawing.script, "right", WIDTH - VALUE_ROOM - DRAWING_MARGIN / 2);
    describe_bars(&drawing, config);
    double area = fmax(config->count, 2) * BAR_STEP;
    return drawing_finish(&drawing, drawing.top + area + (name[0] != '\0' ? BELOW : BELOW - 20),
                          gnuplot, picture, error);
}

/* ---- lines --------------------------------------------------------------------------------- */

/* The range of x or y over the drawn points of all series. */
static void lines_range(const struct plot_lines *config, bool of_x, bool logarithmic, double *low,
                        double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int s = 0; s < config->count; s++) {
        const struct plot_series *series = &config->series[s];
        for (int i = 0; i < series->count; i++) {
            double x = series->x != NULL ? series->x[i] : i + 1.0;
            double value = of_x ? x : series->y[i];
            bool drawn = isfinite(x) && isfinite(series->y[i]) && !(config->log_x && x <= 0) &&
                         !(config->log_y && series->y[i] <= 0);
            if (drawn && (!logarithmic || value > 0))
                series_range(&value, 1, low, high);
        }
    }
}

/* Writes an axis. A logarithmic axis ends at integer powers of ten. */
static void put_lines_axis(struct drawing *drawing, const struct plot_lines *config, bool of_x)
{
    bool logarithmic = of_x ? config->log_x : config->log_y;
    double low = 0, high = 0;
    lines_range(config, of_x, logarithmic, &low, &high);
    struct series_axis axis;
    if (logarithmic) {
        double from = floor(log10(low) + 1e-9), to = ceil(log10(high) - 1e-9);
        axis = (struct series_axis){pow(10, from), pow(10, to > from ? to : from + 1), 10};
    } else {
        axis = series_axis(low, high, AXIS_TICS);
    }
    series_put_axis(&drawing->script, of_x ? "x" : "y", &axis);
    script_number(&drawing->script, of_x ? "log_x" : "log_y", logarithmic);
}

static bool check_lines(const struct plot_lines *config, struct plot_error *error)
{
    double low = 0, high = 0;
    if (!drawing_check(error, "lines", config->count, 1, PLOT_SERIES_MAX))
        return false;
    for (int s = 0; s < config->count; s++)
        if (!drawing_check(error, "points", config->series[s].count, 0, PLOT_POINTS_MAX))
            return false;
    lines_range(config, true, config->log_x, &low, &high);
    return low <= high ||
           drawing_refuse(error, "there is nothing to draw: no point has two finite numbers%s",
                          config->log_x || config->log_y ? " (above 0 on a logarithmic axis)" : "");
}

/* The sentence: each line's name with its first and last value. */
static void describe_lines(struct drawing *drawing, const struct plot_lines *config)
{
    const char *before = ": ";
    drawing_say(drawing, "%s", drawing->title);
    for (int s = 0; s < config->count; s++) {
        const struct plot_series *series = &config->series[s];
        int first = 0, last = series->count - 1;
        while (first < series->count && !isfinite(series->y[first]))
            first++;
        while (last > first && !isfinite(series->y[last]))
            last--;
        if (first >= series->count)
            continue;
        char name[DRAWING_NAME_SIZE];
        text_clean(name, sizeof name, series->name != NULL ? series->name : "the line");
        drawing_say(drawing, "%s%s from %.4g to %.4g", before, name, series->y[first],
                    series->y[last]);
        before = ", ";
    }
    drawing_say(drawing, ".");
    drawing_set_sentence(drawing, config->sentence);
}

/* Writes $line1..., line_name[] and line_marks[]. Returns the width of the widest name, or 0. */
static double put_lines(struct drawing *drawing, const struct plot_lines *config)
{
    double widest = 0;
    script_number(&drawing->script, "lines", config->count);
    script_array(&drawing->script, "line_name", config->count);
    script_array(&drawing->script, "line_marks", config->count);
    for (int s = 0; s < config->count; s++) {
        const struct plot_series *series = &config->series[s];
        char name[DRAWING_NAME_SIZE], block[32];
        text_fit(name, sizeof name, series->name, DRAWING_TEXT_PX, KEY_NAME);
        widest = fmax(widest, text_width(name, DRAWING_TEXT_PX));
        script_text_item(&drawing->script, "line_name", s + 1, name);
        script_item(&drawing->script, "line_marks", s + 1,
                    (series->points && series->count <= MARKED_POINTS) || series->count == 1);
        snprintf(block, sizeof block, "$line%d", s + 1);
        series_put(&drawing->script, block, series->x, series->y, series->count, config->log_x,
                   config->log_y);
    }
    return widest;
}

bool plot_lines(struct gnuplot *gnuplot, const struct plot_lines *config, struct picture *picture,
                struct plot_error *error)
{
    if (!check_lines(config, error))
        return false;
    struct drawing drawing;
    char name[TEXT_SIZE_MAX];
    drawing_begin(&drawing, "lines", config->title, "Lines", WIDTH);
    double names = put_lines(&drawing, config);
    double key =
        names > 0 && (config->count > 1 || config->series[0].name != NULL) ? names + KEY_SYMBOL : 0;
    put_lines_axis(&drawing, config, true);
    put_lines_axis(&drawing, config, false);
    text_fit(name, sizeof name, config->x_axis, DRAWING_TEXT_PX, WIDTH - 200);
    script_text(&drawing.script, "x_name", name);
    text_fit(name, sizeof name, config->y_axis, DRAWING_TEXT_PX, AREA_HEIGHT);
    script_text(&drawing.script, "y_name", name);
    script_number(&drawing.script, "area_right", WIDTH - DRAWING_MARGIN - key);
    describe_lines(&drawing, config);
    return drawing_finish(&drawing, drawing.top + AREA_HEIGHT + BELOW, gnuplot, picture, error);
}
