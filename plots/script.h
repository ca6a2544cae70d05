/*
 * script - writes the definitions of a template as gnuplot commands into a string buffer.
 *
 * The functions of plots.h fill a script, and drawing_finish passes it to gnuplot_draw. Numbers
 * always have a decimal point. Text is always a single-quoted string, in which gnuplot interprets
 * only the quote; quotes are doubled. If memory runs out or the script exceeds GNUPLOT_SCRIPT_MAX,
 * the buffer stays failed and drawing_finish reports it, so the calls before need no checks.
 *
 *     script_number(&script, "epochs", 5);         epochs = 5
 *     script_text(&script, "title", "it's");       title = 'it''s'
 *     script_begin(&script, "$loss");              $loss << EOD
 *     script_row(&script, 2, 1.0, 0.31);           1 0.31
 *     script_end(&script);                         EOD
 */
#ifndef PLOTS_SCRIPT_H
#define PLOTS_SCRIPT_H

#include "mnist/base/string_buffer.h"

/* name = value. NaN and infinities become gnuplot's NaN. */
void script_number(struct string_buffer *script, const char *name, double value);

/* name = 'text', cleaned by text_clean; each '\n' (from text_wrap) becomes a line break. */
void script_text(struct string_buffer *script, const char *name, const char *text);

/* An array of count strings, name[1] to name[count]; an item that is NULL is "". */
void script_texts(struct string_buffer *script, const char *name, const char *const *texts,
                  int count);

/* array name[count], and its items one at a time, indices from 1. */
void script_array(struct string_buffer *script, const char *name, int count);
void script_item(struct string_buffer *script, const char *name, int index, double value);
void script_text_item(struct string_buffer *script, const char *name, int index, const char *text);

/* A datablock: begin ("$name"), any number of values and rows, end. */
void script_begin(struct string_buffer *script, const char *name);
void script_value(struct string_buffer *script, double value);
void script_newline(struct string_buffer *script);
void script_row(struct string_buffer *script, int count, ...); /* count doubles and a newline */
void script_end(struct string_buffer *script);

#endif
