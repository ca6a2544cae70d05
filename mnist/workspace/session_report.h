/*
 * session_report - the result of a cell: its status, and the error if it failed; a part of
 * session.h.
 */
#ifndef MNIST_WORKSPACE_SESSION_REPORT_H
#define MNIST_WORKSPACE_SESSION_REPORT_H

#include <stdbool.h>

enum session_status { SESSION_OK, SESSION_FAILED, SESSION_INTERRUPTED };

struct session_report {
    enum session_status status;
    bool refused;     /* the cell has syntax errors and was not executed                */
    bool changed;     /* the state of the session may have changed                      */
    bool exits;       /* `exit` was executed                                            */
    const char *name; /* "UsageError"; static; NULL if the status is SESSION_OK         */
    char *text;       /* one line; caller frees with session_report_release             */
    char *detail;     /* several lines: the cell's line, a caret below, the text; same  */
};

void session_report_release(struct session_report *report);

#endif
