/*
 * clock - see clock.h.
 */
#include "mnist/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_print_ahead(char text[CLOCK_TEXT_SIZE], int64_t ahead_us)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + ahead_us;
    time_t seconds = (time_t)(us / 1000000);
    gmtime_r(&seconds, &parts);
    size_t used = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + used, CLOCK_TEXT_SIZE - used, ".%06ldZ", (long)(us % 1000000));
}

void clock_print(char text[CLOCK_TEXT_SIZE])
{
    clock_print_ahead(text, 0);
}

int64_t clock_until(const char *date)
{
    struct timespec now;
    struct tm parts = {0};
    double fraction = 0;
    const char *rest = date != NULL ? strptime(date, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;
    if (rest != NULL && *rest == '.') {
        char *end;
        fraction = strtod(rest, &end);
        rest = end;
    }
    if (rest == NULL || (strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0))
        return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((int64_t)timegm(&parts) - (int64_t)now.tv_sec) * 1000000 + (int64_t)(fraction * 1e6) -
           now.tv_nsec / 1000;
}
