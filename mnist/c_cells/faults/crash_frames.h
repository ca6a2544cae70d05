/*
 * crash_frames - the stack frames and the shared object of a crash record (crash.h), as plain
 * addresses.
 *
 * crash.c calls these functions, partly in signal handlers; crash_report.c turns the addresses into
 * lines.
 */
#ifndef MNIST_C_CELLS_FAULTS_CRASH_FRAMES_H
#define MNIST_C_CELLS_FAULTS_CRASH_FRAMES_H

#include <ucontext.h>

#include "mnist/process/crash_record.h"

/* Loads the library of backtrace(3), which a signal handler must not do. */
void crash_frames_prepare(void);

/* Records the caller's stack frames. pc: the interrupted instruction, if a signal handler calls:
   frames inside of it belong to the handler and are marked by record->skip; 0 = no handler runs. */
void crash_frames_record(struct crash_record *record, uint64_t pc);

/* Records the path of a shared object and the addresses where it is loaded. */
void crash_frames_object(struct crash_record *record, const char *object);

/* Instruction pointer and stack pointer at a signal; 0 on an unknown architecture. */
struct crash_hit {
    uint64_t pc, sp;
};

struct crash_hit crash_hit_of(const ucontext_t *context);

#endif
