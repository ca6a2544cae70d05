/*
 * log_ratelimit - rate-limited log lines on the kernel's own stderr, which Jupyter's server logs.
 *
 * They report events that have no place in a notebook, such as a forged message or a session that
 * did not start. Anyone who can connect to the ports can cause these lines, so each thread has a
 * limit: further lines are counted, and the next line reports their number.
 */
#ifndef KERNEL_FRONT_LOG_RATELIMIT_H
#define KERNEL_FRONT_LOG_RATELIMIT_H

#include <stdint.h>

enum { LOG_LINES_AT_ONCE = 20, LOG_REFILL_MS = 1000 };

/* The limit of one thread; {0} = no line used. */
struct log_ratelimit {
    int used; /* lines of the LOG_LINES_AT_ONCE */
    int64_t refilled_ms;
    unsigned long long suppressed; /* lines not printed and not reported yet */
};

/* Prints "mnist-kernel: " and one line; control characters are escaped. */
__attribute__((format(printf, 2, 3))) void log_line(struct log_ratelimit *log_ratelimit,
                                                    const char *format, ...);

#endif
