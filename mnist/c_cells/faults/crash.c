/*
 * crash - records why a C cell ended its process: one handler for all signals, driven by the table
 * of crash_actions.h.
 *
 * The main thread changes the state when it enters or leaves a cell's function, a function of
 * mnist.h or a command; the handler changes it only from API and COMMANDS states to others of the
 * same group. Handlers use async-signal-safe functions alone, and backtrace(3), whose library is
 * loaded before. They run on a stack of their own, because a cell may have overflowed its stack.
 */
#include "mnist/c_cells/faults/crash.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mnist/c_cells/cell_threads.h"
#include "mnist/c_cells/faults/crash_actions.h"
#include "mnist/c_cells/faults/crash_frames.h"

enum { STACK_SIZE = 256 * 1024, STACK_NEAR = 64 * 1024, UNWIND_SECONDS = 2 };

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
enum { FAULT_COUNT = sizeof faults / sizeof *faults };

static struct {
    _Atomic(enum crash_state) state;
    _Atomic pid_t dying;         /* the thread that records the process's end; 0 = none yet */
    struct crash_record *record; /* not NULL unless STATE_OFF */
    pid_t process;
    pthread_t thread; /* of the cell */
    const struct crash_plugins *plugins;
    bool guard; /* the watch was begun by crash_watch_begin: commands run at its outermost level */
    int inside; /* nested calls of crash_call */
    bool limited; /* a cell's time limit runs */
    bool exit_handled;
    struct sigaction fault_before[FAULT_COUNT], interrupt_before, alarm_before;
    stack_t stack_before;
    void *stack;
} watch;

/* ---- in signal handlers ---- */

/* Threads that run the same function often fail together: the first records how the process ends,
   the others wait for its end. False: the caller is the first already, and fails once more. */
static bool be_the_first(void)
{
    pid_t expected = 0, self = (pid_t)syscall(SYS_gettid);
    bool first = atomic_compare_exchange_strong(&watch.dying, &expected, self);
    while (!first && expected != self)
        pause();
    return first;
}

/* The caller may write the record: nothing has been recorded yet. */
static bool may_record(void)
{
    return be_the_first() && atomic_load(&watch.record->kind) == CRASH_RUNNING;
}

static void record_fault(const siginfo_t *info, const ucontext_t *context)
{
    struct crash_record *record = watch.record;
    if (!may_record())
        return;
    record->signal = info->si_signo;
    record->code = info->si_code;
    record->address = (uint64_t)(uintptr_t)info->si_addr;
    record->own = !watch.guard || watch.inside > 0 || watch.plugins->working();
    record->thread = syscall(SYS_gettid) != watch.process;
    const struct crash_hit hit = crash_hit_of(context);
    record->overflow = info->si_signo == SIGSEGV && record->address + STACK_NEAR > hit.sp &&
                       record->address < hit.sp + STACK_NEAR;
    signal(SIGALRM, SIG_DFL);
    alarm(UNWIND_SECONDS); /* ends the process if the unwinder does not return */
    crash_frames_record(record, hit.pc);
    atomic_store(&record->kind, CRASH_SIGNAL);
}

