/*
 * sanitize_log - parses the log of a sanitizer into findings.
 *
 *     ==12==ERROR: AddressSanitizer: heap-buffer-overflow on 0x..     a finding, ends it
 *     WRITE of size 4 at 0x602000000038 thread T0
 *         #0 0x7f.. (/tmp/mnist-c-x/cell-5.so+0x1234)                          its stack frames
 *     0x602000000038 is located 0 bytes to the right of 40-byte region [..)    its memory
 *     allocated by thread T0 here:
 *         #0 ...
 *     cell 3:7:12: runtime error: signed integer overflow: 2147483647 + 1 ...  a finding
 *     Direct leak of 40 byte(s) in 1 object(s) allocated from:                 a finding
 *         #0 ...
 *
 * The logs of gcc and clang differ in some words ("to the right of", "after"). Frames outside of
 * cells, shadow memory and registers are ignored.
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
    char title[SANITIZE_TEXT_SIZE];  /* "heap-buffer-overflow"                        */
    char access[SANITIZE_TEXT_SIZE]; /* "a write of 4 bytes"; "" = not in the log     */
    char memory[SANITIZE_TEXT_SIZE]; /* "0 bytes after a block of 40 bytes"; the same */
    struct source_location place;    /* of the innermost frame; line 0 = not known    */
    char *calls;                     /* frames, as source_location_put writes them    */
    size_t calls_size;
};

struct sanitize_log {
    struct sanitize_finding findings[SANITIZE_FINDINGS_MAX];
    int count;                       /* of findings                                   */
    int dropped;                     /* number of further findings                    */
    char broken[SANITIZE_TEXT_SIZE]; /* message of a sanitizer that gave up; "" = none */
};

/* Adds the findings of the file, which may not exist. folder: that of the cells' texts. False: out
   of memory. Caller releases in both cases. */
bool sanitize_log_read(struct sanitize_log *log, const char *path, const char *folder);
void sanitize_log_release(struct sanitize_log *log);

#endif
