/*
 * images - grids of small images: samples, variants, before and after, errors.
 */
#include "plots/drawing.h"
#include "plots/plots.h"
#include "plots/tiles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 816,      /* a grid is at most so wide, so that a notebook's cell shows it unshrunk */
    NARROWEST = 360, /* for the title's sake */
    CAPTION_LINES = 3,
    CAPTIONS_SAID = 12, /* captions repeated in the sentence */
    VARIANTS_ACROSS = 8,
    PAIRS_ACROSS = 8,
    SIDE_LABEL = 64, /* "before" and "after" at the left */
    HEAD_LINE = 24,  /* "original" and "variants" above  */
    BAND_GAP = 18,
};

static int picture_width(double content)
{
    return (int)ceil(fmax(content + 2 * DRAWING_MARGIN, NARROWEST));
}

static void put_ink_range(struct drawing *drawing, double low, double high)
{
    script_number(&drawing->script, "low", low);
    script_number(&drawing->script, "high", high > low ? high : low + 1);
}

/* ---- a grid with captions ------------------------------------------------------------------ */

/* Colour alone would not be seen by all: a marked caption begins with a cross. */
static void marked_caption(char text[TEXT_SIZE_MAX], const char *const *captions,
                           const bool *marked, int index)
{
    const char *caption = captions != NULL && captions[index] != NULL ? captions[index] : "";
    snprintf(text, TEXT_SIZE_MAX, "%s%s", marked != NULL && marked[index] ? "\xC3\x97 " : "",
             caption);
}

/* The most lines that any caption takes when it is at most width pixels wide; *widest: of them. */
static int caption_lines(const struct plot_images *config, double width, double *widest)
{
    int most = 0;
    *widest = 0;
    for (int i = 0; i < config->images.count; i++) {
        char caption[TEXT_SIZE_MAX], lines[TEXT_SIZE_MAX];
        marked_caption(caption, config->captions, config->marked, i);
        int these = text_wrap(lines, sizeof lines, caption, DRAWING_SMALL_PX, width, CAPTION_LINES);
        most = these > most ? these : most;
        *widest = fmax(*widest, ceil(text_lines_width(lines, DRAWING_SMALL_PX)));
    }
    return most;
}

static void put_grid(struct drawing *drawing, const struct tiles_grid *grid,
                     const struct plot_stack *images, const char *const *captions,
                     const bool *marked)
{
    double low = 0, high = 0;
    tiles_range(images, &low, &high);
    put_ink_range(drawing, low, high);
    tiles_begin(drawing, images->count);
    for (int i = 0; i < images->count; i++)
        tiles_put(drawing, i + 1, images, i, tiles_x(grid, i), tiles_y(grid, i), grid->pixel);
    tiles_captions_begin(drawing, images->count);
    for (int i = 0; i < images->count; i++) {
        char caption[TEXT_SIZE_MAX], lines[TEXT_SIZE_MAX];
        marked_caption(caption, captions, marked, i);
        text_wrap(lines, sizeof lines, caption, DRAWING_SMALL_PX, grid->step_x - TILES_CLEAR,
                  CAPTION_LINES);
        tiles_caption(drawing, i + 1, lines, tiles_x(grid, i) + grid->tile_width / 2,
                      tiles_y(grid, i) + grid->tile_height, marked != NULL && marked[i]);
    }
}

static void say_captions(struct drawing *drawing, const char *const *captions, int count)
{
    if (captions == NULL || count > CAPTIONS_SAID)
        return;
    const char *before = ": ";
    for (int i = 0; i < count; i++) {
        char caption[DRAWING_NAME_SIZE];
        text_clean(caption, sizeof caption, captions[i]);
        if (caption[0] != '\0') {
            drawing_say(drawing, "%s%s", before, caption);
            before = ", ";
        }
    }
}

/* Title, layout, tiles and captions; what plot_images and plot_errors share. The sentence is the
   caller's. */
