/*
 * fetch - downloads a published data set that is not on the disk yet.
 *
 * `load mnist`, `load fashion` and every command that loads MNIST by itself call it when a file is
 * missing. The work is done by the script fetch-data (in .make/ of the project, in share/mnist of
 * an installation), which has the one list of sources and checksums and never leaves half a file.
 * This file runs it as a child process and turns its records into progress and errors.
 *
 * The records are lines of fields separated by tabs (see the script): progress DONE TOTAL LABEL,
 * failed SOURCE REASON, error TEXT, note TEXT. The script ends when its standard input does, also
 * when this process is killed.
 */
#ifndef MNIST_COMMANDS_FETCH_H
#define MNIST_COMMANDS_FETCH_H

#include "mnist/base/errors.h"

struct session;

/* Gets the set "mnist" or "fashion" into the session's data folder, with progress, unless its files
   are there already. False with error set: no network, no Python, no room, interrupted. */
__attribute__((warn_unused_result)) bool fetch_if_missing(struct session *s, const char *set,
                                                          const char *folder, struct error *error);

#endif
