/*
 * digit - one image with its pixel values; mean and variance image of each class; the prediction
 * for one image.
 */
#include "plots/drawing.h"
#include "plots/plots.h"
#include "plots/tiles.h"

#include <math.h>
#include <stdio.h>

enum {
    DIGIT_SIDE_MAX = 32, /* the values of larger images would be unreadable */
    DIGIT_PIXEL = 26,    /* CSS pixels of one image pixel                   */
    NUMBER_GAP = 26,     /* for row and column numbers                      */
    NARROWEST = 360,
    CLASS_ROOM = 740,
    CLASSES_ACROSS = 10,
    CLASS_LINES = 2, /* maximum lines of a class name        */
    BLOCK_HEAD = 24, /* heading "mean" or "variance"         */
    BLOCK_GAP = 16,
    COLOURBOX_ROOM = 72,
    PREDICTION_WIDTH = 640,
    PREDICTION_SIDE = 196,
    PREDICTION_NAME = 140, /* maximum for a class name */
    BAR_STEP = 24,
};

/* ---- one digit with its values ------------------------------------------------------------- */

/* Writes bytes as integers, floats with one decimal. Pixels of the lowest value have no label, so
   that the digit stays visible, unless all pixels have this value: gnuplot 5.4 crashes if all
   labels are missing. */
static void put_values(struct drawing *drawing, const struct plot_stack *image, double left,
                       double top)
{
    double low = 0, high = 0;
    tiles_range(image, &low, &high);
    int written = 0;
    script_begin(&drawing->script, "$values");
    for (int pass = 0; pass < 2 && written == 0; pass++) {
        for (int i = 0; i < image->rows * image->columns; i++) {
            int row = i / image->columns, column = i % image->columns;
            double value = tiles_value(image, 0, row, column);
            if (!isfinite(value) || (pass == 0 && value <= low))
                continue;
            script_row(&drawing->script, 3, left + (column + 0.5) * DIGIT_PIXEL,
                       top + (row + 0.5) * DIGIT_PIXEL, value);
            written++;
        }
    }
    script_end(&drawing->script);
    script_text(&drawing->script, "value_format", image->bytes != NULL ? "%.0f" : "%.1f");
    script_number(&drawing->script, "value_left", left);
    script_number(&drawing->script, "value_top", top);
    script_number(&drawing->script, "pixel", DIGIT_PIXEL);
    script_number(&drawing->script, "rows", image->rows);
    script_number(&drawing->script, "columns", image->columns);
}

static void describe_digit(struct drawing *drawing, const struct plot_digit *config)
{
    const struct plot_stack *image = &config->image;
    double low = 0, high = 0, sum = 0;
    int inked = 0, count = image->rows * image->columns;
    tiles_range(image, &low, &high);
    for (int i = 0; i < count; i++) {
        double value = tiles_value(image, 0, i / image->columns, i % image->columns);
        inked += value > low;
        sum += isfinite(value) ? value : 0;
    }
    char inked_text[32], count_text[32];
    drawing_count(inked_text, inked);
    drawing_count(count_text, count);
    drawing_say(
        drawing,
        "%s: %d x %d pixels with their values; %s of %s pixel%s %s above %.4g, the mean is %.4g.",
        drawing->title, image->rows, image->columns, inked_text, count_text, count == 1 ? "" : "s",
        inked == 1 ? "is" : "are", low, sum / count);
}

