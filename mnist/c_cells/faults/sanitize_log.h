/*
 * sanitize_log - a sanitizer's log, read.
 *
 *     ==12==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x.. at pc ..      a finding, which ends the run
 *     WRITE of size 4 at 0x602000000038 thread T0
 *         #0 0x7f.. (/tmp/mnist-c-x/cell-5.so+0x1234)                                   its calls
 *     0x602000000038 is located 0 bytes to the right of 40-byte region [..)             its memory
 *     allocated by thread T0 here:
 *         #0 ...
 *     cell 3:7:12: runtime error: signed integer overflow: 2147483647 + 1 cannot ...    a finding, of one line
 *     Direct leak of 40 byte(s) in 1 object(s) allocated from:                          a finding
 *         #0 ...
 *
 * gcc's and clang's differ in places ("to the right of", "after"). Calls that are no cell's are
 * left out, and so is what is said of shadow memory and registers.
 */
#ifndef MNIST_C_CELLS_FAULTS_SANITIZE_LOG_H
#define MNIST_C_CELLS_FAULTS_SANITIZE_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "mnist/c_cells/source_location.h"

enum { SANITIZE_FINDINGS_MAX = 20, SANITIZE_TEXT_SIZE = 256 };

enum sanitize_kind { SANITIZE_UNDEFINED, SANITIZE_MEMORY, SANITIZE_LEAK };

struct sanitize_finding {
    enum sanitize_kind kind;
    char title[SANITIZE_TEXT_SIZE]; /* "heap-buffer-overflow"                                    */
    char access[SANITIZE_TEXT_SIZE],
        memory[SANITIZE_TEXT_SIZE]; /* in words; "" = not said        */
    struct source_location place;   /* of the innermost call; line 0 = not known */
    char *calls;                    /* lines, as source_location_put writes them           */
    size_t calls_size;
};

struct sanitize_log {
    struct sanitize_finding findings[SANITIZE_FINDINGS_MAX];
    int count;   /* of findings here              */
    int dropped; /* that were more                */
    char broken
        [SANITIZE_TEXT_SIZE]; /* what the sanitizer said when it could not go on; "" = nothing */
};

/* Adds what the file says; one that is not there says nothing. folder: of the cells' texts. False:
   no memory. Caller releases, in either case. */
bool sanitize_log_read(struct sanitize_log *log, const char *path, const char *folder);
void sanitize_log_release(struct sanitize_log *log);

#endif
