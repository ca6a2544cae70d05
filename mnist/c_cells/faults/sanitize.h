/*
 * sanitize - runs a C cell with the compiler's address and undefined-behaviour sanitizers: `%%c
 * check`.
 *
 *     session ──fork──> copy: loads the checked object, and with it the sanitizers; runs the cell;
 *        │                    searches for leaks
 *        │ waits              ├─ outputs: as those of any cell
 *        │                    ├─ logs: files with the sanitizers' messages (sanitize_log.h)
 *        │                    └─ shared page: the stage it has reached, the crash record (crash.h)
 *        └─ sanitize_report.h makes the error. The session has loaded nothing and is unchanged.
 *
 * The copy has the session's data and network and the definitions of earlier cells; only the
 * checked cell is instrumented. The first memory error ends the run. Undefined behaviour is logged
 * and the run continues.
 */
#ifndef MNIST_C_CELLS_FAULTS_SANITIZE_H
#define MNIST_C_CELLS_FAULTS_SANITIZE_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/c_cells/compiler.h"
#include "mnist/c_cells/faults/crash.h"

enum { SANITIZE_FLAGS_MAX = 16 };

/* Options of the compiler, after the usual ones and before the user's. list may point to path. */
struct sanitize_flags {
    const char *list[SANITIZE_FLAGS_MAX + 1]; /* NULL at the end */
    char path[CRASH_PATH_SIZE];
};

/* job: the cell's compilation. Runs the compiler to find its sanitizer library. */
void sanitize_flags_find(struct sanitize_flags *flags, const struct compiler_job *job);

/* Adds the sanitizers' settings to the cell's source, which is replaced. The logs are written to
   the folder of the object. False: out of memory. */
bool sanitize_settings(char **source, const char *object);

/* True if the compiler's messages mean that the sanitizer libraries are missing; then error names
   the packages to install. */
bool sanitize_is_missing(const char *messages, const char *compiler, struct error *error);

struct sanitize_config {
    const char *object;            /* path of the cell's shared object           */
    void (*forget)(void *session); /* called in the copy: drops threads and pipes */
    /* Called in the copy: loads and runs the cell. False with error set: it could not be loaded. */
    bool (*run)(void *context, struct crash_record *record, struct error *error);
    bool (*stop)(void *session); /* called while the session waits */
    void *context, *session;
};

/* True: nothing was found. False with error set (the cell could not be run) or report filled (a
   finding, or a crash), which the caller releases. */
bool sanitize_run(const struct sanitize_config *config, struct crash_report *report,
                  struct error *error);

#endif
