/*
 * session_fixture - a session of the test's own, and cells that are run in it.
 *
 * The data are the first images of the real MNIST, written as a small data set into a folder of the
 * test program's own, which is also home: models and checkpoints go there. Names are short, so that
 * a test reads like a list of cells.
 */
#ifndef TESTS_SESSION_FIXTURE_H
#define TESTS_SESSION_FIXTURE_H

#include "mnist/workspace/session_state.h"
#include "tests/unit/mnist/commands/memory_output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { TRAIN = 1200, TEST = 400 }; /* images of HOME/small */

struct fixture {
    struct session *session;
    struct memory_output memory;
    struct session_report report;
    int calls_until_stop; /* stop() says yes after so many questions; -1 = never */
};

/* $MNIST_HOME */
extern char home[64];

/* A cell that builds the network `tiny`. */
extern const char *const small_net;

/* cmocka's set-up and tear-down of a group, and of a test. */
int make_home(void **state);
int remove_home(void **state);
int setup(void **state);
int teardown(void **state);

/* Runs a cell; its words are in memory.text, its failure in report. */
void run(struct fixture *f, const char *cell);
void run_ok(struct fixture *f, const char *cell);
/* The failure has this name, and this text in its detail. */
void run_fails(struct fixture *f, const char *cell, const char *name, const char *text);
/* The last cell said this, among other things. */
void said(const struct fixture *f, const char *text);

/* Loads HOME/small, normalised, with 200 images held out. */
void load_small(struct fixture *f);

#endif
