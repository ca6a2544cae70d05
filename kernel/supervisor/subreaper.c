/*
 * subreaper - adopting and ending them.
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

void subreaper_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Sends SIGKILL to each of our children; where the system does not list them, those outside the
   group are not found. */
static void kill_children(void)
{
    pid_t list[PROCESS_TREE_MAX];
    int count = process_tree_list(getpid(), list);
    for (int i = 0; i < count; i++)
        kill(list[i], SIGKILL);
}

int subreaper_end_strangers(pid_t group, pid_t session, pid_t copy)
{
    pid_t list[PROCESS_TREE_MAX];
    int count = process_tree_list(getpid(), list), strangers = 0;
    for (int i = 0; i < count; i++)
        if (list[i] != session && list[i] != copy && getpgid(list[i]) == group)
            list[strangers++] = list[i];
    return process_tree_end(list, strangers);
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
