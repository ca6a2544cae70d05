/*
 * session_output - the output sink of the session process: sends outputs as frames of the session
 * link.
 *
 * main.c owns one and passes it to session_run. The front publishes each SESSION_LINK_OUTPUT as
 * one iopub message without parsing its content, so this file alone defines the contents of
 * display_data, execute_result and error.
 *
 * Each result is a separate display_data. A command that reports progress has one more display:
 * an empty display_data with a display_id before the first result, then update_display_data at
 * most ten times a second, and an empty update when a result is sent or the command ends. So the
 * outputs of a cell depend neither on its duration, nor on how it ends, nor on whether the client
 * supports updates (jupyter console and nbval do not). If the session dies, the front sends the
 * final, empty update in its place (SESSION_LINK_DEATH_OUTPUT).
 */
#ifndef KERNEL_SESSION_SESSION_OUTPUT_H
#define KERNEL_SESSION_SESSION_OUTPUT_H

#include <jansson.h>

#include "kernel/session_link.h"
#include "mnist/output/output.h"
#include "mnist/session.h"

struct session_output {
    struct output output; /* first member: the sink's functions get a pointer to it */
    int link;
    struct session_link_reader *reader; /* for the user's answers */
    int pipes[2]; /* duplicates of stdout and stderr, since a C cell may close 1 and 2 */
    char token[SESSION_LINK_TOKEN_SIZE];
    uint64_t mark;               /* number of the latest mark */
    bool (*stop)(void *context); /* true if waiting for the user's answer must end */
    void *stop_context;

    /* Of the running cell: */
    uint64_t cell;
    int execution_count;
    bool silent, allow_stdin;
    json_t *payload;         /* of the reply: pages for the pager */
    int displays;            /* number of displays with a display_id */
    bool progress_open;      /* the running command has a progress display */
    bool progress_shown;     /* the progress display is not empty */
    double progress_shown_s; /* time of its latest update */
};

/* Initialises the struct and duplicates descriptors 1 and 2; link and reader are borrowed. False:
   memory or descriptors ran out. */
bool session_output_init(struct session_output *output, int link,
                         struct session_link_reader *reader, const char *token);
void session_output_release(struct session_output *output);

/* Resets the fields of the running cell. */
void session_output_begin(struct session_output *output, uint64_t cell, int execution_count,
                          bool silent, bool allow_stdin);

/* Sends the error output of a failed cell. */
void session_output_error(struct session_output *output, const struct session_report *report);

/* Adds the report's ename, evalue and traceback to object, the content of an error or an
   execute_reply. */
void session_output_describe(const struct session_report *report, json_t *object);

/* Sends a frame, after writing a mark into both pipes. object is consumed. False: the front has
   closed the link, memory ran out, or the frame is too large. */
bool session_output_send(struct session_output *output, enum session_link_kind kind,
                         json_t *object);

#endif
