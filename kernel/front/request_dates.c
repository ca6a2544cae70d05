/*
 * request_dates - compares ISO 8601 dates in UTC as strings, up to the precision of the request's
 * date.
 *
 * A date in another time zone, or without milliseconds, is never early.
 */
#include "kernel/front/request_dates.h"

#include <stdlib.h>
#include <string.h>

static const char *date_of(const struct message *message)
{
    return json_string_value(json_object_get(message->header, "date"));
}

/* Number of characters of a UTC date before its zone, "Z" or "+00:00". 0 = another zone, or not a
   date. */
static size_t utc_size(const char *date)
{
    size_t size = strcspn(date, "Z+");
    return strcmp(date + size, "Z") == 0 || strcmp(date + size, "+00:00") == 0 ? size : 0;
}

int64_t request_dates_offset_us(const struct message *message)
{
    int64_t offset_us = clock_until(date_of(message));
    return llabs(offset_us) < 1000 * REQUEST_DATES_SAME_CLOCK_MS ? 0 : offset_us;
}

void request_dates_fail(struct request_dates *dates, int64_t offset_us)
{
    clock_print_ahead(dates->failed_at, offset_us);
    clock_print_ahead(dates->browser_limit, offset_us + 1000 * REQUEST_DATES_BROWSER_MS);
    dates->until_ms = clock_ms() + REQUEST_DATES_WAIT_MS;
}

bool request_dates_is_early(const struct request_dates *dates, const struct message *message)
{
    const size_t milliseconds = strlen("2024-05-01T12:00:00.123");
    const char *date = date_of(message);
    if (dates->until_ms == 0 || clock_ms() > dates->until_ms || date == NULL)
        return false;
    size_t size = utc_size(date);
    const char *limit = size == milliseconds ? dates->browser_limit : dates->failed_at;
    return size >= milliseconds && strncmp(date, limit, size) <= 0;
}
