/*
 * maps - the filters of a convolution, and the feature maps of a layer.
 */
#include "plots/drawing.h"
#include "plots/plots.h"
#include "plots/tiles.h"

#include <math.h>
#include <stdio.h>

enum {
    ROOM = 700,
    NARROWEST = 400,
    COLOURBOX_ROOM = 84, /* right of the grid: the box and its numbers */
    COLOURBOX_LOWEST = 90,
    INPUT_GAP = 28, /* between the input image and the maps       */
    INPUT_SIDE = 84,
    HEAD_LINE = 22,
};

/* Writes the position of the colour box: right of the grid, with its height, but at least
   COLOURBOX_LOWEST for its numbers. Returns the height of the picture. */
static double put_colour_box(struct drawing *drawing, const struct tiles_grid *grid)
{
    double height = fmax(grid->height, COLOURBOX_LOWEST);
    script_number(&drawing->script, "box_left", grid->left + grid->width + 18);
    script_number(&drawing->script, "box_top", grid->top);
    script_number(&drawing->script, "box_bottom", grid->top + height);
    return grid->top + height + DRAWING_MARGIN;
}

static void default_title(char *title, size_t size, const char *what, const char *layer)
{
    snprintf(title, size, "%s%s%s", what, layer != NULL ? " of " : "", layer != NULL ? layer : "");
}

/* Writes the captions first, first + 1...: the indices of the tensor, from 0; "filter,channel" if
   there are several channels. */
static void put_numbers(struct drawing *drawing, const struct tiles_grid *grid, int first,
                        int channels)
{
    for (int i = 0; i < grid->count; i++) {
        char number[32];
        if (channels > 1)
            snprintf(number, sizeof number, "%d,%d", i / channels, i % channels);
        else
            snprintf(number, sizeof number, "%d", i);
        tiles_caption(drawing, first + i, number, tiles_x(grid, i) + grid->tile_width / 2,
                      tiles_y(grid, i) + grid->tile_height, false);
    }
}

bool plot_filters(struct gnuplot *gnuplot, const struct plot_filters *config,
                  struct picture *picture, struct plot_error *error)
{
    struct plot_stack stack = {.floats = config->weights,
                               .count = config->count,
                               .rows = config->rows,
                               .columns = config->columns};
    if (!tiles_check(error, "filters", &stack, PLOT_IMAGES_MAX))
        return false;
    char fallback[TEXT_SIZE_MAX];
    default_title(fallback, sizeof fallback, "Filters", config->layer);
    double low = 0, high = 0;
    tiles_range(&stack, &low, &high);
    double limit = fmax(fabs(low), fabs(high));
    struct tiles_grid grid = tiles_layout(stack.count, stack.rows, stack.columns, 0, 1, ROOM);
    struct drawing drawing;
    drawing_begin(&drawing, "filters", config->title, fallback,
                  (int)fmax(grid.width + COLOURBOX_ROOM + 2 * DRAWING_MARGIN, NARROWEST));
    grid.top = drawing.top;
    script_number(&drawing.script, "limit", limit > 0 ? limit : 1);
    tiles_begin(&drawing, stack.count);
    for (int i = 0; i < stack.count; i++)
        tiles_put(&drawing, i + 1, &stack, i, tiles_x(&grid, i), tiles_y(&grid, i), grid.pixel);
    tiles_captions_begin(&drawing, stack.count);
    put_numbers(&drawing, &grid, 1, config->channels);
    drawing_say(&drawing,
                "%s: %d %s%s of %d x %d weights, from %.3g (orange) through 0 (white) to %.3g "
                "(blue).",
                drawing.title, stack.count, config->channels > 1 ? "filter channel" : "filter",
                stack.count == 1 ? "" : "s", stack.rows, stack.columns, low, high);
    double height = put_colour_box(&drawing, &grid);
    return drawing_finish(&drawing, height, gnuplot, picture, error);
}

/* The index of the map with the highest mean. */
static int strongest(const struct plot_stack *stack)
{
    int best = 0;
    double best_sum = -INFINITY;
    for (int i = 0; i < stack->count; i++) {
        double sum = 0;
        for (int k = 0; k < stack->rows * stack->columns; k++) {
            double value = tiles_value(stack, i, k / stack->columns, k % stack->columns);
            sum += isfinite(value) ? value : 0;
        }
        best = sum > best_sum ? i : best;
        best_sum = fmax(best_sum, sum);
    }
    return best;
}

static void put_input(struct drawing *drawing, const struct plot_stack *image, double top)
{
    double low = 0, high = 0, pixel = INPUT_SIDE / fmax(image->rows, image->columns);
    tiles_range(image, &low, &high);
    tiles_put_ink_range(drawing, low, high);
    tiles_put(drawing, 1, image, 0, DRAWING_MARGIN, top, pixel);
}

static void put_map_captions(struct drawing *drawing, const struct tiles_grid *grid, bool has_input)
{
    tiles_captions_begin(drawing, 2 + grid->count);
    tiles_caption(drawing, 1, has_input ? "input" : "", DRAWING_MARGIN + INPUT_SIDE / 2.0,
                  grid->top - HEAD_LINE - 4, false);
    tiles_caption(drawing, 2, has_input ? "maps" : "", grid->left + grid->tile_width / 2,
                  grid->top - HEAD_LINE - 4, false);
    put_numbers(drawing, grid, 3, 1);
}

bool plot_maps(struct gnuplot *gnuplot, const struct plot_maps *config, struct picture *picture,
               struct plot_error *error)
{
    struct plot_stack stack = {.floats = config->maps,
                               .count = config->count,
                               .rows = config->rows,
                               .columns = config->columns};
    bool has_input = config->image.count > 0;
    if (!tiles_check(error, "feature maps", &stack, PLOT_IMAGES_MAX) ||
        (has_input && !tiles_check(error, "input image", &config->image, 1)))
        return false;
    char fallback[TEXT_SIZE_MAX];
    default_title(fallback, sizeof fallback, "Feature maps", config->layer);
    double low = 0, high = 0, left = DRAWING_MARGIN + (has_input ? INPUT_SIDE + INPUT_GAP : 0);
    tiles_range(&stack, &low, &high);
    struct tiles_grid grid =
        tiles_layout(stack.count, stack.rows, stack.columns, 0, 1, ROOM + DRAWING_MARGIN - left);
    struct drawing drawing;
    drawing_begin(&drawing, "maps", config->title, fallback,
                  (int)fmax(left + grid.width + COLOURBOX_ROOM + DRAWING_MARGIN, NARROWEST));
    grid.left = left;
    grid.top = drawing.top + (has_input ? HEAD_LINE : 0);
    script_number(&drawing.script, "map_low", low);
    script_number(&drawing.script, "map_high", high > low ? high : low + 1);
    script_number(&drawing.script, "inputs", has_input);
    tiles_begin(&drawing, stack.count + has_input);
    if (has_input)
        put_input(&drawing, &config->image, grid.top);
    for (int i = 0; i < stack.count; i++)
        tiles_put(&drawing, i + 1 + has_input, &stack, i, tiles_x(&grid, i), tiles_y(&grid, i),
                  grid.pixel);
    put_map_captions(&drawing, &grid, has_input);
    drawing_say(&drawing,
                "%s: %d map%s of %d x %d values from %.3g to %.3g; map %d has the highest mean.",
                drawing.title, stack.count, stack.count == 1 ? "" : "s", stack.rows, stack.columns,
                low, high, strongest(&stack));
    double height = put_colour_box(&drawing, &grid);
    return drawing_finish(&drawing, height, gnuplot, picture, error);
}
