/*
 * session - what a user has loaded, prepared, built and trained, and the one door through which
 * kernel/ and main.c come in: a cell's text goes in, outputs come out of the sink.
 *
 * One thread owns a session. A cell that fails or is interrupted leaves all that was loaded and
 * trained.
 */
#ifndef MNIST_SESSION_H
#define MNIST_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/output/output.h"

struct crash_record;
struct live_names;
struct session;

struct session_config {
    int threads; /* 0 = as many as there are processors                     */
    const char
        *plot_folder; /* every picture is also written into this folder; NULL = only to the sink */
    bool colours;     /* in a compiler's messages: whoever reads them shows escapes */
    const char *executable; /* argv[0]: where templates and data are found; not NULL   */
    size_t help_width;      /* columns of help on the terminal; 0 = HELP_WIDTH (language/help.h) */
    bool (*stop)(void *);   /* asked often, from the session's thread: shall we stop?  */
    void *stop_context;
    /* Goes on in a new process, with this statement (a `reset`) of the running cell as its first.
       Returns only if that cannot be done; NULL = it cannot. */
    void (*fresh)(void *context, int statement);
    void *fresh_context;
    struct crash_record *
        crash; /* in memory that the process's copies share: how a cell of C died; NULL = no copies */
};

enum session_status { SESSION_OK, SESSION_FAILED, SESSION_INTERRUPTED };

struct session_report {
    enum session_status status;
    bool refused;     /* the cell has mistakes, and nothing of it has run              */
    bool changed;     /* the session may differ from before                            */
    bool exits;       /* `exit`: a console or a prompt is to end                       */
    const char *name; /* "UsageError"; static; NULL when all is well                   */
    char *text;       /* one line; caller frees with session_report_release            */
    char *detail;     /* several lines: the cell's line, a caret below, the text; same */
};

/* NULL with error set. Caller frees with session_free. */
struct session *session_new(const struct session_config *config, struct error *error);
void session_free(struct session **session);

/* Runs a cell: parses all of it, then line by line; or compiles it, if it is one of C. number: the
   cell's, for messages; 0 = none. */
void session_run(struct session *session, int number, const char *code, struct output *output,
                 struct session_report *report);

/* The next cell begins with this statement, counted from 0: those before it have run in another
   process. */
void session_skip(struct session *session, int statements);

/* The cell may end the process: it is C, or may call what cells of C have registered. */
bool session_needs_copy(const struct session *session, const char *code);

/* False while threads of C cells run: a fork would not have them, and might have locks that they
   held locked forever (cell_threads.h). A crash then restores the last copy, the state before the
   threads were started. */
bool session_can_be_copied(const struct session *session);

/* For a copy of a process that a cell of C has ended: what it died of, as that cell's failure.
   False: it was no such death. status: waitpid's, -1 = not known. */
bool session_last_words(struct session *session, int status, struct session_report *report);
void session_report_release(struct session_report *report);

/* The value of an expression as text ("97.3"), for user_expressions. Caller frees; NULL with error
   set. */
char *session_evaluate(struct session *session, const char *expression, struct error *error);

/* Names that completion may offer now: variables, saved models, layers of the network. Borrowed
   until the next run. */
const struct live_names *session_names(struct session *session);

/* What cells of C have defined, as C, and *include, the folder of mnist.h: for completion. Caller
   frees both. NULL without memory. */
char *session_c_scope(const struct session *session, char **include);

/* In the child of a fork, before anything else: what threads and pipes the parent had is forgotten,
   not touched. */
void session_after_fork(struct session *session);

#endif
