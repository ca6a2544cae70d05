/*
 * signals - SIGINT, SIGTERM, SIGHUP and SIGCHLD as events of the main loop.
 *
 * The signals are blocked and read from a signalfd; threads that are started later inherit the
 * mask. An ignored SIGHUP (nohup) stays ignored. SIGPIPE and SIGXFSZ are ignored, so that write(2)
 * fails instead.
 */
#ifndef KERNEL_FRONT_SIGNALS_H
#define KERNEL_FRONT_SIGNALS_H

#include <stdbool.h>

#include "mnist/base/errors.h"

/* *descriptor becomes readable at each signal; it is non-blocking, and the caller closes it. */
__attribute__((warn_unused_result)) bool signals_open(int *descriptor, struct error *error);

#endif
