/*
 * crash - records how a C cell ended its process, in shared memory, for the process that takes
 * over.
 *
 * crash_call sets signal handlers before it calls a cell's function. A handler records the signal,
 * its address and the stack frames, and lets the process die. The copy of the session that takes
 * over (kernel/session/session_standby.h, mnist/shell/guard.h) turns the record into an error with
 * crash_report_make: it finds the source lines of the addresses in the cell's shared object, which
 * it reads from its file (libdw), because it has never loaded it.
 *
 *     code that runs                           SIGINT                  SIGALRM (time limit)
 *     a cell's function: crash_call            ends the cell           ends the cell
 *     a function of mnist.h: crash_api_begin   the session's handler   ends the cell afterwards
 *     commands: crash_commands_begin,          the session's handler;  ends the cell afterwards
 *         crash_watch_begin                    then a plugin that does not return for some seconds
 *                                              ends the process
 *
 * Faults (SIGSEGV and others) and exit() end the process with a record in all of them.
 */
#ifndef MNIST_C_CELLS_FAULTS_CRASH_H
#define MNIST_C_CELLS_FAULTS_CRASH_H

#include <stdbool.h>
#include <sys/types.h>

#include "mnist/process/crash_record.h"

/* Calls a cell's function, which the shared object `object` contains. A fault, exit(), SIGINT and
   the time limit end the process, with a record. seconds: the time limit, 0 = none. Calls may be
   nested, and may happen inside crash_watch_begin; then the limit of the outermost call that has
   one applies. Waits shortly for threads that are about to end (cell_threads_settle). */
void crash_call(struct crash_record *record, void (*function)(void), const char *object,
                int seconds);

/* Ends the process that runs a cell; the message is the error's text. */
__attribute__((noreturn, format(printf, 1, 2))) void crash_fail(const char *format, ...);

/* True in the thread that runs the cell, and if no cell runs. */
bool crash_own_thread(void);

/* Queries about plugins, functions that C cells have registered. Both are called in a signal
   handler. */
struct crash_plugins {
    bool (*working)(void); /* a thread is inside a plugin                                      */
    pid_t (*stuck)(void);  /* called every second: a thread in which a plugin does not return;
                              0 = none                                                         */
};

/* A cell runs commands. False: no cell's own code runs, and nothing has changed; then
   crash_commands_end must not be called. plugins is borrowed until then. */
bool crash_commands_begin(const struct crash_plugins *plugins);
void crash_commands_end(void);

/* A function of mnist.h works for the cell, for some time. No effect if no cell's own code runs. */
void crash_api_begin(void);
void crash_api_end(void);

/* Commands run that may call plugins. False: crash_call or another watch is active, and nothing has
   changed; then crash_watch_end must not be called. plugins is borrowed until then. */
bool crash_watch_begin(struct crash_record *record, const struct crash_plugins *plugins);
void crash_watch_end(void);

/* In the child of a fork that continues with the watched commands. */
void crash_after_fork(void);

struct crash_report {
    const char *name; /* "SIGSEGV", "KeyboardInterrupt"...; static */
    char *text;       /* one line                                  */
    char *detail;     /* lines of a traceback                      */
    bool interrupted; /* by the user                               */
};

/* Makes the error from the record. status: waitpid's, for a death without a record; -1 = not known.
   Caller releases with crash_report_release. */
void crash_report_make(const struct crash_record *record, int status, struct crash_report *report);
void crash_report_release(struct crash_report *report);

#endif
