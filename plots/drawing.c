/*
 * drawing - the common steps of every picture: title, sentence, job for gnuplot (see drawing.h).
 */
#include "plots/drawing.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TITLE_LINES_MAX = 3, TITLE_LINE_PX = 22, TITLE_GAP = 8 };

bool drawing_refuse(struct plot_error *error, const char *format, ...)
{
    if (error != NULL) {
        va_list values;
        va_start(values, format);
        error->kind = PLOT_ERROR_DATA;
        vsnprintf(error->text, sizeof error->text, format, values);
        va_end(values);
    }
    return false;
}

bool drawing_no_memory(struct plot_error *error, const char *what)
{
    drawing_refuse(error, "out of memory for %s", what);
    if (error != NULL)
        error->kind = PLOT_ERROR_SYSTEM;
    return false;
}

bool drawing_check(struct plot_error *error, const char *what, long long count, long long low,
                   long long high)
{
    if (count == 0 && low > 0)
        return drawing_refuse(error, "there is nothing to draw: no %s", what);
    if (count < low || count > high)
        return drawing_refuse(error, "the number of %s must be %lld to %lld, not %lld", what, low,
                              high, count);
    return true;
}

void drawing_begin(struct drawing *drawing, const char *template, const char *given,
                   const char *fallback, int width)
{
    *drawing = (struct drawing){
        .template = template, .width = width, .script.maximum = GNUPLOT_SCRIPT_MAX};
    text_clean(drawing->title, sizeof drawing->title, given != NULL ? given : fallback);
    char lines[TEXT_SIZE_MAX];
    int count = text_wrap(lines, sizeof lines, drawing->title, DRAWING_TITLE_PX * 1.13,
                          width - 2 * DRAWING_MARGIN, TITLE_LINES_MAX);
    script_text(&drawing->script, "title", lines);
    drawing->top = DRAWING_MARGIN + count * TITLE_LINE_PX + (count > 0 ? TITLE_GAP : 0);
}

void drawing_say(struct drawing *drawing, const char *format, ...)
{
    size_t used = strlen(drawing->sentence);
    va_list values;
    va_start(values, format);
    vsnprintf(drawing->sentence + used, sizeof drawing->sentence - used, format, values);
    va_end(values);
}

void drawing_set_sentence(struct drawing *drawing, const char *sentence)
{
    if (sentence != NULL)
        snprintf(drawing->sentence, sizeof drawing->sentence, "%s", sentence);
}

bool drawing_finish(struct drawing *drawing, double height, struct gnuplot *gnuplot,
                    struct picture *picture, struct plot_error *error)
{
    script_number(&drawing->script, "top", drawing->top);
    bool drawn = false;
    if (drawing->script.failed) {
        drawing_no_memory(error, "the picture");
    } else {
        struct gnuplot_job job = {.template = drawing->template,
                                  .definitions = drawing->script.bytes,
                                  .definitions_size = drawing->script.size,
                                  .width = drawing->width,
                                  .height = (int)ceil(height),
                                  .title = drawing->title,
                                  .sentence = drawing->sentence};
        drawn = gnuplot_draw(gnuplot, &job, picture, error);
    }
    string_buffer_release(&drawing->script);
    return drawn;
}

void drawing_name(char name[DRAWING_NAME_SIZE], const char *const *names, int index)
{
    if (names != NULL && names[index] != NULL)
        text_clean(name, DRAWING_NAME_SIZE, names[index]);
    else
        snprintf(name, DRAWING_NAME_SIZE, "%d", index);
}

void drawing_count(char text[32], long long count)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%lld", count);
    size_t size = strlen(digits), used = 0;
    for (size_t i = 0; i < size; i++) {
        bool is_digit = digits[i] != '-';
        if (i > 0 && is_digit && digits[i - 1] != '-' && (size - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
}

double drawing_names(struct drawing *drawing, const char *array, const char *const *names,
                     int count, double width)
{
    char fitted[64][DRAWING_NAME_SIZE];
    const char *items[64];
    double widest = 0;
    assert(count <= 64);
    for (int i = 0; i < count; i++) {
        char name[DRAWING_NAME_SIZE];
        drawing_name(name, names, i);
        text_fit(fitted[i], sizeof fitted[i], name, DRAWING_SMALL_PX, width);
        items[i] = fitted[i];
        widest = fmax(widest, text_width(fitted[i], DRAWING_SMALL_PX));
    }
    script_texts(&drawing->script, array, items, count);
    return widest;
}