static double begin_grid(struct drawing *drawing, const struct plot_images *config,
                         const char *fallback)
{
    const struct plot_stack *images = &config->images;
    struct tiles_grid grid =
        tiles_layout(images->count, images->rows, images->columns, config->across, 0, ROOM);
    double widest = 0;
    int lines = caption_lines(config, tiles_caption_room(&grid, ROOM), &widest);
    grid = tiles_layout(images->count, images->rows, images->columns, config->across, lines, ROOM);
    tiles_widen(&grid, widest, ROOM);
    drawing_begin(drawing, "images", config->title, fallback, picture_width(grid.width));
    grid.top = drawing->top;
    put_grid(drawing, &grid, images, config->captions, config->marked);
    return grid.top + grid.height + DRAWING_MARGIN;
}

bool plot_images(struct gnuplot *gnuplot, const struct plot_images *config, struct picture *picture,
                 struct plot_error *error)
{
    const struct plot_stack *images = &config->images;
    struct drawing drawing;
    if (!tiles_check(error, "images", images, PLOT_IMAGES_MAX))
        return false;
    double height = begin_grid(&drawing, config, "Images");
    drawing_say(&drawing, "%s: %d image%s of %d x %d pixels", drawing.title, images->count,
                images->count == 1 ? "" : "s", images->rows, images->columns);
    say_captions(&drawing, config->captions, images->count);
    drawing_say(&drawing, ".");
    drawing_say_instead(&drawing, config->sentence);
    return drawing_finish(&drawing, height, gnuplot, picture, error);
}

/* ---- errors -------------------------------------------------------------------------------- */

static bool check_classes(const struct plot_errors *config, struct plot_error *error)
{
    for (int i = 0; config->names != NULL && i < config->images.count; i++) {
        if (config->truth[i] < 0 || config->truth[i] >= config->classes ||
            config->predicted[i] < 0 || config->predicted[i] >= config->classes)
            return drawing_refuse(error, "image %d: classes %d and %d, but there are %d names", i,
                                  config->truth[i], config->predicted[i], config->classes);
    }
    return true;
}

/* "97 %", or "99.7 %" where rounding would give 100. The space does not break a line. The room below
   a tile holds no more digits. */
static void caption_percent(char text[32], double percent)
{
    snprintf(text, 32, percent >= 99.5 && percent < 99.95 ? "%.1f\xC2\xA0%%" : "%.0f\xC2\xA0%%",
             percent);
}

/* The class, an arrow, what it was taken for, the probability, and the image's index:
   "4 -> 9, 97 % #2130". The table beside the picture has all digits. */
static char *error_caption(const struct plot_errors *config, int index)
{
    char truth[DRAWING_NAME_SIZE], predicted[DRAWING_NAME_SIZE], sure[32] = "", number[32] = "";
    bool has_sure = config->probability != NULL && isfinite(config->probability[index]);
    drawing_name(truth, config->names, config->truth[index]);
    drawing_name(predicted, config->names, config->predicted[index]);
    if (has_sure)
        caption_percent(sure, 100 * (double)config->probability[index]);
    if (config->index != NULL)
        snprintf(number, sizeof number, " #%d", config->index[index]);
    char *caption = NULL;
    if (asprintf(&caption, "%s \xE2\x86\x92 %s%s%s%s", truth, predicted, has_sure ? ", " : "", sure,
                 number) < 0)
        return NULL;
    return caption;
}

static void say_errors(struct drawing *drawing, const struct plot_errors *config)
{
    char truth[DRAWING_NAME_SIZE], predicted[DRAWING_NAME_SIZE];
    int count = config->images.count;
    drawing_name(truth, config->names, config->truth[0]);
    drawing_name(predicted, config->names, config->predicted[0]);
    char wrong[32], total[32];
    drawing_count(wrong, config->wrong);
    drawing_count(total, config->total);
    if (config->wrong > 0 && config->total > 0)
        drawing_say(drawing, "%d of the %s error%s among %s image%s", count, wrong,
                    config->wrong == 1 ? "" : "s", total, config->total == 1 ? "" : "s");
    else
        drawing_say(drawing, "%d wrongly classified image%s", count, count == 1 ? "" : "s");
    drawing_say(drawing, ", each with its %sclass, the predicted class%s; the first",
                config->index != NULL ? "index, its " : "",
                config->probability != NULL ? " and that one's probability" : "");
    if (config->index != NULL)
        drawing_say(drawing, ", image %d,", config->index[0]);
    drawing_say(drawing, " is a %s taken for a %s.", truth, predicted);
}