bool plot_digit(struct gnuplot *gnuplot, const struct plot_digit *config, struct picture *picture,
                struct plot_error *error)
{
    const struct plot_stack *image = &config->image;
    if (!tiles_check(error, "image", image, 1))
        return false;
    if (image->rows > DIGIT_SIDE_MAX || image->columns > DIGIT_SIDE_MAX)
        return drawing_refuse(
            error, "pixel values can be shown for images of up to %d x %d pixels, not %d x %d",
            DIGIT_SIDE_MAX, DIGIT_SIDE_MAX, image->rows, image->columns);
    char fallback[TEXT_SIZE_MAX];
    snprintf(fallback, sizeof fallback, "Pixel values%s%s", config->label != NULL ? " of a " : "",
             config->label != NULL ? config->label : "");
    double low = 0, high = 0, left = DRAWING_MARGIN + NUMBER_GAP,
           side = image->columns * (double)DIGIT_PIXEL;
    struct drawing drawing;
    drawing_begin(&drawing, "digit", config->title, fallback,
                  (int)fmax(side + left + DRAWING_MARGIN, NARROWEST));
    double top = drawing.top + NUMBER_GAP - 6;
    tiles_range(image, &low, &high);
    tiles_put_ink_range(&drawing, low, high);
    tiles_begin(&drawing, 1);
    tiles_put(&drawing, 1, image, 0, left, top, DIGIT_PIXEL);
    script_number(&drawing.script, "captions", 0);
    put_values(&drawing, image, left, top);
    describe_digit(&drawing, config);
    return drawing_finish(&drawing, top + image->rows * (double)DIGIT_PIXEL + DRAWING_MARGIN,
                          gnuplot, picture, error);
}

/* ---- mean and variance --------------------------------------------------------------------- */

static bool any_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i]))
            return true;
    return false;
}

/* The number of classes that have images: mean and variance of the others are NaN. */
static int classes_with_images(const struct plot_class_images *config)
{
    const float *values = config->mean != NULL ? config->mean : config->variance;
    size_t size = (size_t)config->rows * (size_t)config->columns;
    int count = 0;
    for (int i = 0; i < config->classes; i++)
        count += any_finite(values + (size_t)i * size, size);
    return count;
}

/* The sentence, with the classes of the largest and smallest variance (summed over the pixels). */
static void describe_classes(struct drawing *drawing, const struct plot_class_images *config)
{
    const char *what = config->mean == NULL       ? "Variance of the images"
                       : config->variance == NULL ? "Mean image"
                                                  : "Mean image and, below it, the variance";
    int classes = classes_with_images(config);
    drawing_say(drawing, "%s of each of %d class%s", what, classes, classes == 1 ? "" : "es");
    size_t size = (size_t)config->rows * (size_t)config->columns;
    int most = 0, least = 0;
    double most_sum = -INFINITY, least_sum = INFINITY;
    for (int i = 0; config->variance != NULL && i < config->classes; i++) {
        double sum = 0;
        if (!any_finite(config->variance + (size_t)i * size, size))
            continue;
        for (size_t k = 0; k < size; k++)
            sum += isfinite(config->variance[(size_t)i * size + k])
                       ? (double)config->variance[(size_t)i * size + k]
                       : 0;
        most = sum > most_sum ? i : most;
        least = sum < least_sum ? i : least;
        most_sum = fmax(most_sum, sum);
        least_sum = fmin(least_sum, sum);
    }
    char most_name[DRAWING_NAME_SIZE], least_name[DRAWING_NAME_SIZE];
    drawing_name(most_name, config->names, most);
    drawing_name(least_name, config->names, least);
    if (most_sum > least_sum)
        drawing_say(drawing, "; class %s varies most, class %s least", most_name, least_name);
    drawing_say(drawing, ".");
}

static bool check_class_images(const struct plot_class_images *config, struct plot_stack *mean,
                               struct plot_stack *variance, struct plot_error *error)
{
    struct plot_stack shape = {
        .count = config->classes, .rows = config->rows, .columns = config->columns};
    *mean = *variance = shape;
    mean->floats = config->mean;
    variance->floats = config->variance;
    if (config->mean == NULL && config->variance == NULL)
        return drawing_refuse(error, "there is nothing to draw: neither mean nor variance");
    return (config->mean == NULL || tiles_check(error, "mean images", mean, PLOT_CLASSES_MAX)) &&
           (config->variance == NULL ||
            tiles_check(error, "variance images", variance, PLOT_CLASSES_MAX));
}

/* Writes one block: the images of all classes with their names. number is that of its first
   tile. */
