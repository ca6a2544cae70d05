/*
 * test_request_dates - dates of requests around a failure.
 *
 * Proves: a request is early up to the failure, and, with a date in milliseconds (a browser), also
 * shortly after it; dates in another zone, without milliseconds, or missing are never early; the
 * limits follow the sender's clock; small differences of clocks count as none. By hand, with dates
 * relative to the present.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/front/request_dates.h"

enum {
    MICROSECONDS = 26,
    MILLISECONDS = 23,
    SECONDS = 19
}; /* characters of a date before its zone */

/* A request dated ahead_us from now, with this many characters and this zone. */
static struct message dated(int64_t ahead_us, size_t characters, const char *zone)
{
    char text[CLOCK_TEXT_SIZE], date[CLOCK_TEXT_SIZE + 8];
    clock_print_ahead(text, ahead_us);
    snprintf(date, sizeof date, "%.*s%s", (int)characters, text, zone);
    return (struct message){.header = json_pack("{s:s}", "date", date)};
}

static bool is_early(const struct request_dates *dates, int64_t ahead_ms, size_t characters,
                     const char *zone)
{
    struct message message = dated(ahead_ms * 1000, characters, zone);
    bool early = request_dates_is_early(dates, &message);
    json_decref(message.header);
    return early;
}

static void without_a_failure_no_request_is_early(void **state)
{
    (void)state;
    struct request_dates dates = {0};
    assert_false(is_early(&dates, -1000, MICROSECONDS, "Z"));
}

static void requests_are_early_up_to_the_failure(void **state)
{
    (void)state;
    struct request_dates dates = {0};
    request_dates_fail(&dates, 0);
    assert_true(is_early(&dates, -1000, MICROSECONDS, "Z"));
    assert_true(is_early(&dates, -50, MICROSECONDS, "+00:00"));
    assert_false(is_early(&dates, 1, MICROSECONDS, "Z"));
    assert_true(is_early(&dates, -50, MILLISECONDS, "Z"));
}

/* The failure is dated one second ahead, so that no pause of this process matters. */
static void a_browser_learns_of_it_later(void **state)
{
    (void)state;
    enum { AHEAD_MS = 1000, BEFORE = AHEAD_MS - 500, AFTER = AHEAD_MS + 500 };
    struct request_dates dates = {0};
    request_dates_fail(&dates, 1000 * AHEAD_MS);
    char limit[CLOCK_TEXT_SIZE];
    snprintf(limit, sizeof limit, "%s", dates.browser_limit);
    assert_true(strcmp(dates.failed_at, limit) < 0);
    assert_true(is_early(&dates, BEFORE, MILLISECONDS, "Z"));
    assert_false(is_early(&dates, AFTER, MILLISECONDS, "Z"));
    snprintf(dates.failed_at, sizeof dates.failed_at, "%s", "2000-01-01T00:00:00.000000Z");
    assert_true(is_early(&dates, BEFORE, MILLISECONDS, "Z"));
    assert_false(is_early(&dates, BEFORE, MICROSECONDS, "Z"));
}

static void other_dates_are_never_early(void **state)
{
    (void)state;
    struct request_dates dates = {0};
    struct message without = {.header = json_object()};
    request_dates_fail(&dates, 0);
    assert_false(is_early(&dates, -1000, MICROSECONDS, "+02:00"));
    assert_false(is_early(&dates, -1000, MICROSECONDS, ""));
    assert_false(is_early(&dates, -5000, SECONDS, "Z"));
    assert_false(request_dates_is_early(&dates, &without));
    json_decref(without.header);
}

static void the_failure_matters_for_a_limited_time(void **state)
{
    (void)state;
    struct request_dates dates = {0};
    request_dates_fail(&dates, 0);
    dates.until_ms = clock_ms() - 1;
    assert_false(is_early(&dates, -1000, MICROSECONDS, "Z"));
}

static void clocks_may_differ(void **state)
{
    (void)state;
    static const int64_t offsets_s[] = {-3600, -1, 1, 3600};
    for (size_t i = 0; i < sizeof offsets_s / sizeof offsets_s[0]; i++) {
        struct message message = dated(offsets_s[i] * 1000000, MICROSECONDS, "Z");
        int64_t offset_us = request_dates_offset_us(&message);
        assert_true(llabs(offset_us - offsets_s[i] * 1000000) < 500000);
        json_decref(message.header);
    }
    struct message same = dated(100000, MICROSECONDS, "Z");
    assert_true(request_dates_offset_us(&same) == 0);
    json_decref(same.header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_failure_no_request_is_early),
        cmocka_unit_test(requests_are_early_up_to_the_failure),
        cmocka_unit_test(a_browser_learns_of_it_later),
        cmocka_unit_test(other_dates_are_never_early),
        cmocka_unit_test(the_failure_matters_for_a_limited_time),
        cmocka_unit_test(clocks_may_differ),
    };
    return cmocka_run_group_tests_name("request_dates", tests, NULL, NULL);
}
