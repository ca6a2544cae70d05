/*
 * crash_record - how a C cell ended its process, in memory that is shared with the standbys.
 *
 * c_cells/faults/crash.c writes it while the process dies. Its readers are the standby that takes
 * over, which makes the error from it (c_cells/faults/crash_report.c), and the kernel's supervisor,
 * which checks whether the death is explained (kernel/supervisor/supervisor_standbys.c).
 */
#ifndef MNIST_PROCESS_CRASH_RECORD_H
#define MNIST_PROCESS_CRASH_RECORD_H

#include <stdatomic.h>
#include <stdint.h>

enum { CRASH_FRAMES_MAX = 64, CRASH_PATH_SIZE = 256, CRASH_MESSAGE_SIZE = 1024 };

enum crash_kind {
    CRASH_NONE,
    CRASH_RUNNING,   /* a cell runs; a process that died in this state was killed from outside, or
                        called _exit                                                    */
    CRASH_SIGNAL,    /* SIGSEGV and others                                             */
    CRASH_EXIT,      /* exit()                                                         */
    CRASH_INTERRUPT, /* the user interrupted the cell, which did not end by itself     */
    CRASH_TIMEOUT,   /* the time limit has passed                                      */
    CRASH_MISUSE,    /* wrong use of mnist.h: message is the error's text              */
};

struct crash_record {
    _Atomic int kind;                  /* enum crash_kind, written last                       */
    int signal, code;                  /* SIGNAL: si_signo and si_code                        */
    int status;                        /* EXIT: its argument; TIMEOUT: the limit in seconds   */
    uint64_t address;                  /* SIGNAL: si_addr                                     */
    int own;                           /* SIGNAL: code of a cell was running, not a command's */
    int thread;                        /* SIGNAL: not in the cell's own thread                */
    int overflow;                      /* SIGSEGV: of the stack                               */
    int threads_before;                /* threads of earlier cells that ran when the watch began */
    int skip, count;                   /* frames; the first `skip` belong to the handler      */
    uint64_t frames[CRASH_FRAMES_MAX]; /* innermost first                                     */
    uint64_t base, size;               /* address range of the loaded shared object           */
    char object[CRASH_PATH_SIZE];      /* path of the shared object                           */
    char message[CRASH_MESSAGE_SIZE];  /* MISUSE                                              */
    char folder[CRASH_PATH_SIZE];      /* of the cells' files, "" = none; the last process that ends
                                          removes it                                          */
};

#endif