static void put_block(struct drawing *drawing, const struct plot_stack *stack,
                      const struct tiles_grid *grid, const char *const *names, int number)
{
    for (int i = 0; i < stack->count; i++) {
        char name[DRAWING_NAME_SIZE], lines[DRAWING_NAME_SIZE];
        drawing_name(name, names, i);
        text_wrap(lines, sizeof lines, name, DRAWING_SMALL_PX, grid->step_x - TILES_CLEAR,
                  CLASS_LINES);
        tiles_put(drawing, number + i, stack, i, tiles_x(grid, i), tiles_y(grid, i), grid->pixel);
        tiles_caption(drawing, number + i, lines, tiles_x(grid, i) + grid->tile_width / 2,
                      tiles_y(grid, i) + grid->tile_height, false);
    }
}

/* Writes the block's palette range and the position of its heading and colour box, to block_low[],
   block_high[], block_top[] and block_bottom[]. */
static void put_block_range(struct drawing *drawing, const struct plot_stack *stack,
                            const struct tiles_grid *grid, int number, bool from_zero)
{
    double low = 0, high = 1;
    tiles_range(stack, &low, &high);
    low = from_zero && low > 0 ? 0 : low;
    script_item(&drawing->script, "block_low", number, low);
    script_item(&drawing->script, "block_high", number, high > low ? high : low + 1);
    script_item(&drawing->script, "block_top", number, grid->top);
    script_item(&drawing->script, "block_bottom", number,
                grid->top + (grid->down - 1) * grid->step_y + grid->tile_height);
}

/* The largest number of lines of a class name within width pixels; *widest is the width of the
   widest line. */
static int class_lines(const struct plot_class_images *config, double width, double *widest)
{
    int most = 1;
    *widest = 0;
    for (int i = 0; i < config->classes; i++) {
        char name[DRAWING_NAME_SIZE], lines[DRAWING_NAME_SIZE];
        drawing_name(name, config->names, i);
        int count = text_wrap(lines, sizeof lines, name, DRAWING_SMALL_PX, width, CLASS_LINES);
        most = count > most ? count : most;
        *widest = fmax(*widest, ceil(text_lines_width(lines, DRAWING_SMALL_PX)));
    }
    return most;
}

static void begin_blocks(struct drawing *drawing, int blocks, int classes, bool has_mean,
                         double right)
{
    static const char *const arrays[] = {"block_low", "block_high", "block_top", "block_bottom"};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        script_array(&drawing->script, arrays[i], blocks);
    script_number(&drawing->script, "blocks", blocks);
    script_number(&drawing->script, "classes", classes);
    script_number(&drawing->script, "has_mean", has_mean);
    script_number(&drawing->script, "box_left", right);
    tiles_begin(drawing, blocks * classes);
    tiles_captions_begin(drawing, blocks * classes);
}

bool plot_class_images(struct gnuplot *gnuplot, const struct plot_class_images *config,
                       struct picture *picture, struct plot_error *error)
{
    struct plot_stack stacks[2];
    if (!check_class_images(config, &stacks[0], &stacks[1], error))
        return false;
    int across = config->classes < CLASSES_ACROSS ? config->classes : CLASSES_ACROSS;
    struct tiles_grid grid =
        tiles_layout(config->classes, config->rows, config->columns, across, 0, CLASS_ROOM);
    double widest = 0;
    int lines = class_lines(config, tiles_caption_room(&grid, CLASS_ROOM), &widest);
    grid = tiles_layout(config->classes, config->rows, config->columns, across, lines, CLASS_ROOM);
    tiles_widen(&grid, widest, CLASS_ROOM);
    bool has_mean = config->mean != NULL, has_variance = config->variance != NULL;
    struct drawing drawing;
    drawing_begin(&drawing, "class_images", config->title,
                  !has_variance ? "Mean image of each class"
                  : has_mean    ? "Mean and variance of each class's images"
                                : "Variance of each class's images",
                  (int)fmax(grid.width + COLOURBOX_ROOM + 2 * DRAWING_MARGIN, NARROWEST));
    begin_blocks(&drawing, has_mean + has_variance, config->classes, has_mean,
                 grid.left + grid.width + 16);
    grid.top = drawing.top + BLOCK_HEAD;
    int block = 1;
    for (int i = 0; i < 2; i++) {
        if (stacks[i].floats == NULL)
            continue;
        put_block_range(&drawing, &stacks[i], &grid, block, i == 1);
        put_block(&drawing, &stacks[i], &grid, config->names, (block - 1) * config->classes + 1);
        grid.top += grid.height + BLOCK_HEAD + BLOCK_GAP;
        block++;
    }
    describe_classes(&drawing, config);
    return drawing_finish(&drawing, grid.top - BLOCK_HEAD - BLOCK_GAP + DRAWING_MARGIN, gnuplot,
                          picture, error);
}

