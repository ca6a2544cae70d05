/*
 * errors - formatting; see errors.h.
 */
#include "mnist/base/errors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "mnist/base/utf8.h"

static void error_vset(struct error *error, enum error_kind kind, const char *format,
                       va_list values)
{
    error->kind = kind;
    error->line = 0;
    char text[ERROR_TEXT_SIZE];
    vsnprintf(text, sizeof text, format, values);
    utf8_visible(error->text, sizeof error->text, text, false);
}

bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    if (error != NULL) {
        va_list values;
        va_start(values, format);
        error_vset(error, kind, format, values);
        va_end(values);
    }
    return false;
}

const char *error_reason(char text[ERROR_REASON_SIZE], int number)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    if (number == EFBIG)
        getrlimit(RLIMIT_FSIZE, &limit);
    if (limit.rlim_cur == RLIM_INFINITY)
        snprintf(text, ERROR_REASON_SIZE, "%s", strerror(number));
    else
        snprintf(
            text, ERROR_REASON_SIZE,
            "%s: files may be at most %llu KiB large here (`ulimit -f`); raise that limit, then "
            "start the program again",
            strerror(number), (unsigned long long)limit.rlim_cur / 1024);
    return text;
}

bool error_system(struct error *error, const char *format, ...)
{
    int number = errno;
    if (error != NULL) {
        va_list values;
        va_start(values, format);
        error_vset(error, ERROR_SYSTEM, format, values);
        va_end(values);
        size_t used = strlen(error->text);
        char reason[ERROR_REASON_SIZE];
        snprintf(error->text + used, sizeof error->text - used, ": %s",
                 error_reason(reason, number));
    }
    return false;
}

bool error_interrupted(struct error *error)
{
    return error_set(error, ERROR_INTERRUPTED, "interrupted");
}

bool error_memory(struct error *error, const char *what, unsigned long long size)
{
    if (size == 0)
        return error_set(error, ERROR_SYSTEM, "out of memory for %s", what);
    double kib = (double)size / 0x1p10;
    return error_set(error, ERROR_SYSTEM, "out of memory for %s (%.1f %s)", what,
                     kib < 102.4 ? kib : kib / 0x1p10, kib < 102.4 ? "KiB" : "MiB");
}

const char *error_name(enum error_kind kind)
{
    switch (kind) {
    case ERROR_USAGE: return "UsageError";
    case ERROR_DATA: return "DataError";
    case ERROR_SYSTEM: return "SystemError";
    case ERROR_STATE: return "StateError";
    case ERROR_NUMBER: return "ArithmeticError";
    case ERROR_INTERRUPTED: return "KeyboardInterrupt";
    case ERROR_NONE: break;
    }
    return "Error";
}
