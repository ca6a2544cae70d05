/*
 * log_ratelimit - one line on the kernel's own stderr, where the server logs it, about what a user
 * never sees: a forged message, a session that would not start.
 *
 * Outsiders can cause these lines, so each thread has an allowance that refills: what goes beyond
 * is counted, and the count is told with the next line.
 */
#ifndef KERNEL_FRONT_LOG_RATELIMIT_H
#define KERNEL_FRONT_LOG_RATELIMIT_H

#include <stdint.h>

enum { LOG_LINES_AT_ONCE = 20, LOG_REFILL_MS = 1000 };

/* One thread's allowance; {0} is a full one. */
struct log_ratelimit {
    int used;
    int64_t refilled_ms;
    unsigned long long untold;
};

__attribute__((format(printf, 2, 3))) void log_line(struct log_ratelimit *log_ratelimit,
                                                    const char *format, ...);

#endif
