/*
 * statistics - pictures of the data: class counts, pixel values, principal components.
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
    LEFT = 92,
    KEY_LINE = 26,
    BELOW = 60,
    VALUE_TICS = 6,
    LABELLED_CLASSES = 12, /* with at most this many classes, bars are wider */
    PIXEL_VALUES = 256,
    SCATTER_SIDE = 520,
    KEY_SYMBOL = 44,    /* left of a class name in a legend       */
    KEY_NAME = 140,     /* maximum width of a name                */
    LARGE_POINTS = 300, /* at most this many points are drawn larger */
    LEVELS = 3,
};

/* ---- class counts -------------------------------------------------------------------------- */

struct class_totals {
    long long highest, all;
    int most, least; /* the classes with the most and the fewest images (without empty classes) */
    int classes;     /* classes with images */
    int sets;
};

static bool add_up(const struct plot_class_counts *config, struct class_totals *totals,
                   struct plot_error *error)
{
    const long long *sets[] = {config->train, config->validation, config->test};
    long long most = 0, least = 0;
    *totals = (struct class_totals){0};
    for (int s = 0; s < 3; s++)
        totals->sets += sets[s] != NULL;
    if (totals->sets == 0)
        return drawing_refuse(error, "there is nothing to draw: no set has counts");
    for (int i = 0; i < config->classes; i++) {
        long long sum = 0;
        for (int s = 0; s < 3; s++) {
            long long count = sets[s] != NULL ? sets[s][i] : 0;
            if (count < 0)
                return drawing_refuse(error, "the count of class %d is negative: %lld", i, count);
            totals->highest = count > totals->highest ? count : totals->highest;
            sum += count;
        }
        if (sum == 0)
            continue;
        totals->most = sum > most ? i : totals->most;
        totals->least = totals->classes == 0 || sum < least ? i : totals->least;
        most = sum > most ? sum : most;
        least = totals->classes == 0 || sum < least ? sum : least;
        totals->all += sum;
        totals->classes++;
    }
    return true;
}

static void put_counts(struct drawing *drawing, const struct plot_class_counts *config)
{
    const long long *sets[] = {config->train, config->validation, config->test};
    static const char *const names[] = {"training", "validation", "test"};
    static const char *const counts[] = {"count1", "count2", "count3"};
    const char *shown[3] = {"", "", ""};
    int set = 0;
    script_begin(&drawing->script, "$counts");
    for (int i = 0; i < config->classes; i++) {
        script_value(&drawing->script, i);
        for (int s = 0; s < 3; s++)
            if (sets[s] != NULL)
                script_value(&drawing->script, (double)sets[s][i]);
        script_newline(&drawing->script);
    }
    script_end(&drawing->script);
    for (int s = 0; s < 3; s++) {
        if (sets[s] == NULL)
            continue;
        shown[set] = names[s];
        script_array(&drawing->script, counts[set], config->classes);
        for (int i = 0; i < config->classes; i++) {
            char text[32];
            drawing_count(text, sets[s][i]);
            script_text_item(&drawing->script, counts[set], i + 1, text);
        }
        set++;
    }
    script_number(&drawing->script, "sets", set);
    script_texts(&drawing->script, "set_name", shown, 3);
}

static void describe_counts(struct drawing *drawing, const struct plot_class_counts *config,
                            const struct class_totals *totals)
{
    char all[32], most[DRAWING_NAME_SIZE], least[DRAWING_NAME_SIZE];
    drawing_count(all, totals->all);
    drawing_name(most, config->names, totals->most);
    drawing_name(least, config->names, totals->least);
    drawing_say(drawing, "%s image%s in %d class%s", all, totals->all == 1 ? "" : "s",
                totals->classes, totals->classes == 1 ? "" : "es");
    if (totals->most != totals->least)
        drawing_say(drawing, ": class %s is the most frequent, class %s the least frequent", most,
                    least);
    drawing_say(drawing, ".");
}

