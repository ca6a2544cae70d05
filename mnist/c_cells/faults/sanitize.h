/*
 * sanitize - a cell of C under the compiler's sanitizers: `%%c check`.
 *
 *     session ──fork──> its copy: loads the checked object, and with it the sanitizers; runs the cell; looks for leaks
 *        │ waits             │
 *        │                   ├─ outputs: where all outputs go
 *        │                   ├─ logs: the sanitizers' own words, in files (sanitize_log.h)
 *        │                   └─ page: how far it came, how it died (crash.h)
 *        └─ sanitize_report.h tells; the session has loaded nothing and is as it was
 *
 * The copy has the data, the network and what older cells have defined; only the checked cell is
 * watched. The first error of memory ends the run; undefined behaviour is noted and the run goes
 * on.
 */
#ifndef MNIST_C_CELLS_FAULTS_SANITIZE_H
#define MNIST_C_CELLS_FAULTS_SANITIZE_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/c_cells/compiler.h"
#include "mnist/c_cells/faults/crash.h"

enum { SANITIZE_FLAGS_MAX = 16 };

/* Flags that the compiler needs, behind the usual ones and before the user's. Caller keeps it while
   they are used. */
struct sanitize_flags {
    const char *list[SANITIZE_FLAGS_MAX + 1]; /* ends with NULL */
    char path[CRASH_PATH_SIZE];
};

/* job: as the cell would be compiled. Asks the compiler where its runtime is. */
void sanitize_flags_find(struct sanitize_flags *flags, const struct compiler_job *job);

/* Adds the sanitizers' settings to the cell's unit, which is replaced; object: beside it their logs
   will lie. False: no memory. */
bool sanitize_settings(char **source, const char *object);

/* Whether the compiler's messages say that there are no sanitizers. Then error says so, and what to
   install. */
bool sanitize_is_missing(const char *messages, const char *compiler, struct error *error);

struct sanitize_config {
    const char *object;            /* the cell's                              */
    void (*forget)(void *session); /* in the copy, first: threads and pipes   */
    /* In the copy: loads, runs, shows. False: it could not be loaded. */
    bool (*run)(void *context, struct crash_record *record, struct error *error);
    bool (*stop)(void *session); /* asked while it waits */
    void *context, *session;
};

/* False with error set (it could not be run) or report filled (something was found, or it died),
   which the caller releases. */
bool sanitize_run(const struct sanitize_config *config, struct crash_report *report,
                  struct error *error);

#endif
