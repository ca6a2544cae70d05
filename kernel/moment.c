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

void moment_print_ahead(char text[MOMENT_TEXT_SIZE], int ahead_ms)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + (int64_t)ahead_ms * 1000;
    time_t seconds = (time_t)(us / 1000000);
    gmtime_r(&seconds, &parts);
    size_t used = strftime(text, MOMENT_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + used, MOMENT_TEXT_SIZE - used, ".%06ldZ", (long)(us % 1000000));
}

void moment_print(char text[MOMENT_TEXT_SIZE])
{
    moment_print_ahead(text, 0);
}
