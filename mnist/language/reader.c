/*
 * reader - collects the diagnostics of a cell.
 */
#include "mnist/language/reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "mnist/base/array.h"

void reader_report(struct reader *reader, const struct diagnostic *diagnostic)
{
    size_t kept =
        reader->diagnostic_count < DIAGNOSTICS_MAX ? reader->diagnostic_count : DIAGNOSTICS_MAX;
    for (size_t i = 0; i < kept; i++) {
        if (reader->diagnostics[i].span.start == diagnostic->span.start)
            return;
    }
    if (reader->diagnostic_count < DIAGNOSTICS_MAX)
        reader->diagnostics[reader->diagnostic_count] = *diagnostic;
    reader->diagnostic_count++;
}

void reader_diagnostic(struct reader *reader, struct span span, const char *format, ...)
{
    struct diagnostic diagnostic = {.kind = ERROR_USAGE, .span = span};
    va_list values;
    va_start(values, format);
    vsnprintf(diagnostic.text, sizeof diagnostic.text, format, values);
    va_end(values);
    reader_report(reader, &diagnostic);
}

void *reader_grow(struct reader *reader, void *items, size_t count, size_t item_size,
                  size_t maximum)
{
    void *grown = array_grow(items, count, item_size, maximum);
    if (grown == NULL)
        reader->failed = true;
    return grown;
}
