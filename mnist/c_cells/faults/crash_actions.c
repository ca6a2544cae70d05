/*
 * crash_actions - one row for each state, one column for each group of signals (see
 * crash_actions.h).
 */
#include "mnist/c_cells/faults/crash_actions.h"

#include <signal.h>

enum signal_group { GROUP_FAULT, GROUP_INTERRUPT, GROUP_ALARM, GROUP_COUNT };

/* clang-format off */
static const enum crash_action actions[STATE_COUNT][GROUP_COUNT] = {
    /*                            faults         SIGINT            SIGALRM */
    [STATE_OFF] =              {ACTION_DIE,    ACTION_IGNORE,    ACTION_IGNORE},
    [STATE_CELL] =             {ACTION_RECORD, ACTION_INTERRUPT, ACTION_TIMEOUT},
    [STATE_API] =              {ACTION_RECORD, ACTION_FORWARD,   ACTION_DEFER},
    [STATE_API_LATE] =         {ACTION_RECORD, ACTION_FORWARD,   ACTION_IGNORE},
    [STATE_COMMANDS] =         {ACTION_RECORD, ACTION_STOP,      ACTION_IGNORE},
    [STATE_COMMANDS_LIMITED] = {ACTION_RECORD, ACTION_FORWARD,   ACTION_DEFER},
    [STATE_COMMANDS_LATE] =    {ACTION_RECORD, ACTION_FORWARD,   ACTION_IGNORE},
    [STATE_STOPPING] =         {ACTION_RECORD, ACTION_FORWARD,   ACTION_FIND_STUCK},
    [STATE_BLAMED] =           {ACTION_RECORD, ACTION_FORWARD,   ACTION_FIND_STUCK},
};
/* clang-format on */

static enum signal_group group_of(int number)
{
    return number == SIGINT ? GROUP_INTERRUPT : number == SIGALRM ? GROUP_ALARM : GROUP_FAULT;
}

enum crash_action crash_action(enum crash_state state, int signal)
{
    return actions[state][group_of(signal)];
}
