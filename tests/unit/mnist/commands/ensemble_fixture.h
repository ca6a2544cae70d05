/*
 * ensemble_fixture - saved networks for the tests of `evaluate ensemble`.
 *
 * The networks are trained once for the whole group, on the small data set of session_fixture.h:
 * a (normalised), b (deskewed, cropped, normalised), c (plain), and copy_of_a.
 */
#ifndef TESTS_ENSEMBLE_FIXTURE_H
#define TESTS_ENSEMBLE_FIXTURE_H

#include "tests/unit/mnist/commands/session_fixture.h"

/* cmocka's set-up of the group. The tear-down is remove_home. */
int ensemble_networks(void **state);

/* Runs the cell that results from a format with one %s. */
void run_format(struct fixture *f, const char *format, const char *text);

/* HOME/models/NAME.safetensors */
void model_path(char path[300], const char *name);

#endif
