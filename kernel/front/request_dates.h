/*
 * request_dates - decides from its date whether a request was sent before its sender could know
 * that a cell had failed.
 *
 * execute.c uses it. A front end sends the cells of Run All about one millisecond apart, so some
 * of them arrive after the reply of a cell that failed; these must be aborted like those in the
 * queue. A request was sent too early if its date is not later than the failed cell's reply. A
 * browser receives that reply through Jupyter's server at least REQUEST_DATES_BROWSER_MS later,
 * so its requests of that time are too early as well. Browsers write dates with milliseconds,
 * jupyter_client with microseconds; by this the two are distinguished.
 *
 * Dates are compared by the clock of the failed cell's sender, which may differ from this
 * machine's.
 */
#ifndef KERNEL_FRONT_REQUEST_DATES_H
#define KERNEL_FRONT_REQUEST_DATES_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/front/message.h"
#include "mnist/base/clock.h"

enum {
    REQUEST_DATES_BROWSER_MS = 20,     /* minimum time of a reply through the server to a browser */
    REQUEST_DATES_SAME_CLOCK_MS = 250, /* a smaller difference may be the request's travel time */
    REQUEST_DATES_WAIT_MS = 1000,      /* maximum time that a late request may be under way */
};

/* The latest failure; {0} = no cell has failed. */
struct request_dates {
    int64_t until_ms;                    /* end of the time in which late requests may arrive */
    char failed_at[CLOCK_TEXT_SIZE];     /* date of the failed cell's reply */
    char browser_limit[CLOCK_TEXT_SIZE]; /* date at which a browser may have received it */
};

/* The sender's clock minus this machine's, in microseconds; 0 if they differ by less than
   REQUEST_DATES_SAME_CLOCK_MS. */
int64_t request_dates_offset_us(const struct message *message);

/* A cell whose sender has this clock offset has failed; its reply is sent now. */
void request_dates_fail(struct request_dates *dates, int64_t offset_us);

/* True if the message was sent before its sender could know of the latest failure. */
bool request_dates_is_early(const struct request_dates *dates, const struct message *message);

#endif
