/*
 * c_api_output - tables, pictures and texts for mnist.h.
 *
 * An interrupt while gnuplot draws stops gnuplot; the failed picture then ends the cell.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/clock.h"
#include "mnist/c_api/c_api.h"
#include "mnist/process/process_state.h"
#include "mnist/workspace/picture_output.h"
#include "plots/plots.h"

enum { TITLES_MAX = 512, ROW_SIZE = 4096 };

static struct {
    struct table *table;
    int columns, cells; /* of the table; of the current row */
    struct plot_lines lines;
    struct plot_series series[PLOT_SERIES_MAX];
    char *texts[PLOT_SERIES_MAX + 3]; /* copies, of the plot */
    double *numbers[2 * PLOT_SERIES_MAX];
    bool plotting;
    double began_s;
} api;

/* While gnuplot draws, SIGINT goes to the session, and numbers are formatted as in the C locale. */
static void begin_drawing(struct process_state_numbers *cell)
{
    crash_api_begin();
    process_state_numbers_enter(cell);
}

static void end_drawing(const struct process_state_numbers *cell)
{
    process_state_numbers_leave(cell);
    crash_api_end();
}

/* Shows the picture, or ends the cell with the error of the plot function. */
static void show(const char *function, bool drawn, struct picture *picture,
                 const struct plot_error *error)
{
    struct error failure;
    if (!drawn)
        crash_fail("%s: %s", function, error->text);
    fflush(stdout);
    if (!picture_output(c_api_now(), "cell", picture, &failure))
        crash_fail("%s: %s", function, failure.text);
}

static void check_size(const char *function, int count, int rows, int columns)
{
    if (count < 1 || count > PLOT_IMAGES_MAX || rows < 1 || columns < 1 ||
        rows > PLOT_IMAGE_SIDE_MAX || columns > PLOT_IMAGE_SIDE_MAX)
        crash_fail("%s: expected 1 to %d images of at most %d x %d pixels, found %d of %d x %d",
                   function, PLOT_IMAGES_MAX, PLOT_IMAGE_SIDE_MAX, PLOT_IMAGE_SIDE_MAX, count, rows,
                   columns);
}

void mnist_show(const char *title, const uint8_t *pixels, int rows, int columns)
{
    struct session *s = c_api_session("mnist_show");
    struct picture picture = {0};
    struct plot_error error;
    check_size("mnist_show", 1, rows, columns);
    const struct plot_digit config = {.title = title, .image = {pixels, NULL, 1, rows, columns}};
    struct process_state_numbers cell;
    begin_drawing(&cell);
    show("mnist_show", plot_digit(s->gnuplot, &config, &picture, &error), &picture, &error);
    end_drawing(&cell);
}

static void show_stack(const char *function, const char *title, const struct plot_stack *stack,
                       const char *const *captions)
{
    struct session *s = c_api_session(function);
    struct picture picture = {0};
    struct plot_error error;
    check_size(function, stack->count, stack->rows, stack->columns);
    const struct plot_images config = {.title = title, .images = *stack, .captions = captions};
    struct process_state_numbers cell;
    begin_drawing(&cell);
    show(function, plot_images(s->gnuplot, &config, &picture, &error), &picture, &error);
    end_drawing(&cell);
}

void mnist_show_grid(const char *title, const uint8_t *pixels, int count, int rows, int columns,
                     const char *const *captions)
{
    const struct plot_stack stack = {pixels, NULL, count, rows, columns};
    show_stack("mnist_show_grid", title, &stack, captions);
}

void mnist_show_floats(const char *title, const float *values, int count, int rows, int columns,
                       const char *const *captions)
{
    const struct plot_stack stack = {NULL, values, count, rows, columns};
    show_stack("mnist_show_floats", title, &stack, captions);
}

/* Calls add(word) for each |-separated word of the line, without surrounding blanks. */
static void each_word(char *line, void (*add)(const char *word))
{
    while (line != NULL) {
        char *bar = strchr(line, '|');
        if (bar != NULL)
            *bar = '\0';
        line += strspn(line, " \t\n");
        size_t size = strlen(line);
        while (size > 0 && strchr(" \t\n", line[size - 1]) != NULL)
            line[--size] = '\0';
        add(line);
        line = bar != NULL ? bar + 1 : NULL;
    }
}

