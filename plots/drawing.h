/*
 * drawing - the common steps of the functions of plots.h.
 *
 *     drawing_begin   sets the title and wraps it to the width; the content starts at drawing.top
 *     script_...      write the template's variables to drawing.script
 *     drawing_say     appends to the sentence
 *     drawing_finish  draws the picture with gnuplot and releases the drawing
 *
 * All lengths are CSS pixels from the picture's top left corner.
 */
#ifndef PLOTS_DRAWING_H
#define PLOTS_DRAWING_H

#include <stdbool.h>
#include <stddef.h>

#include "plots/gnuplot.h"
#include "plots/picture.h"
#include "plots/script.h"
#include "plots/text.h"

enum {
    DRAWING_MARGIN = 24,     /* on all four sides               */
    DRAWING_TEXT_PX = 13,    /* font of axes and legends        */
    DRAWING_SMALL_PX = 12,   /* font of captions, tics, cells   */
    DRAWING_TITLE_PX = 17,   /* font of the title, bold         */
    DRAWING_LINE_PX = 17,    /* line height of text             */
    DRAWING_NAME_SIZE = 128, /* bytes of a class or layer name  */
};

struct drawing {
    struct string_buffer script;
    const char *template;
    int width;
    double top; /* below the title */
    char title[TEXT_SIZE_MAX];
    char sentence[2 * PICTURE_SENTENCE_SIZE];
};

/* Sets the error PLOT_ERROR_DATA: the data cannot be drawn. Returns false. */
__attribute__((format(printf, 2, 3))) bool drawing_refuse(struct plot_error *error,
                                                          const char *format, ...);

/* Sets the error PLOT_ERROR_SYSTEM: out of memory for `what`. Returns false. */
bool drawing_no_memory(struct plot_error *error, const char *what);

/* True if low <= count <= high; else false with the error PLOT_ERROR_DATA. what is a plural
   noun. */
bool drawing_check(struct plot_error *error, const char *what, long long count, long long low,
                   long long high);

/* Initialises drawing. The title is given, or fallback if given is NULL. */
void drawing_begin(struct drawing *drawing, const char *template, const char *given,
                   const char *fallback, int width);

__attribute__((format(printf, 2, 3))) void drawing_say(struct drawing *drawing, const char *format,
                                                       ...);

/* Replaces the sentence, unless the new sentence is NULL. */
void drawing_set_sentence(struct drawing *drawing, const char *sentence);

/* Draws the picture with this height. Releases drawing, also after a failure. */
bool drawing_finish(struct drawing *drawing, double height, struct gnuplot *gnuplot,
                    struct picture *picture, struct plot_error *error);

/* names[index] as clean text, or the index as a number if there is no name. */
void drawing_name(char name[DRAWING_NAME_SIZE], const char *const *names, int index);

/* 60000 as "60,000". */
void drawing_count(char text[32], long long count);

/* Writes an array of the class names for the template, each cut to width pixels at
   DRAWING_SMALL_PX. Returns the width of the widest name. */
double drawing_names(struct drawing *drawing, const char *array, const char *const *names,
                     int count, double width);

#endif
