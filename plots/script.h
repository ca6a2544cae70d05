/*
 * script - a growing buffer with the definitions of a template, written as gnuplot commands.
 *
 * The functions of plots.h fill a script, and drawing_finish passes it to gnuplot_draw. Numbers
 * always have a decimal point. Text is always a single-quoted string, in which gnuplot interprets
 * only the quote; quotes are doubled. If memory runs out or the script exceeds GNUPLOT_SCRIPT_MAX,
 * the script stays failed and drawing_finish reports it, so the calls before need no checks.
 *
 *     script_number(&script, "epochs", 5);         epochs = 5
 *     script_text(&script, "title", "it's");       title = 'it''s'
 *     script_begin(&script, "$loss");              $loss << EOD
 *     script_row(&script, 2, 1.0, 0.31);           1 0.31
 *     script_end(&script);                         EOD
 */
#ifndef PLOTS_SCRIPT_H
#define PLOTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct script {
    char *bytes;
    size_t size, room;
    bool failed;
};

void script_release(struct script *script);

/* name = value. NaN and infinities become gnuplot's NaN. */
void script_number(struct script *script, const char *name, double value);

/* name = 'text', cleaned by text_clean; each '\n' (from text_wrap) becomes a line break. */
void script_text(struct script *script, const char *name, const char *text);

/* An array of count strings, name[1] to name[count]; an item that is NULL is "". */
void script_texts(struct script *script, const char *name, const char *const *texts, int count);

/* array name[count], and its items one at a time, indices from 1. */
void script_array(struct script *script, const char *name, int count);
void script_item(struct script *script, const char *name, int index, double value);
void script_text_item(struct script *script, const char *name, int index, const char *text);

/* A datablock: begin ("$name"), any number of values and rows, end. */
void script_begin(struct script *script, const char *name);
void script_value(struct script *script, double value);
void script_newline(struct script *script);
void script_row(struct script *script, int count, ...); /* count doubles and a newline */
void script_end(struct script *script);

#endif