static void add_title(const char *word)
{
    table_column(api.table, word, TABLE_RIGHT);
    api.columns++;
}

static bool is_figure(const char *word)
{
    return word[0] == '\0' || strchr("+-.0123456789", word[0]) != NULL ||
           strcmp(word, "nan") == 0 || strcmp(word, "inf") == 0;
}

static void add_cell(const char *word)
{
    if (api.cells == api.columns)
        crash_fail("mnist_row: the row has more columns than the table, which has %d", api.columns);
    if (!is_figure(word))
        table_align(api.table, api.cells, TABLE_LEFT);
    table_cell(api.table, "%s", word);
    api.cells++;
}

void mnist_table(const char *titles)
{
    char line[TITLES_MAX];
    c_api_session("mnist_table");
    if (api.table != NULL)
        crash_fail("mnist_table: the previous table is not ended: call mnist_table_end");
    api.table = table_new(NULL);
    api.columns = 0;
    snprintf(line, sizeof line, "%s", titles);
    each_word(line, add_title);
}

void mnist_row(const char *format, ...)
{
    char line[ROW_SIZE];
    va_list values;
    c_api_session("mnist_row");
    if (api.table == NULL)
        crash_fail("mnist_row: there is no table: call mnist_table first");
    if (table_row_count(api.table) >= TABLE_ROWS_MAX)
        crash_fail("mnist_row: a table has at most %d rows", TABLE_ROWS_MAX);
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    table_row(api.table);
    api.cells = 0;
    each_word(line, add_cell);
}

void mnist_table_end(void)
{
    struct session *s = c_api_session("mnist_table_end");
    if (api.table == NULL)
        crash_fail("mnist_table_end: there is no table: call mnist_table first");
    fflush(stdout);
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    output_table(s->output, &api.table);
    process_state_numbers_leave(&cell);
}

static void forget_plot(void)
{
    for (size_t i = 0; i < sizeof api.texts / sizeof *api.texts; i++) {
        free(api.texts[i]);
        api.texts[i] = NULL;
    }
    for (size_t i = 0; i < sizeof api.numbers / sizeof *api.numbers; i++) {
        free(api.numbers[i]);
        api.numbers[i] = NULL;
    }
    api.plotting = false;
}

void c_api_settle_outputs(struct session *s)
{
    if (api.table != NULL && table_row_count(api.table) > 0)
        output_table(s->output, &api.table);
    table_free(&api.table);
    forget_plot();
}

static const char *keep_text(int place, const char *text)
{
    api.texts[place] = text != NULL ? strdup(text) : NULL;
    return api.texts[place];
}

static const double *keep_numbers(int place, const double *numbers, int count)
{
    size_t size = (size_t)count * sizeof *numbers;
    api.numbers[place] = numbers != NULL ? malloc(size) : NULL;
    if (api.numbers[place] != NULL)
        memcpy(api.numbers[place], numbers, size);
    return api.numbers[place];
}

void mnist_plot(const char *title, const char *x_axis, const char *y_axis, enum mnist_scale scale)
{
    c_api_session("mnist_plot");
    forget_plot();
    api.plotting = true;
    api.lines = (struct plot_lines){
        .title = keep_text(PLOT_SERIES_MAX, title),
        .x_axis = keep_text(PLOT_SERIES_MAX + 1, x_axis),
        .y_axis = keep_text(PLOT_SERIES_MAX + 2, y_axis),
        .series = api.series,
        .log_x = (scale & MNIST_LOG_X) != 0,
        .log_y = (scale & MNIST_LOG_Y) != 0,
    };
}

