/*
 * guard - guardian, worker and standbys; see guard.h.
 *
 * All processes share one struct guard. The guardian wakes a standby by writing a byte to its pipe.
 * A standby blocks all signals while it waits; its read returns 0 when the guardian has ended.
 */
#include "mnist/shell/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/process/standby.h"

enum { SLOTS = 3, NO_SLOT = -1 }; /* two standbys, and one that is being created */

/* A standby. */
struct standby_slot {
    _Atomic pid_t pid; /* 0 = none                                       */
    int cell;          /* execution count of the cell after the fork     */
    int ends[2];       /* pipe; the guardian writes to ends[1]           */
};

struct guard {
    struct crash_record record;
    _Atomic pid_t guardian;           /* 0 = not yet created                 */
    _Atomic pid_t worker;             /* runs the cells                      */
    struct standby_slot slots[SLOTS]; /*                                     */
    _Atomic int newest, older;        /* slots of the standbys               */
    _Atomic int cell;                 /* execution count of the last cell    */
    _Atomic int status;               /* of waitpid, for the last worker     */
    _Atomic int finished;             /* the program's exit status, plus 1   */
};

struct guard *guard_new(void)
{
    void *page =
        mmap(NULL, sizeof(struct guard), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    struct guard *g = page;
    g->newest = g->older = NO_SLOT;
    return g;
}

struct crash_record *guard_record(struct guard *guard)
{
    return &guard->record;
}

/* ---- the guardian ---- */

/* Ends with the exit status or signal of the last worker. */
static void end_like(const struct guard *g, int status)
{
    if (g->finished > 0)
        _exit(g->finished - 1);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static const struct guard *watched;

/* Ignores a signal that a cell sent to its process group: it is meant for processes of the cell. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code <= 0 && info->si_pid == watched->worker)
        return;
    signal(number, SIG_DFL);
    raise(number);
}

static void set_signals(const struct guard *g)
{
    static const int ending[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    watched = g;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction before;
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
    }
    signal(SIGINT, SIG_IGN); /* a terminal sends it to all processes; the worker handles it */
    signal(SIGQUIT, SIG_IGN);
}

static void watch_over(struct guard *g)
{
    int status;
    set_signals(g);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (;;) {
        pid_t pid = waitpid(-1, &status, 0);
        if (pid < 0 && errno != EINTR)
            _exit(1);
        if (pid <= 0 || pid != g->worker)
            continue;
        int slot = g->newest != NO_SLOT ? g->newest : g->older;
        if (slot == NO_SLOT || g->finished > 0)
            end_like(g, status);
        if (slot == g->older)
            g->older = NO_SLOT;
        g->newest = NO_SLOT;
        g->status = status;
        g->worker = g->slots[slot].pid;
        g->slots[slot].pid = 0;
        if (write(g->slots[slot].ends[1], "x", 1) != 1)
            _exit(1);
    }
}

static bool open_slots(struct guard *g)
{
    for (int i = 0; i < SLOTS; i++)
        if (pipe2(g->slots[i].ends, O_CLOEXEC) != 0) {
            while (--i >= 0) {
                close(g->slots[i].ends[0]);
                close(g->slots[i].ends[1]);
            }
            return false;
        }
    return true;
}

/* Forks: the child continues as the worker, the caller becomes the guardian and does not return. */
static bool begin(struct guard *g, void (*forget)(void *context), void *context)
{
    if (g->guardian != 0)
        return true;
    if (!open_slots(g))
        return false;
    g->guardian = getpid();
    pid_t worker = fork();
    if (worker < 0) {
        g->guardian = 0;
        return false;
    }
    if (worker > 0) {
        g->worker = worker;
        watch_over(g);
    }
    for (int i = 0; i < SLOTS; i++)
        close(g->slots[i].ends[1]); /* only the guardian has it, so that standbys see its end */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    forget(context);
    return true;
}

/* ---- the standbys ---- */

/* In the standby: blocks until the guardian wakes it. False: the guardian has ended. */
static bool wait_for_guardian(void *context)
{
    const struct standby_slot *slot = context;
    char byte;
    ssize_t size;
    do
        size = read(slot->ends[0], &byte, 1);
    while (size < 0 && errno == EINTR);
    return size == 1;
}

static void end_slot(struct guard *g, int slot)
{
    if (slot == NO_SLOT)
        return;
    pid_t pid = g->slots[slot].pid;
    g->slots[slot].pid = 0;
    standby_end(pid);
}

static int free_slot(const struct guard *g)
{
    int slot = 0;
    while (slot == g->newest || slot == g->older)
        slot++;
    return slot;
}

void guard_begin_cell(struct guard *g, int cell)
{
    g->cell = cell;
}

enum guard_role guard_before(struct guard *g, void (*forget)(void *context), void *context,
                             struct guard_death *death)
{
    fflush(NULL);
    if (!begin(g, forget, context))
        return GUARD_FAILED;
    int slot = free_slot(g);
    g->slots[slot].cell = g->cell;
    pid_t standby = standby_fork(false, wait_for_guardian, &g->slots[slot]);
    if (standby < 0)
        return GUARD_FAILED;
    if (standby > 0) {
        int last = g->older;
        g->slots[slot].pid = standby;
        g->older = g->newest;
        g->newest = slot;
        end_slot(g, last);
        return GUARD_WORKER;
    }
    *death = (struct guard_death){.status = g->status, .cell = g->cell};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    forget(context);
    return GUARD_SUCCESSOR;
}

void guard_end(struct guard *g, int status)
{
    if (g->guardian == 0)
        return;
    g->finished = status + 1;
    end_slot(g, g->newest);
    end_slot(g, g->older);
    g->newest = g->older = NO_SLOT;
}
