/*
 * images - a grid of small images with captions: samples, outliers, duplicates, errors.
 */
#include "plots/drawing.h"
#include "plots/plots.h"
#include "plots/tiles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 816,      /* maximum width of a grid */
    NARROWEST = 360, /* minimum width of a picture, for its title */
    CAPTION_LINES = 3,
    CAPTIONS_SAID = 12, /* maximum number of captions in the sentence */
};

/* ---- a grid with captions ------------------------------------------------------------------ */

/* A marked caption begins with a cross, because not everybody can see its colour. */
static void marked_caption(char text[TEXT_SIZE_MAX], const char *const *captions,
                           const bool *marked, int index)
{
    const char *caption = captions != NULL && captions[index] != NULL ? captions[index] : "";
    snprintf(text, TEXT_SIZE_MAX, "%s%s", marked != NULL && marked[index] ? "\xC3\x97 " : "",
             caption);
}

/* The largest number of lines of a caption within width pixels; *widest is the width of the widest
   line. */
static int caption_lines(const struct plot_images *config, double width, double *widest)
{
    int most = 0;
    *widest = 0;
    for (int i = 0; i < config->images.count; i++) {
        char caption[TEXT_SIZE_MAX], lines[TEXT_SIZE_MAX];
        marked_caption(caption, config->captions, config->marked, i);
        int count = text_wrap(lines, sizeof lines, caption, DRAWING_SMALL_PX, width, CAPTION_LINES);
        most = count > most ? count : most;
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
    tiles_put_ink_range(drawing, low, high);
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

static void list_captions(struct drawing *drawing, const char *const *captions, int count)
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

/* Writes title, layout, tiles and captions of plot_images and plot_errors; the caller adds the
   sentence. Returns the height. */
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
    drawing_begin(drawing, "images", config->title, fallback,
                  (int)ceil(fmax(grid.width + 2 * DRAWING_MARGIN, NARROWEST)));
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
    list_captions(&drawing, config->captions, images->count);
    drawing_say(&drawing, ".");
    drawing_set_sentence(&drawing, config->sentence);
    return drawing_finish(&drawing, height, gnuplot, picture, error);
}

/* ---- errors -------------------------------------------------------------------------------- */

static bool check_classes(const struct plot_errors *config, struct plot_error *error)
{
    for (int i = 0; config->names != NULL && i < config->images.count; i++) {
        if (config->truth[i] < 0 || config->truth[i] >= config->classes ||
            config->predicted[i] < 0 || config->predicted[i] >= config->classes)
            return drawing_refuse(error,
                                  "image %d has the classes %d and %d, but there are %d names", i,
                                  config->truth[i], config->predicted[i], config->classes);
    }
    return true;
}

/* "97 %", or "99.7 %" if rounding would give 100 %. The space is non-breaking. A caption has no
   room for more digits. */
static void caption_percent(char text[32], double percent)
{
    snprintf(text, 32, percent >= 99.5 && percent < 99.95 ? "%.1f\xC2\xA0%%" : "%.0f\xC2\xA0%%",
             percent);
}

/* The true class, an arrow, the predicted class, its probability, and the image's index:
   "4 -> 9, 97 % #2130". The table of `evaluate errors` has all digits. */
static char *error_caption(const struct plot_errors *config, int index)
{
    char truth[DRAWING_NAME_SIZE], predicted[DRAWING_NAME_SIZE], percent[32] = "", number[32] = "";
    bool has_percent = config->probability != NULL && isfinite(config->probability[index]);
    drawing_name(truth, config->names, config->truth[index]);
    drawing_name(predicted, config->names, config->predicted[index]);
    if (has_percent)
        caption_percent(percent, 100 * (double)config->probability[index]);
    if (config->index != NULL)
        snprintf(number, sizeof number, " #%d", config->index[index]);
    char *caption = NULL;
    if (asprintf(&caption, "%s \xE2\x86\x92 %s%s%s%s", truth, predicted, has_percent ? ", " : "",
                 percent, number) < 0)
        return NULL;
    return caption;
}

static void describe_errors(struct drawing *drawing, const struct plot_errors *config)
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
        drawing_say(drawing, "%d misclassified image%s", count, count == 1 ? "" : "s");
    drawing_say(drawing, ", each with its %strue class, predicted class%s; the first",
                config->index != NULL ? "index, " : "",
                config->probability != NULL ? " and probability" : "");
    if (config->index != NULL)
        drawing_say(drawing, ", image %d,", config->index[0]);
    drawing_say(drawing, " is a %s predicted as a %s.", truth, predicted);
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
        describe_errors(&drawing, config);
        drawn = drawing_finish(&drawing, height, gnuplot, picture, error);
    } else {
        drawing_no_memory(error, "the captions");
    }
    for (int i = 0; captions != NULL && i < count; i++)
        free(captions[i]);
    free(captions);
    return drawn;
}