bool plot_class_counts(struct gnuplot *gnuplot, const struct plot_class_counts *config,
                       struct picture *picture, struct plot_error *error)
{
    struct class_totals totals;
    if (!drawing_check(error, "classes", config->classes, 1, PLOT_CLASSES_MAX) ||
        !add_up(config, &totals, error))
        return false;
    double step = config->classes <= LABELLED_CLASSES ? 66 : 40;
    int width = (int)fmax(WIDTH, LEFT + config->classes * step + DRAWING_MARGIN);
    double room = (width - LEFT - DRAWING_MARGIN) / (double)config->classes;
    struct drawing drawing;
    drawing_begin(&drawing, "class_counts", config->title, "Images of each class", width);
    double widest = drawing_names(&drawing, "class_name", config->names, config->classes, KEY_NAME);
    bool turned = widest > room - 6;
    struct series_axis y =
        series_axis(0, totals.highest > 0 ? (double)totals.highest * 1.04 : 1, VALUE_TICS);
    series_put_axis(&drawing.script, "y", &y);
    script_number(&drawing.script, "classes", config->classes);
    script_number(&drawing.script, "turned", turned);
    script_number(&drawing.script, "below", BELOW + (turned ? widest * 0.75 : 0));
    /* a count is about 40 pixels wide */
    script_number(&drawing.script, "labelled", room / totals.sets >= 30);
    put_counts(&drawing, config);
    describe_counts(&drawing, config, &totals);
    double height = drawing.top + KEY_LINE + AREA_HEIGHT + BELOW + (turned ? widest * 0.75 : 0);
    return drawing_finish(&drawing, height, gnuplot, picture, error);
}

/* ---- pixel values -------------------------------------------------------------------------- */

bool plot_pixel_histogram(struct gnuplot *gnuplot, const struct plot_pixel_histogram *config,
                          struct picture *picture, struct plot_error *error)
{
    double all = 0, highest = 0, sum = 0;
    int grey = 0;
    for (int i = 0; i < PIXEL_VALUES; i++) {
        double count = (double)config->counts[i];
        all += count;
        sum += count * i;
        highest = fmax(highest, count);
        grey += count > 0 && i > 0 && i < PIXEL_VALUES - 1;
    }
    if (all <= 0)
        return drawing_refuse(error, "there is nothing to draw: no pixel was counted");
    struct drawing drawing;
    drawing_begin(&drawing, "pixel_histogram", config->title, "How often each pixel value occurs",
                  WIDTH);
    script_begin(&drawing.script, "$pixels");
    for (int i = 0; i < PIXEL_VALUES; i++)
        if (config->counts[i] > 0)
            script_row(&drawing.script, 2, (double)i, (double)config->counts[i]);
    script_end(&drawing.script);
    script_number(&drawing.script, "y_high", pow(10, ceil(log10(highest * 1.05))));
    char pixels[32];
    drawing_count(pixels, (long long)all);
    drawing_say(&drawing,
                "Of %s pixels, %.2f %% are 0 (paper) and %.2f %% are 255 (full ink); "
                "%d of the 254 values between them occur; the mean is "
                "%.2f.",
                pixels, 100 * (double)config->counts[0] / all,
                100 * (double)config->counts[PIXEL_VALUES - 1] / all, grey, sum / all);
    return drawing_finish(&drawing, drawing.top + AREA_HEIGHT + BELOW, gnuplot, picture, error);
}

/* ---- scatter ------------------------------------------------------------------------------- */

static bool check_scatter(const struct plot_scatter *config, struct plot_error *error)
{
    if (!drawing_check(error, "points", config->count, 1, PLOT_POINTS_MAX) ||
        !drawing_check(error, "classes", config->classes, 1, PLOT_CLASSES_MAX))
        return false;
    for (int i = 0; i < config->count; i++)
        if (config->labels[i] >= config->classes)
            return drawing_refuse(error, "point %d has class %d, but there are %d classes", i,
                                  config->labels[i], config->classes);
    return true;
}

