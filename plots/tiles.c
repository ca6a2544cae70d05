/*
 * tiles - the layout of a grid of small images, and their datablocks (see tiles.h).
 */
#include "plots/tiles.h"

#include <math.h>
#include <stdio.h>

enum {
    GAP = 14,         /* between two tiles */
    CAPTION_GAP = 4,  /* between a tile and its caption */
    COMFORTABLE = 40, /* at most this many images are shown large */
    CROWDED = 200,    /* more images than this are shown small    */
    ACROSS_FEW = 8,
    ACROSS_MANY = 10,
    ACROSS_CROWD = 20,
    APART_MAX = 42, /* maximum gap between two tiles, for wide captions */
    PIXEL_MAX = 18, /* maximum size of one image pixel, e.g. of a 3x3 filter */
    TILE_SIDE_MAX = 84,
};

/* The number of columns from low to high with the fewest empty positions in the last line. Of equal
   numbers the largest, so that the grid is wide rather than high. */
static int balanced_across(int count, int low, int high)
{
    int best = high, fewest = high;
    for (int across = high; across >= low; across--) {
        int empty = (across - count % across) % across;
        if (empty < fewest) {
            best = across;
            fewest = empty;
        }
    }
    return best;
}

static int choose_across(int count)
{
    if (count <= ACROSS_FEW)
        return count;
    if (count <= COMFORTABLE)
        return balanced_across(count, 5, ACROSS_FEW);
    if (count <= CROWDED)
        return balanced_across(count, ACROSS_FEW, ACROSS_MANY);
    return balanced_across(count, 16, ACROSS_CROWD);
}

/* An integer if possible, so that all image pixels have the same size. */
static double choose_pixel(double room, int rows, int columns)
{
    double side = fmax(rows, columns);
    double pixel = fmin(fmin(room / columns, TILE_SIDE_MAX / side), PIXEL_MAX);
    return pixel >= 1 ? floor(pixel) : pixel;
}

struct tiles_grid tiles_layout(int count, int rows, int columns, int across, int caption_lines,
                               double room)
{
    struct tiles_grid grid = {.count = count, .left = DRAWING_MARGIN};
    grid.across = across > 0 ? (across < count ? across : count) : choose_across(count);
    grid.down = (count + grid.across - 1) / grid.across;
    grid.pixel =
        choose_pixel((room - (grid.across - 1) * (double)GAP) / grid.across, rows, columns);
    grid.tile_width = grid.pixel * columns;
    grid.tile_height = grid.pixel * rows;
    grid.step_x = grid.tile_width + GAP;
    grid.step_y = grid.tile_height + GAP +
                  (caption_lines > 0 ? CAPTION_GAP + caption_lines * DRAWING_LINE_PX : 0);
    grid.width = grid.across * grid.step_x - GAP;
    grid.height = grid.down * grid.step_y - GAP;
    return grid;
}

static double widest_step(const struct tiles_grid *grid, double room)
{
    double step = grid->tile_width + APART_MAX;
    if (grid->across > 1)
        step = fmin(step, (room - grid->tile_width) / (grid->across - 1));
    return fmax(step, grid->step_x);
}

double tiles_caption_room(const struct tiles_grid *grid, double room)
{
    return widest_step(grid, room) - TILES_CLEAR;
}

void tiles_widen(struct tiles_grid *grid, double caption, double room)
{
    grid->step_x = fmax(grid->step_x, fmin(caption + TILES_CLEAR, widest_step(grid, room)));
    grid->width = (grid->across - 1) * grid->step_x + grid->tile_width;
}

double tiles_x(const struct tiles_grid *grid, int index)
{
    return grid->left + index % grid->across * grid->step_x;
}

double tiles_y(const struct tiles_grid *grid, int index)
{
    return grid->top + index / grid->across * grid->step_y;
}

double tiles_value(const struct plot_stack *stack, int index, int row, int column)
{
    size_t at = ((size_t)index * (size_t)stack->rows + (size_t)row) * (size_t)stack->columns +
                (size_t)column;
    return stack->bytes != NULL ? (double)stack->bytes[at] : (double)stack->floats[at];
}

