/*
 * plugin_calls - which threads are in a function that a cell of C has registered.
 *
 * plugins.c tells of each call, on whatever thread; a signal handler (c/crash.h) asks, to tell a training
 * that takes its time from a function that never comes back.
 */
#ifndef MNIST_C_API_PLUGIN_CALLS_H
#define MNIST_C_API_PLUGIN_CALLS_H

#include <stdbool.h>
#include <sys/types.h>

/* Around each call. */
void plugin_calls_enter(void);
void plugin_calls_leave(void);

/* A thread is in such a function now. */
bool plugin_calls_working(void);

/* Asked every second: a thread in which a part's function has not come back for some seconds; 0 = none. */
pid_t plugin_calls_stuck(void);

#endif
