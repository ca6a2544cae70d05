/*
 * drawing - what the functions of plots.h have in common: begin, define, say, finish.
 *
 *     drawing_begin   chooses the title, breaks it to the width; content goes below drawing.top
 *     script_...      the template's variables, into drawing.script
 *     drawing_say     the sentence, piece by piece
 *     drawing_finish  has it drawn, and releases everything
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
    DRAWING_MARGIN = 24,     /* around everything                */
    DRAWING_TEXT_PX = 13,    /* axes and legends                 */
    DRAWING_SMALL_PX = 12,   /* captions, tics, cells            */
    DRAWING_TITLE_PX = 17,   /* bold                             */
    DRAWING_LINE_PX = 17,    /* from one line of text to the next */
    DRAWING_NAME_SIZE = 128, /* bytes of a class's or layer's name */
};

struct drawing {
    struct script script;
    const char *template;
    int width;
    double top; /* below the title */
    char title[TEXT_SIZE_MAX];
    char sentence[2 * PICTURE_SENTENCE_SIZE];
};

/* Refuses data that cannot be drawn: PLOT_ERROR_DATA. Returns false. */
__attribute__((format(printf, 2, 3))) bool drawing_refuse(struct plot_error *error,
                                                          const char *format, ...);

/* Refuses for want of memory: PLOT_ERROR_SYSTEM. Returns false. */
bool drawing_no_memory(struct plot_error *error, const char *what);

/* True when low <= count <= high; else refuses: "what: count, not low to high". */
bool drawing_check(struct plot_error *error, const char *what, long long count, long long low,
                   long long high);

/* drawing is zeroed by this. The title is given, or fallback where given is NULL. */
void drawing_begin(struct drawing *drawing, const char *template, const char *given,
                   const char *fallback, int width);

__attribute__((format(printf, 2, 3))) void drawing_say(struct drawing *drawing, const char *format,
                                                       ...);

/* Puts said in place of the sentence, unless it is NULL. */
void drawing_say_instead(struct drawing *drawing, const char *said);

/* Draws it in height pixels and releases drawing in any case. */
bool drawing_finish(struct drawing *drawing, double height, struct gnuplot *gnuplot,
                    struct picture *picture, struct plot_error *error);

/* names[index] made clean, or the index itself where there is no name. */
void drawing_name(char name[DRAWING_NAME_SIZE], const char *const *names, int index);

/* 60000 as "60,000". */
void drawing_count(char text[32], long long count);

/* An array of strings for the template: each class's name, cut to width pixels of
   DRAWING_SMALL_PX. Returns the widest. */
double drawing_names(struct drawing *drawing, const char *array, const char *const *names,
                     int count, double width);

#endif
