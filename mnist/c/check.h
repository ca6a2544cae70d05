/*
 * check - a cell of C under the compiler's sanitizers: `%%c check`.
 *
 *     session ──fork──> its copy: loads the checked object, and with it the sanitizers; runs the cell; looks for leaks
 *        │ waits             │
 *        │                   ├─ outputs: where all outputs go
 *        │                   ├─ logs: the sanitizers' own words, in files (check_log.h)
 *        │                   └─ page: how far it came, how it died (crash.h)
 *        └─ check_report.h tells; the session has loaded nothing and is as it was
 *
 * The copy has the data, the network and what older cells have defined; only the checked cell is watched. The first error
 * of memory ends the run; undefined behaviour is noted and the run goes on.
 */
#ifndef MNIST_C_CHECK_H
#define MNIST_C_CHECK_H

#include <stdbool.h>

#include "mnist/c/crash.h"
#include "mnist/c/compiler.h"
#include "mnist/error.h"

enum { CHECK_FLAGS_MAX = 16 };

/* Flags that the compiler needs, behind the usual ones and before the user's. Caller keeps it while they are used. */
struct check_flags {
    const char *list[CHECK_FLAGS_MAX + 1]; /* ends with NULL */
    char path[CRASH_PATH_SIZE];
};

/* job: as the cell would be compiled. Asks the compiler where its runtime is. */
void check_flags_find(struct check_flags *flags, const struct compiler_job *job);

/* Adds the sanitizers' settings to the cell's unit, which is replaced; object: beside it their logs will lie. False: no
   memory. */
bool check_settings(char **source, const char *object);

/* Whether the compiler's messages say that there are no sanitizers. Then error says so, and what to install. */
bool check_is_missing(const char *messages, const char *compiler, struct error *error);

struct check_config {
    const char *object;            /* the cell's                              */
    void (*forget)(void *session); /* in the copy, first: threads and pipes   */
    /* In the copy: loads, runs, shows. False: it could not be loaded. */
    bool (*run)(void *context, struct crash_record *record, struct error *error);
    bool (*stop)(void *session); /* asked while it waits */
    void *context, *session;
};

/* False with error set (it could not be run) or report filled (something was found, or it died), which the caller releases. */
bool check_run(const struct check_config *config, struct crash_report *report, struct error *error);

#endif