/* ---- a prediction -------------------------------------------------------------------------- */

/* The class of the highest probability; -1 if no probability is finite. */
static int argmax(const struct plot_prediction *config)
{
    int best = -1;
    for (int i = 0; i < config->classes; i++)
        if (isfinite(config->probabilities[i]) &&
            (best < 0 || config->probabilities[i] > config->probabilities[best]))
            best = i;
    return best;
}

static void describe_prediction(struct drawing *drawing, const struct plot_prediction *config,
                                int best)
{
    char name[DRAWING_NAME_SIZE], truth[DRAWING_NAME_SIZE];
    drawing_name(name, config->names, best);
    drawing_say(drawing, "The network predicts %s with a probability of %.2f %%", name,
                100 * (double)config->probabilities[best]);
    if (config->truth >= 0 && config->truth != best) {
        drawing_name(truth, config->names, config->truth);
        drawing_say(drawing, "; the true class is %s with %.2f %%", truth,
                    100 * (double)config->probabilities[config->truth]);
    } else if (config->truth >= 0) {
        drawing_say(drawing, ", which is correct");
    }
    drawing_say(drawing, ".");
}

static void put_bars(struct drawing *drawing, const struct plot_prediction *config, int best,
                     double names)
{
    struct string_buffer *script = &drawing->script;
    script_number(script, "classes", config->classes);
    script_number(script, "best", best);
    script_number(script, "truth", config->truth);
    script_number(script, "names_width", names);
    script_begin(script, "$bars");
    for (int i = 0; i < config->classes; i++)
        script_row(script, 2, (double)i, (double)config->probabilities[i]);
    script_end(script);
}

bool plot_prediction(struct gnuplot *gnuplot, const struct plot_prediction *config,
                     struct picture *picture, struct plot_error *error)
{
    const struct plot_stack *image = &config->image;
    if (!tiles_check(error, "image", image, 1) ||
        !drawing_check(error, "classes", config->classes, 1, PLOT_CLASSES_MAX))
        return false;
    if (config->truth >= config->classes)
        return drawing_refuse(error, "the true class is %d, but there are %d classes",
                              config->truth, config->classes);
    int best = argmax(config);
    if (best < 0)
        return drawing_refuse(error, "no probability is a finite number");
    char name[DRAWING_NAME_SIZE], fallback[TEXT_SIZE_MAX];
    drawing_name(name, config->names, best);
    snprintf(fallback, sizeof fallback, "Predicted: %s", name);
    double low = 0, high = 0;
    struct drawing drawing;
    drawing_begin(&drawing, "prediction", config->title, fallback, PREDICTION_WIDTH);
    double pixel = PREDICTION_SIDE / fmax(image->rows, image->columns);
    double bars = fmax(config->classes, 4) * BAR_STEP, content = fmax(bars, PREDICTION_SIDE);
    tiles_range(image, &low, &high);
    tiles_put_ink_range(&drawing, low, high);
    tiles_begin(&drawing, 1);
    tiles_put(&drawing, 1, image, 0, DRAWING_MARGIN,
              drawing.top + 4 + (content - image->rows * pixel) / 2, pixel);
    script_number(&drawing.script, "captions", 0);
    put_bars(
        &drawing, config, best,
        drawing_names(&drawing, "class_name", config->names, config->classes, PREDICTION_NAME));
    describe_prediction(&drawing, config, best);
    return drawing_finish(&drawing, drawing.top + 4 + content + 56, gnuplot, picture, error);
}