static void add_line(const char *function, const char *name, const double *x, const double *y,
                     int count, bool points)
{
    c_api_session(function);
    int i = api.lines.count;
    if (!api.plotting)
        crash_fail("%s: there is no plot: call mnist_plot first", function);
    if (i == PLOT_SERIES_MAX)
        crash_fail("%s: a plot has at most %d lines", function, PLOT_SERIES_MAX);
    if (y == NULL || count < 1 || count > PLOT_POINTS_MAX)
        crash_fail("%s: expected 1 to %d points, found %d", function, PLOT_POINTS_MAX,
                   y == NULL ? 0 : count);
    api.series[i] = (struct plot_series){.name = keep_text(i, name),
                                         .x = keep_numbers(2 * i, x, count),
                                         .y = keep_numbers(2 * i + 1, y, count),
                                         .count = count,
                                         .points = points};
    api.lines.count++;
}

void mnist_line(const char *name, const double *x, const double *y, int count)
{
    add_line("mnist_line", name, x, y, count, false);
}

void mnist_points(const char *name, const double *x, const double *y, int count)
{
    add_line("mnist_points", name, x, y, count, true);
}

void mnist_plot_end(void)
{
    struct session *s = c_api_session("mnist_plot_end");
    struct picture picture = {0};
    struct plot_error error;
    if (!api.plotting)
        crash_fail("mnist_plot_end: there is no plot: call mnist_plot first");
    struct process_state_numbers cell;
    begin_drawing(&cell);
    show("mnist_plot_end", plot_lines(s->gnuplot, &api.lines, &picture, &error), &picture, &error);
    end_drawing(&cell);
    forget_plot();
}

void mnist_scatter(const char *title, const char *x_axis, const char *y_axis, const float *x,
                   const float *y, const uint8_t *groups, int count)
{
    struct session *s = c_api_session("mnist_scatter");
    struct picture picture = {0};
    struct plot_error error;
    if (count < 1 || count > PLOT_POINTS_MAX)
        crash_fail("mnist_scatter: expected 1 to %d points, found %d", PLOT_POINTS_MAX, count);
    uint8_t *none = calloc((size_t)count, 1);
    const struct plot_scatter config = {.title = title,
                                        .x = x,
                                        .y = y,
                                        .labels = groups != NULL ? groups : none,
                                        .count = count,
                                        .classes = groups != NULL ? DATASET_CLASSES : 1,
                                        .x_name = x_axis,
                                        .y_name = y_axis};
    for (int i = 0; groups != NULL && i < count; i++)
        if (groups[i] >= DATASET_CLASSES)
            crash_fail("mnist_scatter: a group must be 0 to %d, not %d", DATASET_CLASSES - 1,
                       groups[i]);
    struct process_state_numbers cell;
    begin_drawing(&cell);
    show("mnist_scatter", plot_scatter(s->gnuplot, &config, &picture, &error), &picture, &error);
    end_drawing(&cell);
    free(none);
}

void mnist_bars(const char *title, const char *axis, const char *const *labels,
                const double *values, int count)
{
    struct session *s = c_api_session("mnist_bars");
    struct picture picture = {0};
    struct plot_error error;
    if (count < 1 || count > PLOT_BARS_MAX)
        crash_fail("mnist_bars: expected 1 to %d bars, found %d", PLOT_BARS_MAX, count);
    const struct plot_bars config = {
        .title = title, .axis = axis, .labels = labels, .values = values, .count = count};
    struct process_state_numbers cell;
    begin_drawing(&cell);
    show("mnist_bars", plot_bars(s->gnuplot, &config, &picture, &error), &picture, &error);
    end_drawing(&cell);
}

void mnist_progress(const char *what, double done, double total)
{
    struct session *s = c_api_session("mnist_progress");
    if (done <= 0 || api.began_s <= 0)
        api.began_s = clock_s();
    const struct progress_display progress = {.what = what,
                                              .unit = "steps",
                                              .done = done,
                                              .total = total,
                                              .elapsed_s = clock_s() - api.began_s};
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    s->output->progress(s->output, &progress);
    process_state_numbers_leave(&cell);
}

void mnist_markdown(const char *format, ...)
{
    struct session *s = c_api_session("mnist_markdown");
    char *text = NULL;
    va_list values;
    va_start(values, format);
    int size = vasprintf(&text, format, values);
    va_end(values);
    if (size < 0)
        crash_fail("mnist_markdown: out of memory");
    fflush(stdout);
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    s->output->markdown(s->output, text, text);
    process_state_numbers_leave(&cell);
    free(text);
}
