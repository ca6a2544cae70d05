/*
 * moment - reading the clocks.
 */
#include "kernel/moment.h"

#include <stdio.h>
#include <time.h>

int64_t moment_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void moment_print(char text[MOMENT_TEXT_SIZE])
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t used = strftime(text, MOMENT_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + used, MOMENT_TEXT_SIZE - used, ".%06ldZ", now.tv_nsec / 1000);
}
