/*
 * output - helpers that all implementations share.
 */
#include "mnist/output/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/utf8.h"

void output_print(struct output *output, enum output_stream stream, const char *format, ...)
{
    char text[4096], shown[4096];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    utf8_visible(shown, sizeof shown, text, true);
    if (shown[0] != '\0')
        output->text(output, stream, shown, strlen(shown));
}

void output_table(struct output *output, struct table **table)
{
    char *text = table_text(*table);
    if (text != NULL)
        output->table(output, *table);
    else
        output_print(output, OUTPUT_STDERR, "out of memory: a table could not be shown\n");
    free(text);
    table_free(table);
}

void output_data(struct output *output, struct table **table)
{
    if (output->data != NULL)
        output->data(output, *table);
    table_free(table);
}

void output_picture(struct output *output, struct picture *picture)
{
    output->picture(output, picture);
    picture_release(picture);
}