bool plot_errors(struct gnuplot *gnuplot, const struct plot_errors *config, struct picture *picture,
                 struct plot_error *error)
{
    int count = config->images.count;
    if (!tiles_check(error, "errors", &config->images, PLOT_IMAGES_MAX) ||
        !check_classes(config, error))
        return false;
    char **captions = calloc((size_t)count, sizeof *captions);
    bool drawn = false, complete = captions != NULL;
    for (int i = 0; complete && i < count; i++) {
        captions[i] = error_caption(config, i);
        complete = captions[i] != NULL;
    }
    if (complete) {
        struct drawing drawing;
        struct plot_images grid = {.title = config->title,
                                   .images = config->images,
                                   .captions = (const char *const *)captions};
        double height = begin_grid(&drawing, &grid,
                                   "Errors: true class \xE2\x86\x92 predicted class, probability");
        say_errors(&drawing, config);
        drawn = drawing_finish(&drawing, height, gnuplot, picture, error);
    } else {
        drawing_no_memory(error, "the captions");
    }
    for (int i = 0; captions != NULL && i < count; i++)
        free(captions[i]);
    free(captions);
    return drawn;
}

/* ---- variants ------------------------------------------------------------------------------ */

/* Where everything of plot_variants goes: an original, then its variants in one or more lines. */
struct variants_layout {
    int each;               /* variants of one original */
    int across;             /* of them in one line      */
    int lines;              /* for one original         */
    struct tiles_grid grid; /* of originals and variants, as if in one grid of across + 1 */
    double caption;         /* pixels below an original for its name */
    double band;            /* from one original to the next */
};

static struct variants_layout variants_lay_out(const struct plot_variants *config)
{
    struct variants_layout layout = {.each = config->variants.count / config->originals.count};
    layout.across = layout.each < VARIANTS_ACROSS ? layout.each : VARIANTS_ACROSS;
    layout.lines = (layout.each + layout.across - 1) / layout.across;
    int columns = layout.across + 1;
    layout.grid = tiles_layout(columns, config->variants.rows, config->variants.columns, columns, 0,
                               ROOM - BAND_GAP);
    layout.caption = config->captions != NULL ? DRAWING_LINE_PX + 4 : 0;
    double images = layout.lines * layout.grid.step_y;
    layout.band = fmax(images, layout.grid.step_y + layout.caption);
    return layout;
}

static void put_variants(struct drawing *drawing, const struct plot_variants *config,
                         const struct variants_layout *layout)
{
    int count = config->originals.count, number = 1;
    double first = drawing->top + HEAD_LINE,
           beside = DRAWING_MARGIN + layout->grid.step_x + BAND_GAP;
    double half = layout->grid.tile_width / 2;
    tiles_begin(drawing, count + config->variants.count);
    for (int i = 0; i < count; i++) {
        double y = first + i * layout->band;
        tiles_put(drawing, number++, &config->originals, i, DRAWING_MARGIN, y, layout->grid.pixel);
        for (int k = 0; k < layout->each; k++)
            tiles_put(drawing, number++, &config->variants, i * layout->each + k,
                      beside + k % layout->across * layout->grid.step_x,
                      y + k / layout->across * layout->grid.step_y, layout->grid.pixel);
    }
    tiles_captions_begin(drawing, count + 2);
    tiles_caption(drawing, 1, "original", DRAWING_MARGIN + half, drawing->top - 4, false);
    tiles_caption(drawing, 2, "variants", beside + half, drawing->top - 4, false);
    for (int i = 0; i < count; i++) {
        char caption[DRAWING_NAME_SIZE] = "";
        if (config->captions != NULL)
            text_fit(caption, sizeof caption, config->captions[i], DRAWING_SMALL_PX,
                     layout->grid.step_x);
        tiles_caption(drawing, i + 3, caption, DRAWING_MARGIN + half,
                      first + i * layout->band + layout->grid.tile_height, false);
    }
}

