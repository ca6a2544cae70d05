/*
 * complaint - lines on stderr, rationed.
 */
#include "kernel/complaint.h"

#include <stdarg.h>
#include <stdio.h>

#include "kernel/moment.h"
#include "mnist/utf8.h"

enum { LINE_SIZE = 1200 };

static void refill(struct complaints *complaints)
{
    int64_t now_ms = moment_ms();
    int64_t gained = (now_ms - complaints->refilled_ms) / COMPLAINT_REFILL_MS;
    if (gained <= 0)
        return;
    complaints->used = gained >= complaints->used ? 0 : complaints->used - (int)gained;
    complaints->refilled_ms = now_ms;
}

void complain(struct complaints *complaints, const char *format, ...)
{
    refill(complaints);
    if (complaints->used >= COMPLAINTS_AT_ONCE) {
        complaints->untold++;
        return;
    }
    complaints->used++;
    char text[LINE_SIZE], line[LINE_SIZE];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    utf8_visible(line, sizeof line, text, false);
    if (complaints->untold > 0)
        fprintf(stderr, "mnist-kernel: (%llu more line%s left out)\n", complaints->untold,
                complaints->untold == 1 ? " was" : "s were");
    complaints->untold = 0;
    fprintf(stderr, "mnist-kernel: %s\n", line);
}
