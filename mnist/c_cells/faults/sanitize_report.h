/*
 * sanitize_report - what the sanitizers found in a checked cell, in words: which error, which
 * lines, whose memory.
 *
 * From their logs (sanitize_log.h), in which addresses stand, and the crash record where the
 * process died of something else.
 *
 *     heap-buffer-overflow in cell 3, line 7
 *     a write of 4 bytes, 0 bytes behind a block of 40 bytes
 *       cell 3, line 7, in fill:
 *           p[i] = 1;
 *     the block was allocated here:
 *       cell 3, line 4:
 *           int *p = malloc(40);
 *     The session is as it was before the cell.
 */
#ifndef MNIST_C_CELLS_FAULTS_SANITIZE_REPORT_H
#define MNIST_C_CELLS_FAULTS_SANITIZE_REPORT_H

#include <stdbool.h>
#include <sys/types.h>

#include "mnist/base/errors.h"
#include "mnist/c_cells/faults/crash.h"

#define SANITIZE_ERROR "SanitizerError"

struct sanitize_death {
    const struct crash_record *record; /* NULL = the cell ran to its end */
    int status;                        /* waitpid's                      */
};

/* object: the checked one, beside which the logs lie, named by the process. They are removed. True:
   there is nothing to tell. False with report filled, or without memory with error set. */
bool sanitize_report_make(const char *object, pid_t process, const struct sanitize_death *death,
                          struct crash_report *report, struct error *error);

#endif