static bool check_variants(const struct plot_variants *config, struct plot_error *error)
{
    const struct plot_stack *originals = &config->originals, *variants = &config->variants;
    if (!tiles_check(error, "originals", originals, PLOT_IMAGES_MAX) ||
        !tiles_check(error, "variants", variants, PLOT_IMAGES_MAX))
        return false;
    if (variants->count % originals->count != 0 || variants->rows != originals->rows ||
        variants->columns != originals->columns ||
        (variants->bytes == NULL) != (originals->bytes == NULL))
        return drawing_refuse(error,
                              "%d variants of %d x %d do not go with %d originals of %d x %d",
                              variants->count, variants->rows, variants->columns, originals->count,
                              originals->rows, originals->columns);
    return true;
}

bool plot_variants(struct gnuplot *gnuplot, const struct plot_variants *config,
                   struct picture *picture, struct plot_error *error)
{
    if (!check_variants(config, error))
        return false;
    struct variants_layout layout = variants_lay_out(config);
    struct drawing drawing;
    char fallback[TEXT_SIZE_MAX];
    snprintf(fallback, sizeof fallback, "Augmentation%s%s", config->what != NULL ? ": " : "",
             config->what != NULL ? config->what : "");
    drawing_begin(&drawing, "variants", config->title, fallback,
                  picture_width(layout.grid.width + BAND_GAP));
    double low = 0, high = 0, low_variant = 0, high_variant = 0;
    tiles_range(&config->originals, &low, &high);
    tiles_range(&config->variants, &low_variant, &high_variant);
    put_ink_range(&drawing, fmin(low, low_variant), fmax(high, high_variant));
    put_variants(&drawing, config, &layout);
    drawing_say(&drawing, "%s: %d original%s, each beside %d variant%s of it.", drawing.title,
                config->originals.count, config->originals.count == 1 ? "" : "s", layout.each,
                layout.each == 1 ? "" : "s");
    double height =
        drawing.top + HEAD_LINE + config->originals.count * layout.band + DRAWING_MARGIN / 2.0;
    return drawing_finish(&drawing, height, gnuplot, picture, error);
}

/* ---- before and after ---------------------------------------------------------------------- */

/* The stack with its lowest value as 0 and its highest as 1, so that bytes and normalised floats
   share a palette. */
static float *normalised(const struct plot_stack *stack)
{
    double low = 0, high = 0;
    size_t size = (size_t)stack->rows * (size_t)stack->columns;
    float *values = malloc((size_t)stack->count * size * sizeof *values);
    tiles_range(stack, &low, &high);
    double range = high > low ? high - low : 1;
    for (int i = 0; values != NULL && i < stack->count; i++)
        for (size_t k = 0; k < size; k++)
            values[(size_t)i * size + k] =
                (float)((tiles_value(stack, i, (int)(k / (size_t)stack->columns),
                                     (int)(k % (size_t)stack->columns)) -
                         low) /
                        range);
    return values;
}

