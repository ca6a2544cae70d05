/*
 * scripted_session - a session process for tests, whose cells are lists of outputs.
 *
 * Each line of a cell is one word: `flags` sends the flags of the EXECUTE frame as an output,
 * `text` a stream, `error` an error, `last` a death output; `ask` asks a question and sends its
 * answer; `die` kills the process; `fail` ends the cell with an error. Other words do nothing.
 */
#ifndef TESTS_UNIT_KERNEL_FRONT_SCRIPTED_SESSION_H
#define TESTS_UNIT_KERNEL_FRONT_SCRIPTED_SESSION_H

/* Runs cells from the link until it ends. Returns the exit status of the process. */
int scripted_session(int link);

#endif