static void die(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static void end_cell(enum crash_kind kind, const ucontext_t *context)
{
    if (!may_record())
        return;
    crash_frames_record(watch.record, crash_hit_of(context).pc);
    atomic_store(&watch.record->kind, kind);
    kill(getpid(), SIGKILL);
}

static void forward_interrupt(int number)
{
    void (*handler)(int) = watch.interrupt_before.sa_handler;
    if (handler != SIG_DFL && handler != SIG_IGN)
        handler(number);
}

/* A plugin that does not return ends the process, from its own thread if that handles the signal:
   then its stack frames are recorded. Else the next signal ends the process without them. */
static void find_stuck(enum crash_state state, const ucontext_t *context)
{
    pid_t thread = watch.plugins->stuck();
    if (thread == 0) {
        alarm(1);
        return;
    }
    bool own = thread == (pid_t)syscall(SYS_gettid);
    if (!own && state == STATE_STOPPING) {
        watch.state = STATE_BLAMED;
        alarm(1);
        syscall(SYS_tgkill, getpid(), thread, SIGALRM);
        return;
    }
    if (own)
        crash_frames_record(watch.record, crash_hit_of(context).pc);
    atomic_store(&watch.record->kind, CRASH_INTERRUPT);
    kill(getpid(), SIGKILL);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    /* a process that the cell has forked is not watched */
    enum crash_state state = getpid() == watch.process ? watch.state : STATE_OFF;
    switch (crash_action(state, number)) {
    case ACTION_IGNORE: break;
    case ACTION_DIE: die(number); break;
    case ACTION_RECORD:
        record_fault(info, context);
        die(number);
        break;
    case ACTION_INTERRUPT: end_cell(CRASH_INTERRUPT, context); break;
    case ACTION_TIMEOUT: end_cell(CRASH_TIMEOUT, context); break;
    case ACTION_FORWARD: forward_interrupt(number); break;
    case ACTION_STOP:
        watch.state = STATE_STOPPING;
        alarm(1);
        forward_interrupt(number);
        break;
    case ACTION_DEFER:
        watch.state = state == STATE_API ? STATE_API_LATE : STATE_COMMANDS_LATE;
        break;
    case ACTION_FIND_STUCK: find_stuck(state, context); break;
    }
}

static void on_exit_called(int status, void *context)
{
    struct crash_record *record = watch.record;
    (void)context;
    if (watch.state == STATE_OFF || getpid() != watch.process)
        return;
    record->status = status;
    crash_frames_record(record, 0);
    atomic_store(&record->kind, CRASH_EXIT);
    _exit(status);
}

/* ---- begin and end of the watch ---- */

static void use_own_stack(void)
{
    if (watch.stack == NULL) {
        void *stack =
            mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        watch.stack = stack != MAP_FAILED ? stack : NULL;
    }
    stack_t stack = {.ss_sp = watch.stack, .ss_size = STACK_SIZE};
    if (watch.stack != NULL)
        sigaltstack(&stack, &watch.stack_before);
}

static void set_handlers(void)
{
    struct sigaction fault = {.sa_sigaction = on_signal,
                              .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    struct sigaction other = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (int i = 0; i < FAULT_COUNT; i++)
        sigaction(faults[i], &fault, &watch.fault_before[i]);
    sigaction(SIGINT, &other, &watch.interrupt_before);
    sigaction(SIGALRM, &other, &watch.alarm_before);
}

static void begin(struct crash_record *record, enum crash_state state)
{
    assert(watch.state == STATE_OFF);
    crash_frames_prepare();
    if (!watch.exit_handled)
        watch.exit_handled = on_exit(on_exit_called, NULL) == 0;
    watch.process = getpid();
    watch.thread = pthread_self();
    watch.guard = watch.limited = false;
    watch.inside = 0;
    watch.dying = 0;
    watch.record = record;
    record->count = record->skip = record->thread = record->overflow = 0;
    record->threads_before = cell_threads_running();
    atomic_store(&record->kind, CRASH_RUNNING);
    watch.state = state;
    use_own_stack();
    set_handlers();
}

static void end(void)
{
    alarm(0);
    for (int i = 0; i < FAULT_COUNT; i++)
        sigaction(faults[i], &watch.fault_before[i], NULL);
    sigaction(SIGINT, &watch.interrupt_before, NULL);
    sigaction(SIGALRM, &watch.alarm_before, NULL);
    sigaltstack(&watch.stack_before, NULL);
    atomic_store(&watch.record->kind, CRASH_NONE);
    watch.state = STATE_OFF;
    watch.record = NULL;
}

/* Code of a cell runs from now on; if its time limit has passed meanwhile, it ends. Returns the
   state before. */
static enum crash_state enter_cell(void)
{
    enum crash_state before = atomic_exchange(&watch.state, STATE_CELL);
    if (before == STATE_API_LATE || before == STATE_COMMANDS_LATE)
        raise(SIGALRM);
    return before;
}

/* A cell's function that commands call which are watched already. The time limit of an outer call
   stays in force, if it has one. */
static void call_inside(void (*function)(void), int seconds)
{
    bool limits = seconds > 0 && !watch.limited;
    watch.inside++;
    if (!watch.limited)
        alarm(0); /* the clock of STATE_STOPPING */
    enum crash_state before = enter_cell();
    if (limits) {
        watch.limited = true;
        watch.record->status = seconds;
        alarm((unsigned)seconds);
    }
    function();
    if (--watch.inside == 0 && watch.guard)
        cell_threads_settle(watch.record->threads_before);
    if (limits) {
        alarm(0);
        watch.limited = false;
    }
    watch.state = before;
    if (before == STATE_STOPPING || before == STATE_BLAMED)
        alarm(1);
}

void crash_call(struct crash_record *record, void (*function)(void), const char *object,
                int seconds)
{
    if (watch.state != STATE_OFF) {
        call_inside(function, seconds);
        return;
    }
    record->status = seconds;
    crash_frames_object(record, object);
    begin(record, STATE_CELL);
    watch.limited = seconds > 0;
    alarm((unsigned)seconds);
    function();
    cell_threads_settle(record->threads_before);
    end();
}

bool crash_watch_begin(struct crash_record *record, const struct crash_plugins *plugins)
{
    if (watch.state != STATE_OFF)
        return false;
    record->object[0] = '\0';
    record->size = 0;
    watch.plugins = plugins;
    begin(record, STATE_COMMANDS);
    watch.guard = true;
    return true;
}

void crash_watch_end(void)
{
    end();
}

void crash_after_fork(void)
{
    if (watch.state == STATE_OFF)
        return;
    watch.process = getpid();
    watch.thread = pthread_self();
    watch.dying = 0;
}

void crash_fail(const char *format, ...)
{
    struct crash_record *record = watch.record;
    va_list values;
    va_start(values, format);
    if (watch.state != STATE_OFF && getpid() == watch.process) {
        be_the_first();
        vsnprintf(record->message, sizeof record->message, format, values);
        crash_frames_record(record, 0);
        atomic_store(&record->kind, CRASH_MISUSE);
    } else {
        vfprintf(stderr, format, values);
        fputc('\n', stderr);
    }
    va_end(values);
    kill(getpid(), SIGKILL);
    abort();
}

bool crash_own_thread(void)
{
    return watch.state == STATE_OFF || pthread_equal(pthread_self(), watch.thread) != 0;
}

bool crash_commands_begin(const struct crash_plugins *plugins)
{
    if (watch.state != STATE_CELL)
        return false;
    watch.plugins = plugins;
    watch.state = watch.limited ? STATE_COMMANDS_LIMITED : STATE_COMMANDS;
    return true;
}

void crash_commands_end(void)
{
    if (!watch.limited)
        alarm(0);
    enter_cell();
}

void crash_api_begin(void)
{
    enum crash_state expected = STATE_CELL;
    atomic_compare_exchange_strong(&watch.state, &expected, STATE_API);
}

void crash_api_end(void)
{
    if (watch.state == STATE_API || watch.state == STATE_API_LATE)
        enter_cell();
}
