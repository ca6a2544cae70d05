/*
 * crash_actions - the table (state, signal) -> action of the handler in crash.c.
 *
 * The state is the kind of code that runs: code of a C cell, a function of mnist.h or commands.
 */
#ifndef MNIST_C_CELLS_FAULTS_CRASH_ACTIONS_H
#define MNIST_C_CELLS_FAULTS_CRASH_ACTIONS_H

/* clang-format off */
enum crash_state {
    STATE_OFF,              /* nothing is watched                                               */
    STATE_CELL,             /* code of a C cell runs                                            */
    STATE_API,              /* a function of mnist.h works for the cell                         */
    STATE_API_LATE,         /* the same; the cell's time limit has passed meanwhile             */
    STATE_COMMANDS,         /* commands run, which may call plugins                             */
    STATE_COMMANDS_LIMITED, /* the same, in a cell with a time limit, which SIGALRM reports     */
    STATE_COMMANDS_LATE,    /* the same; the limit has passed                                   */
    STATE_STOPPING,         /* commands were interrupted; SIGALRM comes every second, to find a
                               plugin that does not return                                      */
    STATE_BLAMED,           /* the same; such a plugin's thread was asked for its stack frames  */
    STATE_COUNT
};
/* clang-format on */

enum crash_action {
    ACTION_IGNORE,
    ACTION_DIE,        /* the signal's default action                                          */
    ACTION_RECORD,     /* record the fault, then die                                           */
    ACTION_INTERRUPT,  /* end the cell as interrupted                                          */
    ACTION_TIMEOUT,    /* end the cell as too slow                                             */
    ACTION_FORWARD,    /* call the handler of SIGINT from before the watch: the session's      */
    ACTION_STOP,       /* the same, and look for a plugin that does not return from now on     */
    ACTION_DEFER,      /* the time limit has passed: the cell ends as soon as its code resumes */
    ACTION_FIND_STUCK, /* end the process if a plugin does not return                          */
};

/* The action for SIGINT, SIGALRM or a fault (any other signal). Async-signal-safe. */
enum crash_action crash_action(enum crash_state state, int signal);

#endif
