/*
 * subreaper - lists this process's children and kills them.
 *
 * subreaper_end repeats kill and waitpid, because the children of a killed process become
 * children of this one and must be killed, too.
 */
#include "kernel/supervisor/subreaper.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mnist/base/clock.h"
#include "mnist/process/process_tree.h"

void subreaper_enable(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Sends SIGKILL to each child. If the system does not list children, only those in the group are
   killed. */
static void kill_children(void)
{
    pid_t list[PROCESS_TREE_MAX];
    int count = process_tree_list(getpid(), list);
    for (int i = 0; i < count; i++)
        kill(list[i], SIGKILL);
}

int subreaper_end_orphans(pid_t group, pid_t session, pid_t standby)
{
    pid_t list[PROCESS_TREE_MAX];
    int count = process_tree_list(getpid(), list), orphans = 0;
    for (int i = 0; i < count; i++)
        if (list[i] != session && list[i] != standby && getpgid(list[i]) == group)
            list[orphans++] = list[i];
    return process_tree_end(list, orphans);
}

void subreaper_end(pid_t group)
{
    int64_t end_ms = clock_ms() + SUBREAPER_WAIT_MS;
    const struct timespec pause = {.tv_nsec = 1000000};
    do {
        if (group > 0)
            kill(-group, SIGKILL);
        kill_children();
        pid_t ended;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
            continue;
        if (ended < 0 && errno == ECHILD)
            return;
        nanosleep(&pause, NULL);
    } while (clock_ms() < end_ms);
}
