/*
 * sanitize_report - makes the error of a checked cell: the sanitizers' findings, with cell lines
 * and the memory concerned.
 *
 * Sources are the sanitizers' logs (sanitize_log.h), and the crash record if the process died for
 * another reason.
 *
 *     heap-buffer-overflow in cell 3, line 7
 *     a write of 4 bytes, 0 bytes after a block of 40 bytes
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

/* object: path of the checked object. Reads the logs of the process from the object's folder and
   removes them. True: nothing was found. False: report is filled, which the caller releases, or
   error is set. */
bool sanitize_report_make(const char *object, pid_t process, const struct sanitize_death *death,
                          struct crash_report *report, struct error *error);

#endif
