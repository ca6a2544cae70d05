/*
 * log_ratelimit - a token bucket: LOG_LINES_AT_ONCE tokens, one more every LOG_REFILL_MS.
 */
#include "kernel/front/log_ratelimit.h"

#include <stdarg.h>
#include <stdio.h>

#include "mnist/base/clock.h"
#include "mnist/base/utf8.h"

enum { LINE_SIZE = 1200 };

static void refill(struct log_ratelimit *log_ratelimit)
{
    int64_t now_ms = clock_ms();
    int64_t gained = (now_ms - log_ratelimit->refilled_ms) / LOG_REFILL_MS;
    if (gained <= 0)
        return;
    log_ratelimit->used = gained >= log_ratelimit->used ? 0 : log_ratelimit->used - (int)gained;
    log_ratelimit->refilled_ms = now_ms;
}

void log_line(struct log_ratelimit *log_ratelimit, const char *format, ...)
{
    refill(log_ratelimit);
    if (log_ratelimit->used >= LOG_LINES_AT_ONCE) {
        log_ratelimit->suppressed++;
        return;
    }
    log_ratelimit->used++;
    char text[LINE_SIZE], line[LINE_SIZE];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    utf8_visible(line, sizeof line, text, false);
    if (log_ratelimit->suppressed > 0)
        fprintf(stderr, "mnist-kernel: (%llu more line%s suppressed)\n", log_ratelimit->suppressed,
                log_ratelimit->suppressed == 1 ? " was" : "s were");
    log_ratelimit->suppressed = 0;
    fprintf(stderr, "mnist-kernel: %s\n", line);
}
