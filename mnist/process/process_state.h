/*
 * process_state - protects commands from changes that a C cell makes to the process: locale,
 * floating-point environment, signal handlers and mask, umask, environment variables.
 *
 * The process alternates between two states.
 *
 *     defined state   as at the start of the session, with IEEE rounding to nearest and no traps;
 *                     commands and their numbers, files and pictures use it
 *     cell state      of the user's C code; it persists from cell to cell
 *
 *     a cell's function returns, or calls a command ── process_state_leave_cell ─> defined state
 *     a cell's function begins, or continues       <─ process_state_enter_cell ── defined state
 *
 * Not covered: the signals of faults, SIGINT and SIGALRM (faults/crash.h); standard streams,
 * working folder and resource limits, which do not persist (cell_environment.h). The signal mask
 * does not persist either, since a later cell could not be interrupted.
 */
#ifndef MNIST_PROCESS_PROCESS_STATE_H
#define MNIST_PROCESS_PROCESS_STATE_H

#include <fenv.h>
#include <locale.h>

/* Records the current state as the defined state and enters it. Call once at the start of a
   session; later calls do nothing. If memory runs out, the environment variables are not protected.
   */
void process_state_define(void);

void process_state_enter_cell(void);
void process_state_leave_cell(void);

/* Returns to the defined state after plugin code has run outside of a cell (a layer during a
   training, for example). The cell state is unchanged. */
void process_state_restore(void);

/* Resets the cell state to the defined state. */
void process_state_forget_cell(void);

/* ---- for functions of mnist.h that compute or format numbers within a cell ---- */

struct process_state_numbers {
    locale_t locale;
    fenv_t floating;
};

/* Switches only locale and floating-point environment: fast enough for an inner loop. */
void process_state_numbers_enter(struct process_state_numbers *cell);
void process_state_numbers_leave(const struct process_state_numbers *cell);

#endif