/* Writes `drawn` evenly spaced points with their classes. Returns the number of finite points. */
static int put_points(struct drawing *drawing, const struct plot_scatter *config, int drawn,
                      double range[4])
{
    int finite = 0;
    script_begin(&drawing->script, "$points");
    for (int i = 0; i < drawn; i++) {
        int at = (int)((long long)i * config->count / drawn);
        double x = (double)config->x[at], y = (double)config->y[at];
        if (!isfinite(x) || !isfinite(y))
            continue;
        script_row(&drawing->script, 3, x, y, (double)config->labels[at]);
        series_range(&x, 1, &range[0], &range[1]);
        series_range(&y, 1, &range[2], &range[3]);
        finite++;
    }
    script_end(&drawing->script);
    return finite;
}

static void put_axis_name(struct drawing *drawing, const char *variable, const char *given,
                          const char *fallback, double share)
{
    char name[TEXT_SIZE_MAX], fitted[TEXT_SIZE_MAX];
    snprintf(name, sizeof name, "%s", given != NULL ? given : fallback);
    if (share > 0)
        snprintf(name, sizeof name, "%s (%.2f %% of the variance)",
                 given != NULL ? given : fallback, 100 * share);
    text_fit(fitted, sizeof fitted, name, DRAWING_TEXT_PX, SCATTER_SIDE);
    script_text(&drawing->script, variable, fitted);
}

static int classes_of(const struct plot_scatter *config)
{
    bool occurs[PLOT_CLASSES_MAX] = {false};
    int classes = 0;
    for (int i = 0; i < config->count; i++) {
        classes += !occurs[config->labels[i]];
        occurs[config->labels[i]] = true;
    }
    return classes;
}

static void describe_scatter(struct drawing *drawing, const struct plot_scatter *config, int finite)
{
    int classes = classes_of(config);
    char count[32], drawn[32];
    drawing_count(count, config->count);
    drawing_count(drawn, finite);
    drawing_say(drawing, "%s: %s%s%s image%s of %d class%s as points", drawing->title, drawn,
                finite < config->count ? " of " : "", finite < config->count ? count : "",
                config->count == 1 ? "" : "s", classes, classes == 1 ? "" : "es");
    if (config->share_x > 0 && config->share_y > 0)
        drawing_say(drawing, "; the two components explain %.2f %% and %.2f %% of the variance",
                    100 * config->share_x, 100 * config->share_y);
    drawing_say(drawing, ".");
}

/* An axis with 3 % margin, so that the points fill the area. */
static struct series_axis tight_axis(double low, double high)
{
    struct series_axis axis = series_axis(low, high, VALUE_TICS);
    double margin = (high - low) * 0.03;
    if (margin > 0) {
        axis.low = low - margin;
        axis.high = high + margin;
    }
    return axis;
}

