/*
 * crash - what a C cell did when it killed its process: written down in shared memory by the process that dies, told by
 * the one that takes over.
 *
 * The record lies in memory that both share. Before a cell runs, crash_watch sets signal handlers on a stack of their own;
 * a handler notes the signal, the place and the calls, and lets the process die. The copy of the session that takes over
 * (kernel/session/standby.h) finds out with crash_tell which lines these were: it reads the cell's shared object from its file
 * (libdw), since it never loaded it.
 */
#ifndef MNIST_C_CELLS_FAULTS_CRASH_H
#define MNIST_C_CELLS_FAULTS_CRASH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mnist/base/errors.h"

enum { CRASH_FRAMES_MAX = 64, CRASH_PATH_SIZE = 256, CRASH_MESSAGE_SIZE = 1024 };

enum crash_kind {
    CRASH_NONE,
    CRASH_RUNNING,   /* a cell runs; dead in this state: killed from outside, or _exit */
    CRASH_SIGNAL,    /* SIGSEGV and others                                             */
    CRASH_EXIT,      /* exit()                                                         */
    CRASH_INTERRUPT, /* the user's, who ended a cell that did not end by itself        */
    CRASH_TIMEOUT,   /* it took longer than it may                                     */
    CRASH_MISUSE,    /* mnist.h was used as it cannot be: message says how             */
};

struct crash_record {
    _Atomic int kind;                  /* enum crash_kind, written last */
    int signal, code;                  /* siginfo's                     */
    int status;                        /* EXIT                          */
    uint64_t address;                  /* si_addr                       */
    int own;                           /* SIGNAL: code of a cell was running */
    int thread;                        /* not the cell's own            */
    int overflow;                      /* of the stack                 */
    int threads_before;                /* threads of earlier cells that ran when the cell began */
    int skip, count;                   /* skip: frames of the handler  */
    uint64_t frames[CRASH_FRAMES_MAX]; /* innermost first                   */
    uint64_t base, size;               /* where the cell's object is loaded */
    char object[CRASH_PATH_SIZE];      /* its file                          */
    char message[CRASH_MESSAGE_SIZE],  /* MISUSE: in words */
        folder[CRASH_PATH_SIZE]; /* of cells' files; "" = there is none. Who ends last removes it */
};

/* Calls the function, which is a cell's; also inside a guard, or while paused inside another call. A signal that kills, exit
   and SIGINT end the process, with a note in record; object is the function's shared object; seconds: how long it may take,
   0 = as long as it likes. Threads that are about to end may still do so, and crash, meanwhile. */
void crash_call(struct crash_record *record, void (*function)(void), const char *object,
                int seconds);

/* Ends the process that runs a cell, with a message for its error. */
__attribute__((noreturn, format(printf, 1, 2))) void crash_fail(const char *format, ...);

/* The caller is the thread that runs the cell. */
bool crash_own_thread(void);

/* While commands run inside the cell, SIGINT is their business, and stuck is asked as in a guard. */
void crash_commands(pid_t (*stuck)(void));
void crash_commands_done(void);

/* While a function of ours works for the cell, SIGINT is its business. */
void crash_pause(bool paused);

/* Commands run that call functions which cells of C have registered: until crash_unguard a crash is noted as in
   crash_call; SIGINT goes to its old handler, and when `stuck`, asked every second from then on, names a thread in
   which such a function does not come back, it ends the process. Inside crash_call or another guard it does nothing. False
   then: crash_unguard is not to be called. working: a thread is in such a
   function now. */
bool crash_guard(struct crash_record *record, pid_t (*stuck)(void), bool (*working)(void));
void crash_unguard(void);

/* In the child of a fork that goes on with the guarded commands. */
void crash_after_fork(void);

struct crash_report {
    const char *name; /* "SegmentationFault", "KeyboardInterrupt"... static */
    char *text;       /* one line                                    */
    char *detail;     /* lines, for a traceback                      */
    bool interrupted; /* by the user                                 */
};

/* What the record says, in words; status: of waitpid, for what the record does not know (-1 = not known). Caller releases. */
void crash_tell(const struct crash_record *record, int status, struct crash_report *report);
void crash_report_release(struct crash_report *report);

#endif
