/*
 * session - the only entry point of mnist/: executes cells and shows their outputs.
 *
 * A session holds the data, network and settings of a user (workspace/session_state.h). The
 * kernel's session process (kernel/session/main.c) and the shell program (shell/main.c) pass it the
 * text of a cell and an output. One thread owns a session. A cell that fails or is interrupted
 * loses nothing that earlier cells have loaded or trained.
 */
#ifndef MNIST_SESSION_H
#define MNIST_SESSION_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/output/output.h"
#include "mnist/workspace/session_config.h"
#include "mnist/workspace/session_report.h"

struct live_names;
struct session;

/* NULL with error set. Caller frees with session_free. */
struct session *session_new(const struct session_config *config, struct error *error);
void session_free(struct session **session);

/* Executes a cell. Commands are parsed completely, then executed statement by statement; a C cell
   is compiled and executed. number: the execution count, for messages; 0 = none. Caller releases
   the report with session_report_release. */
void session_run(struct session *session, int number, const char *code, struct output *output,
                 struct session_report *report);

/* The next cell begins with this statement, counted from 0; another process has executed those
   before it. */
void session_skip(struct session *session, int statements);

/* True if the cell may crash the process: it is a C cell, or plugins from C cells are registered.
   */
bool session_needs_copy(const struct session *session, const char *code);

/* False while threads of C cells run: the child of a fork would not have them, and locks that they
   hold would stay locked (cell_threads.h). After a crash, the standby from before these threads
   takes over. */
bool session_can_be_copied(const struct session *session);

/* In a standby that takes over: reports why the process ended, as the failure of its cell. status
   is that of waitpid, -1 = not known. False if no cell ended it. */
bool session_last_words(struct session *session, int status, struct session_report *report);

/* The value of an expression as text ("97.3"), for user_expressions. Caller frees; NULL with error
   set. */
char *session_evaluate(struct session *session, const char *expression, struct error *error);

/* Names for completion: variables, saved models, layers of the network. Borrowed until the next
   cell. */
const struct live_names *session_names(struct session *session);

/* The definitions of all C cells, as C, and *include, the folder of mnist.h; for completion. Caller
   frees both. NULL if memory runs out. */
char *session_c_scope(const struct session *session, char **include);

/* In the child of a fork, before any other call: forgets threads and pipes of the parent. */
void session_after_fork(struct session *session);

#endif
