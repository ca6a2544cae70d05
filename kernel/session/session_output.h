/*
 * session_output - the kernel's sink: what a command says becomes frames of the link.
 *
 * main.c owns one and hands it to session_run; the front sends each SESSION_LINK_OUTPUT on as one iopub message without
 * looking inside, so the shape of Jupyter's display_data, execute_result and error contents is known here alone.
 *
 * Each result is a display_data of its own. A command that reports progress has one display beside its results: an empty
 * display_data with a display_id before the first of them, then update_display_data at most ten times a second, and an
 * empty one when a result is there or the command has ended. So the outputs of a cell are the same however long it took,
 * how it ended, and whether the client knows updates (jupyter console and nbval do not). Should the session die, the
 * front sends the last update in its place (SESSION_LINK_WILL).
 */
#ifndef KERNEL_SESSION_SESSION_OUTPUT_H
#define KERNEL_SESSION_SESSION_OUTPUT_H

#include <jansson.h>

#include "kernel/session_link.h"
#include "mnist/output/output.h"
#include "mnist/session.h"

struct session_output {
    struct output output; /* first: the sink's functions get a pointer to it */
    int link;
    struct session_link_reader
        *reader;  /* for answers to ask                                         */
    int pipes[2]; /* private copies of stdout and stderr, so that nobody closes them */
    char token[SESSION_LINK_TOKEN_SIZE];
    uint64_t mark;
    bool (*stop)(void *context); /* shall a wait for the user's answer end? */
    void *stop_context;

    uint64_t cell; /* of the running cell: */
    int execution_count;
    bool silent, allow_stdin;
    json_t *payload;         /* pages for the reply */
    int displays;            /* display_ids given out in this cell           */
    bool progress_open;      /* the running command has a display for progress */
    bool progress_shown;     /* which is not empty now                       */
    double progress_shown_s; /* when it was last updated                     */
};

/* Fills the struct; nothing is opened. pipes are duplicates of descriptors 1 and 2. */
bool session_output_init(struct session_output *output, int link,
                         struct session_link_reader *reader, const char *token);
void session_output_release(struct session_output *output);

/* A new cell begins. */
void session_output_begin(struct session_output *output, uint64_t cell, int execution_count,
                          bool silent, bool allow_stdin);

/* Sends the error output of a failed cell. */
void session_output_error(struct session_output *output, const struct session_report *report);

/* ename, evalue and traceback of the report, put into object (an error's content, an execute_reply's). */
void session_output_describe(const struct session_report *report, json_t *object);

/* Sends a frame after a mark in both pipes. object is consumed. False when the front is gone. */
bool session_output_send(struct session_output *output, enum session_link_kind kind,
                         json_t *object);

#endif
