/*
 * parent_watch - a pidfd of the parent process; it becomes readable when that process ends.
 *
 * A pidfd refers to one process, not to a pid that can be reused. If the parent ended before the
 * pidfd was opened, the kernel has been reparented to init, which getppid shows.
 */
#include "kernel/front/parent_watch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { INIT = 1 };

bool parent_watch(int *descriptor, struct error *error)
{
    const char *text = getenv("JPY_PARENT_PID");
    long pid = text != NULL ? strtol(text, NULL, 10) : 0;
    *descriptor = -1;
    if (pid <= INIT)
        return true;
    *descriptor = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0U); /* close-on-exec is implied */
    if (*descriptor < 0 && errno == ESRCH && getppid() == INIT)
        return error_set(error, ERROR_SYSTEM,
                         "the process that started this kernel (%ld) has ended", pid);
    return true;
}
