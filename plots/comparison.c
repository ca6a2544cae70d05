/*
 * comparison - small images next to each other: originals and their variants, images before and
 * after preprocessing.
 */
#include "plots/drawing.h"
#include "plots/plots.h"
#include "plots/tiles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ROOM = 816,      /* maximum width of the images */
    NARROWEST = 360, /* minimum width of a picture, for its title */
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

/* ---- variants ------------------------------------------------------------------------------ */

/* The layout of plot_variants: an original, then its variants in one or more lines. */
struct variants_layout {
    int each;               /* variants of one original               */
    int across;             /* variants in one line                   */
    int lines;              /* lines of one original                  */
    struct tiles_grid grid; /* sizes of a grid with across + 1 columns */
    double caption;         /* height of a caption below an original  */
    double band;            /* distance between two originals         */
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
    double first = drawing->top + HEAD_LINE, left = DRAWING_MARGIN + layout->grid.step_x + BAND_GAP;
    double half = layout->grid.tile_width / 2;
    tiles_begin(drawing, count + config->variants.count);
    for (int i = 0; i < count; i++) {
        double y = first + i * layout->band;
        tiles_put(drawing, number++, &config->originals, i, DRAWING_MARGIN, y, layout->grid.pixel);
        for (int k = 0; k < layout->each; k++)
            tiles_put(drawing, number++, &config->variants, i * layout->each + k,
                      left + k % layout->across * layout->grid.step_x,
                      y + k / layout->across * layout->grid.step_y, layout->grid.pixel);
    }
    tiles_captions_begin(drawing, count + 2);
    tiles_caption(drawing, 1, "original", DRAWING_MARGIN + half, drawing->top - 4, false);
    tiles_caption(drawing, 2, "variants", left + half, drawing->top - 4, false);
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
        return drawing_refuse(error, "%d variants of %d x %d do not match %d originals of %d x %d",
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
    tiles_put_ink_range(&drawing, fmin(low, low_variant), fmax(high, high_variant));
    put_variants(&drawing, config, &layout);
    drawing_say(&drawing, "%s: %d original%s, each followed by %d variant%s.", drawing.title,
                config->originals.count, config->originals.count == 1 ? "" : "s", layout.each,
                layout.each == 1 ? "" : "s");
    double height =
        drawing.top + HEAD_LINE + config->originals.count * layout.band + DRAWING_MARGIN / 2.0;
    return drawing_finish(&drawing, height, gnuplot, picture, error);
}

/* ---- before and after ---------------------------------------------------------------------- */

/* A copy of the stack scaled to 0..1, so that bytes and normalised floats share a palette. Caller
   frees. */
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

/* Writes bands of up to PAIRS_ACROSS images: one line before, one line after. Returns the
   height. */
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
    tiles_put_ink_range(&drawing, 0, 1);
    double height = put_pairs(&drawing, &before, &after, config->captions, &cell);
    drawing_say(&drawing, "%s: %d image%s of %d x %d pixels above, with %d x %d pixels below.",
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
        return drawing_refuse(error,
                              "the number of images must be the same before and after, not %d "
                              "and %d",
                              config->before.count, config->after.count);
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
