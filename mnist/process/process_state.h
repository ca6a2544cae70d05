/*
 * process_state - the state of a process that C code can change and that every later command would
 * inherit: locale, floating-point environment, signal handlers and mask, umask, environment
 * variables.
 *
 * Two states alternate in one process.
 *
 *     defined state   as the process was when the session began, with IEEE rounding to nearest and no
 *                     traps: commands, files, pictures and their numbers are made in it
 *     cell state      of the user's C code: what a cell sets, the next cell finds again
 *
 *     cell's function returns, or calls a command ── process_state_leave_cell ─> defined state
 *     cell's function begins, or goes on          <─ process_state_enter_cell ── defined state
 *
 * crash.h has the signals by which a cell ends, SIGINT and SIGALRM to itself; cell_environment.h
 * has the standard streams, the working folder and the limits of resources, which no later cell
 * inherits. A signal mask is not inherited either: a later cell could not be interrupted.
 */
#ifndef MNIST_PROCESS_PROCESS_STATE_H
#define MNIST_PROCESS_PROCESS_STATE_H

#include <fenv.h>
#include <locale.h>

/* The process is in the defined state. Call it once at the start of a session; later calls do
   nothing. Without memory the environment variables are not protected. */
void process_state_define(void);

void process_state_enter_cell(void);
void process_state_leave_cell(void);

/* Back to the defined state, whatever code that is not a cell's statements has changed (a
   registered layer during a training, for example). Nothing is noted for the next cell. */
void process_state_restore(void);

/* The next cell begins in the defined state. */
void process_state_forget_cell(void);

/* ---- for a function of mnist.h that computes or formats numbers inside a cell ---- */

struct process_state_numbers {
    locale_t locale;
    fenv_t floating;
};

/* Locale and floating-point environment alone: fast enough for a call in a user's inner loop. */
void process_state_numbers_enter(struct process_state_numbers *cell);
void process_state_numbers_leave(const struct process_state_numbers *cell);

#endif