bool plot_scatter(struct gnuplot *gnuplot, const struct plot_scatter *config,
                  struct picture *picture, struct plot_error *error)
{
    if (!check_scatter(config, error))
        return false;
    double range[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY}, widest = 0;
    for (int i = 0; i < config->classes; i++) {
        char name[DRAWING_NAME_SIZE];
        drawing_name(name, config->names, i);
        widest = fmax(widest, fmin(text_width(name, DRAWING_TEXT_PX), KEY_NAME));
    }
    int width = (int)(LEFT + SCATTER_SIDE + KEY_SYMBOL + widest + DRAWING_MARGIN);
    struct drawing drawing;
    drawing_begin(&drawing, "scatter", config->title, "The first two principal components", width);
    int finite =
        put_points(&drawing, config,
                   config->count < PLOT_SCATTER_DRAWN ? config->count : PLOT_SCATTER_DRAWN, range);
    if (finite == 0) {
        string_buffer_release(&drawing.script);
        return drawing_refuse(error, "no point has two finite coordinates");
    }
    struct series_axis x = tight_axis(range[0], range[1]), y = tight_axis(range[2], range[3]);
    script_number(&drawing.script, "large", finite <= LARGE_POINTS);
    series_put_axis(&drawing.script, "x", &x);
    series_put_axis(&drawing.script, "y", &y);
    script_number(&drawing.script, "classes", config->classes);
    script_number(&drawing.script, "area_right", LEFT + SCATTER_SIDE);
    drawing_names(&drawing, "class_name", config->names, config->classes, KEY_NAME);
    put_axis_name(&drawing, "x_name", config->x_name, "first principal component", config->share_x);
    put_axis_name(&drawing, "y_name", config->y_name, "second principal component",
                  config->share_y);
    describe_scatter(&drawing, config, finite);
    double area = fmax(SCATTER_SIDE * 0.85, config->classes * 20.0 + 8);
    return drawing_finish(&drawing, drawing.top + area + BELOW, gnuplot, picture, error);
}

/* ---- explained variance -------------------------------------------------------------------- */

static const double levels[LEVELS] = {0.90, 0.95, 0.99};

/* The number of components that reach each level; 0 if all components do not reach it. */
static void reach_levels(const double *sums, int count, int reached[LEVELS])
{
    for (int k = 0; k < LEVELS; k++) {
        reached[k] = 0;
        for (int i = 0; i < count && reached[k] == 0; i++)
            reached[k] = sums[i] >= 100 * levels[k] - 1e-9 ? i + 1 : 0;
    }
}

static void put_levels(struct drawing *drawing, const int reached[LEVELS])
{
    const char *before = "";
    script_array(&drawing->script, "level", LEVELS);
    script_array(&drawing->script, "level_count", LEVELS);
    for (int k = 0; k < LEVELS; k++) {
        script_item(&drawing->script, "level", k + 1, 100 * levels[k]);
        script_item(&drawing->script, "level_count", k + 1, reached[k]);
        if (reached[k] > 0) {
            char components[32];
            drawing_count(components, reached[k]);
            drawing_say(drawing, "%s%s component%s explain%s %.0f %%", before, components,
                        reached[k] == 1 ? "" : "s", reached[k] == 1 ? "s" : "", 100 * levels[k]);
            before = ", ";
        }
    }
    drawing_say(drawing, "%s", before[0] != '\0' ? " of the variance" : "");
}

bool plot_explained(struct gnuplot *gnuplot, const struct plot_explained *config,
                    struct picture *picture, struct plot_error *error)
{
    if (!drawing_check(error, "components", config->count, 1, PLOT_POINTS_MAX))
        return false;
    double *sums = malloc((size_t)config->count * sizeof *sums);
    if (sums == NULL)
        return drawing_no_memory(error, "the components");
    double sum = 0;
    for (int i = 0; i < config->count; i++) {
        sum += isfinite(config->shares[i]) ? config->shares[i] : 0;
        sums[i] = 100 * sum;
    }
    int reached[LEVELS];
    reach_levels(sums, config->count, reached);
    struct drawing drawing;
    drawing_begin(&drawing, "explained", config->title, "Cumulative explained variance", WIDTH);
    struct series_axis x = series_whole_axis(1, config->count, 8);
    series_put_axis(&drawing.script, "x", &x);
    series_put(&drawing.script, "$sums", NULL, sums, config->count, false, false);
    script_number(&drawing.script, "count", config->count);
    put_levels(&drawing, reached);
    char components[32];
    drawing_count(components, config->count);
    drawing_say(&drawing, "%sall %s together explain %.2f %%.", reached[0] > 0 ? "; " : "",
                components, 100 * sum);
    free(sums);
    return drawing_finish(&drawing, drawing.top + AREA_HEIGHT + BELOW, gnuplot, picture, error);
}
