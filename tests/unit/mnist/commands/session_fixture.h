/*
 * session_fixture - a session for each test, and functions that run cells in it.
 *
 * The data are the first images of MNIST, written as a small data set to a temporary folder of the
 * test program. This folder is also the home with models and checkpoints. The function names are
 * short, so that a test reads like a list of cells.
 */
#ifndef TESTS_SESSION_FIXTURE_H
#define TESTS_SESSION_FIXTURE_H

#include "mnist/session.h"
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
    int calls_until_stop; /* stop() returns true after this many calls; -1 = never */
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

/* Runs a cell. Its outputs are in memory.text, its failure is in report. */
void run(struct fixture *f, const char *cell);
void run_ok(struct fixture *f, const char *cell);
/* Asserts that the cell fails with this error name, and that the detail contains the text. */
void run_fails(struct fixture *f, const char *cell, const char *name, const char *text);
/* Asserts that the outputs of the last cell contain the text. */
void said(const struct fixture *f, const char *text);
/* Asserts that they do not contain it. */
void not_said(const struct fixture *f, const char *text);

/* Loads HOME/small, normalised, with 200 images held out. */
void load_small(struct fixture *f);

/* The hash of the current network's weights. */
uint64_t hash_of(const struct fixture *f);

/* The record of an epoch (from 1) of the current network's training, which must exist. */
const struct epoch_record *epoch_record_at(const struct fixture *f, int epoch);

/* The last epoch with the lowest validation loss so far. */
int best_epoch(const struct fixture *f);

/* The value of a variable, which must be a number. */
double variable(const struct fixture *f, const char *name);

#endif