bool tiles_range(const struct plot_stack *stack, double *low, double *high)
{
    *low = 0;
    *high = 255;
    if (stack->bytes != NULL)
        return true;
    *low = INFINITY;
    *high = -INFINITY;
    size_t count = (size_t)stack->count * (size_t)stack->rows * (size_t)stack->columns;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(stack->floats[i])) {
            *low = fmin(*low, (double)stack->floats[i]);
            *high = fmax(*high, (double)stack->floats[i]);
        }
    }
    return *low <= *high;
}

bool tiles_check(struct plot_error *error, const char *what, const struct plot_stack *stack,
                 int most)
{
    double low = 0, high = 0;
    if (!drawing_check(error, what, stack->count, 1, most))
        return false;
    if (stack->rows < 1 || stack->columns < 1 || stack->rows > PLOT_IMAGE_SIDE_MAX ||
        stack->columns > PLOT_IMAGE_SIDE_MAX)
        return drawing_refuse(error, "the sides of the %s must be 1 to %d pixels, not %d x %d",
                              what, PLOT_IMAGE_SIDE_MAX, stack->rows, stack->columns);
    if (stack->bytes == NULL && stack->floats == NULL)
        return drawing_refuse(error, "there is nothing to draw: no %s", what);
    if (!tiles_range(stack, &low, &high))
        return drawing_refuse(error, "no pixel of the %s is a finite number", what);
    return true;
}

static const char *const place_arrays[] = {"tile_x", "tile_y", "tile_width", "tile_height"};

void tiles_begin(struct drawing *drawing, int count)
{
    script_number(&drawing->script, "tiles", count);
    for (size_t i = 0; i < sizeof place_arrays / sizeof place_arrays[0]; i++)
        script_array(&drawing->script, place_arrays[i], count);
}

/* Writes a nonuniform matrix: the first line contains the x of each column, and each further line
   begins with its y. Coordinates are data, not formulas, because gnuplot sets a signal handler for
   each evaluation of a formula: that cost 110 ms for a grid of 100 digits. */
static void put_matrix(struct string_buffer *script, const struct plot_stack *stack, int index,
                       double x, double y, double pixel)
{
    /* gnuplot needs at least 2 x 2 points per image, so a side of one pixel becomes two halves. */
    int halves_x = stack->columns == 1 ? 2 : 1, halves_y = stack->rows == 1 ? 2 : 1;
    int columns = stack->columns * halves_x, rows = stack->rows * halves_y;
    script_value(script, columns);
    for (int column = 0; column < columns; column++)
        script_value(script, x + (column + 0.5) * pixel / halves_x);
    script_newline(script);
    for (int row = 0; row < rows; row++) {
        script_value(script, y + (row + 0.5) * pixel / halves_y);
        for (int column = 0; column < columns; column++)
            script_value(script, tiles_value(stack, index, row / halves_y, column / halves_x));
        script_newline(script);
    }
}

void tiles_put(struct drawing *drawing, int number, const struct plot_stack *stack, int index,
               double x, double y, double pixel)
{
    struct string_buffer *script = &drawing->script;
    double values[] = {x, y, pixel * stack->columns, pixel * stack->rows};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        script_item(script, place_arrays[i], number, values[i]);
    char name[32];
    snprintf(name, sizeof name, "$tile%d", number);
    script_begin(script, name);
    put_matrix(script, stack, index, x, y, pixel);
    script_end(script);
}

void tiles_captions_begin(struct drawing *drawing, int count)
{
    script_number(&drawing->script, "captions", count);
    script_array(&drawing->script, "caption", count);
    script_array(&drawing->script, "caption_x", count);
    script_array(&drawing->script, "caption_y", count);
    script_array(&drawing->script, "caption_marked", count);
}

void tiles_caption(struct drawing *drawing, int number, const char *text, double x, double y,
                   bool marked)
{
    struct string_buffer *script = &drawing->script;
    script_text_item(script, "caption", number, text);
    script_item(script, "caption_x", number, x);
    script_item(script, "caption_y", number, y + CAPTION_GAP + DRAWING_LINE_PX / 2.0);
    script_item(script, "caption_marked", number, marked);
}

void tiles_put_ink_range(struct drawing *drawing, double low, double high)
{
    script_number(&drawing->script, "low", low);
    script_number(&drawing->script, "high", high > low ? high : low + 1);
}
