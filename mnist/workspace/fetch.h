/*
 * fetch - downloads a published data set whose files are missing.
 *
 * `load mnist`, `load fashion` and every command that loads MNIST by default call it. The script
 * fetch-data does the download (in .make/ of the project, in share/mnist of an installation). It
 * has the only list of sources and checksums, and never leaves a partial file in place. This file
 * runs the script as a child process and converts its records to progress and errors.
 *
 * A record is a line with fields separated by tabs (see the script): progress DONE TOTAL LABEL,
 * failed SOURCE REASON, error TEXT, note TEXT. The script exits when its standard input is closed,
 * so it also exits when this process is killed.
 */
#ifndef MNIST_WORKSPACE_FETCH_H
#define MNIST_WORKSPACE_FETCH_H

#include "mnist/base/errors.h"

struct session;

/* Downloads the set "mnist" or "fashion" to the session's data folder, with progress, unless its
   files exist. False with error set: no network, no Python, disk full, interrupted. */
__attribute__((warn_unused_result)) bool fetch_if_missing(struct session *s, const char *set,
                                                          const char *folder, struct error *error);

#endif