/* Bands of up to PAIRS_ACROSS images: one line before, one after. Returns the height. */
static double put_pairs(struct drawing *drawing, const struct plot_stack *before,
                        const struct plot_stack *after, const char *const *captions,
                        const struct tiles_grid *cell)
{
    int count = before->count, bands = (count + cell->across - 1) / cell->across;
    double caption = captions != NULL ? DRAWING_LINE_PX + 4 : 0;
    double band = 2 * cell->step_y + caption + BAND_GAP, left = DRAWING_MARGIN + SIDE_LABEL;
    tiles_begin(drawing, 2 * count);
    for (int i = 0; i < count; i++) {
        double x = left + i % cell->across * cell->step_x + cell->tile_width / 2;
        double y = drawing->top + i / cell->across * band + cell->tile_height / 2;
        const struct plot_stack *stacks[] = {before, after};
        for (int k = 0; k < 2; k++)
            tiles_put(drawing, 2 * i + k + 1, stacks[k], i,
                      x - stacks[k]->columns * cell->pixel / 2,
                      y + k * cell->step_y - stacks[k]->rows * cell->pixel / 2, cell->pixel);
    }
    tiles_captions_begin(drawing, count + 2 * bands);
    for (int i = 0; i < count; i++) {
        char fitted[DRAWING_NAME_SIZE] = "";
        if (captions != NULL)
            text_fit(fitted, sizeof fitted, captions[i], DRAWING_SMALL_PX,
                     cell->step_x - TILES_CLEAR);
        tiles_caption(
            drawing, i + 1, fitted, left + i % cell->across * cell->step_x + cell->tile_width / 2,
            drawing->top + i / cell->across * band + cell->step_y + cell->tile_height, false);
    }
    for (int i = 0; i < 2 * bands; i++)
        tiles_caption(drawing, count + i + 1, i % 2 == 0 ? "before" : "after",
                      DRAWING_MARGIN + SIDE_LABEL / 2.0 - 8,
                      drawing->top + i / 2 * band + i % 2 * cell->step_y + cell->tile_height / 2 -
                          DRAWING_LINE_PX,
                      false);
    return drawing->top + bands * band - BAND_GAP - (cell->step_y - cell->tile_height) +
           DRAWING_MARGIN;
}

static bool draw_pairs(struct gnuplot *gnuplot, const struct plot_before_after *config,
                       const float *before_values, const float *after_values,
                       struct picture *picture, struct plot_error *error)
{
    struct plot_stack before = config->before, after = config->after;
    before.bytes = after.bytes = NULL;
    before.floats = before_values;
    after.floats = after_values;
    int rows = before.rows > after.rows ? before.rows : after.rows;
    int columns = before.columns > after.columns ? before.columns : after.columns;
    int across = before.count < PAIRS_ACROSS ? before.count : PAIRS_ACROSS;
    struct tiles_grid cell = tiles_layout(across, rows, columns, across, 0, ROOM - SIDE_LABEL);
    for (int i = 0; config->captions != NULL && i < before.count; i++) {
        char caption[TEXT_SIZE_MAX];
        text_clean(caption, sizeof caption, config->captions[i]);
        tiles_widen(&cell, ceil(text_width(caption, DRAWING_SMALL_PX)), ROOM - SIDE_LABEL);
    }
    char fallback[TEXT_SIZE_MAX];
    struct drawing drawing;
    snprintf(fallback, sizeof fallback, "Before and after preprocessing%s%s",
             config->what != NULL ? ": " : "", config->what != NULL ? config->what : "");
    drawing_begin(&drawing, "before_after", config->title, fallback,
                  picture_width(cell.width + SIDE_LABEL));
    put_ink_range(&drawing, 0, 1);
    double height = put_pairs(&drawing, &before, &after, config->captions, &cell);
    drawing_say(&drawing, "%s: %d image%s of %d x %d pixels above, the same as %d x %d below.",
                drawing.title, before.count, before.count == 1 ? "" : "s", before.rows,
                before.columns, after.rows, after.columns);
    return drawing_finish(&drawing, height, gnuplot, picture, error);
}

bool plot_before_after(struct gnuplot *gnuplot, const struct plot_before_after *config,
                       struct picture *picture, struct plot_error *error)
{
    if (!tiles_check(error, "images before", &config->before, PLOT_IMAGES_MAX / 2) ||
        !tiles_check(error, "images after", &config->after, PLOT_IMAGES_MAX / 2))
        return false;
    if (config->before.count != config->after.count)
        return drawing_refuse(error, "%d images before, but %d after", config->before.count,
                              config->after.count);
    float *before = normalised(&config->before), *after = normalised(&config->after);
    bool drawn = false;
    if (before != NULL && after != NULL)
        drawn = draw_pairs(gnuplot, config, before, after, picture, error);
    else
        drawing_no_memory(error, "the images");
    free(before);
    free(after);
    return drawn;
}
