/*
 * orphans - adopting and ending them.
 */
#include "kernel/orphans.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/moment.h"

void orphans_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Sends SIGKILL to each of our children; where the system does not list them, those outside the
   group are not found. */
static void kill_children(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)syscall(SYS_gettid));
    FILE *list = fopen(path, "re");
    if (list == NULL)
        return;
    long pid;
    while (fscanf(list, "%ld", &pid) == 1)
        kill((pid_t)pid, SIGKILL);
    fclose(list);
}

void orphans_end(pid_t group)
{
    int64_t end_ms = moment_ms() + ORPHANS_WAIT_MS;
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
    } while (moment_ms() < end_ms);
}
