/*
 * guard - the processes.
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
#include <time.h>
#include <unistd.h>

enum { SLOTS = 3, NO_SLOT = -1 }; /* for two copies that wait, and one that is being made */

/* A copy that waits. */
struct copy_slot {
    _Atomic pid_t copy; /* 0 = none                                            */
    int cell;           /* before which it was made                            */
    int ends[2];        /* the guardian writes a byte to wake it: from 1 to 0  */
};

struct guard {
    struct crash_record record;
    _Atomic pid_t guardian;        /* 0 = there is none yet               */
    _Atomic pid_t worker;          /* runs the cells                      */
    struct copy_slot slots[SLOTS]; /*                                     */
    _Atomic int newest, older;     /* slots of the copies that wait       */
    _Atomic int cell;              /* that runs, or ran last              */
    _Atomic int status;            /* waitpid's, of the worker that died  */
    _Atomic int finished;          /* the program's exit status, plus 1   */
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

/* Ends as the last worker did. */
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

/* `kill(0, SIGTERM)` in a cell comes to all processes of the group; it is meant for the cell's own.
   */
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
    signal(SIGINT, SIG_IGN); /* a terminal's comes to all of them: the worker's business */
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
        g->worker = g->slots[slot].copy;
        g->slots[slot].copy = 0;
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

/* The caller goes on as the worker, in a new process; who it was watches. */
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
        close(g->slots[i]
                  .ends[1]); /* the guardian's alone: when it is gone, who waits sees the end */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    forget(context);
    return true;
}

/* ---- the copies ---- */

/* The copy's life: until it is called, or not needed any more, which is a SIGKILL. Signals
   meanwhile are for the worker, and those that came are forgotten. */
static void wait_for_call(const struct copy_slot *slot)
{
    static const struct timespec at_once;
    char byte;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    prctl(PR_SET_PDEATHSIG, 0);
    ssize_t size;
    do
        size = read(slot->ends[0], &byte, 1);
    while (size < 0 && errno == EINTR);
    if (size != 1)
        _exit(1);
    while (sigtimedwait(&all, NULL, &at_once) > 0)
        continue;
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void end_copy(struct guard *g, int slot)
{
    pid_t copy = slot != NO_SLOT ? g->slots[slot].copy : 0;
    if (copy <= 0)
        return;
    g->slots[slot].copy = 0;
    kill(copy, SIGKILL);
    while (waitpid(copy, NULL, 0) < 0 && errno == EINTR)
        continue;
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
    pid_t copy = fork();
    if (copy < 0)
        return GUARD_FAILED;
    if (copy > 0) {
        int last = g->older;
        g->slots[slot].copy = copy;
        g->older = g->newest;
        g->newest = slot;
        end_copy(g, last);
        return GUARD_WORKER;
    }
    wait_for_call(&g->slots[slot]);
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
    end_copy(g, g->newest);
    end_copy(g, g->older);
    g->newest = g->older = NO_SLOT;
}
