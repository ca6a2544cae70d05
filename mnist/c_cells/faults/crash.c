/*
 * crash - the handlers. Nothing here that a signal handler may not do, but backtrace(3): its library is loaded before.
 */
#include "mnist/c_cells/faults/crash.h"

#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "mnist/c_cells/cell_threads.h"

enum { STACK_SIZE = 256 * 1024, STACK_NEAR = 64 * 1024 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals };

static struct {
    struct crash_record *record; /* NULL = not watching */
    struct sigaction before[SIGNAL_COUNT], before_interrupt, before_alarm;
    stack_t stack_before;
    void *stack;
    pid_t process;
    pthread_t thread;    /* that runs the cell                                  */
    _Atomic pid_t dying; /* the thread that notes the process's end; 0 = none yet */
    volatile sig_atomic_t paused, exit_known;
    volatile sig_atomic_t late;   /* the time was up while paused    */
    volatile sig_atomic_t asked;  /* a guard's commands were asked to stop */
    volatile sig_atomic_t timed;  /* SIGALRM is the end of a cell's time   */
    int inside;                   /* calls that run inside the watch       */
    volatile sig_atomic_t blamed; /* the thread that does not come back was asked where it is */
    pid_t (*stuck)(void);         /* NULL = nobody to ask */
    bool (*working)(void);        /* a guard's: a function of a cell runs */
    bool guard;                   /* the watch is crash_guard's */
} watch;

/* pc: where the signal hit; the frames before it are the handler's. 0 = all are the user's. */
static void note_frames(struct crash_record *record, uint64_t pc)
{
    void *frames[CRASH_FRAMES_MAX];
    int count = backtrace(frames, CRASH_FRAMES_MAX);
    record->count = record->skip = 0;
    for (int i = 0; i < count; i++) {
        if (pc != 0 && (uint64_t)(uintptr_t)frames[i] == pc)
            record->skip = i;
        record->frames[record->count++] = (uint64_t)(uintptr_t)frames[i];
    }
    if (pc != 0 && record->skip == 0) { /* the walk did not get past the signal */
        record->count = 1;
        record->frames[0] = pc;
    }
}

/* Where the signal hit: the instruction, and the stack's end; 0 where we do not know the machine. */
struct hit {
    uint64_t pc, sp;
};

static struct hit hit_of(const ucontext_t *context)
{
#if defined __x86_64__
    const greg_t *registers = context->uc_mcontext.gregs;
    return (struct hit){(uint64_t)registers[REG_RIP], (uint64_t)registers[REG_RSP]};
#elif defined __aarch64__
    return (struct hit){context->uc_mcontext.pc, context->uc_mcontext.sp};
#else
    (void)context;
    return (struct hit){0, 0};
#endif
}

/* Threads that run the same function often fail together: the first notes how the process ends, the others
   wait for that. False: it is the caller who notes already, and fails once more. */
static bool be_the_first(void)
{
    pid_t nobody = 0, self = (pid_t)syscall(SYS_gettid);
    bool first = atomic_compare_exchange_strong(&watch.dying, &nobody, self);
    while (!first && nobody != self)
        pause();
    return first;
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    struct crash_record *record = watch.record;
    if (be_the_first() && record != NULL && atomic_load(&record->kind) == CRASH_RUNNING &&
        getpid() == watch.process) {
        record->signal = number;
        record->code = info->si_code;
        record->address = (uint64_t)(uintptr_t)info->si_addr;
        record->own = !watch.guard || watch.inside > 0 || watch.working();
        record->thread = syscall(SYS_gettid) != watch.process;
        struct hit hit = hit_of(context);
        record->overflow = number == SIGSEGV && record->address + STACK_NEAR > hit.sp &&
                           record->address < hit.sp + STACK_NEAR;
        signal(SIGALRM, SIG_DFL);
        alarm(2); /* should the walk up the stack never end */
        note_frames(record, hit.pc);
        atomic_store(&record->kind, CRASH_SIGNAL);
    }
    signal(number, SIG_DFL);
    raise(number);
}

/* A function that does not come back ends the process, from its own thread if that listens: then its calls are known. */
static void end_stuck(pid_t thread, const ucontext_t *context)
{
    bool own = thread == (pid_t)syscall(SYS_gettid);
    if (!own && !watch.blamed) {
        watch.blamed = 1;
        syscall(SYS_tgkill, getpid(), thread, SIGALRM);
        return;
    }
    if (own)
        note_frames(watch.record, hit_of(context).pc);
    atomic_store(&watch.record->kind, CRASH_INTERRUPT);
    kill(getpid(), SIGKILL);
}

/* While commands of ours run. SIGINT may come again and again; the first sets the guard's clock, which
   has to wait while a cell's time runs. */
static void on_interrupt_paused(int number, const ucontext_t *context)
{
    bool guarded = watch.stuck != NULL && !watch.timed;
    if (number == SIGALRM && !guarded)
        watch.late = 1;
    pid_t stuck = number == SIGALRM && guarded ? watch.stuck() : 0;
    if (stuck != 0)
        end_stuck(stuck, context);
    if (guarded && (number == SIGALRM || !watch.asked))
        alarm(1);
    watch.asked = 1;
    if (number == SIGINT && watch.before_interrupt.sa_handler != SIG_DFL &&
        watch.before_interrupt.sa_handler != SIG_IGN)
        watch.before_interrupt.sa_handler(number);
}

static void on_interrupt(int number, siginfo_t *info, void *context)
{
    (void)info;
    struct crash_record *record = watch.record;
    if (watch.paused && record != NULL && getpid() == watch.process) {
        on_interrupt_paused(number, context);
        return;
    }
    if (watch.paused || record == NULL || getpid() != watch.process) {
        if (!watch.paused && record == NULL)
            signal(number, SIG_DFL);
        return;
    }
    if (!be_the_first() || atomic_load(&record->kind) != CRASH_RUNNING)
        return;
    note_frames(record, hit_of(context).pc);
    atomic_store(&record->kind, number == SIGALRM ? CRASH_TIMEOUT : CRASH_INTERRUPT);
    kill(getpid(), SIGKILL);
}

static void on_exit_called(int status, void *context)
{
    struct crash_record *record = watch.record;
    (void)context;
    if (record == NULL || getpid() != watch.process)
        return;
    record->status = status;
    note_frames(record, 0);
    atomic_store(&record->kind, CRASH_EXIT);
    _exit(status);
}

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

static void watch_for(struct crash_record *record)
{
    void *frames[4];
    backtrace(frames, 4); /* loads what it needs */
    if (!watch.exit_known)
        watch.exit_known = on_exit(on_exit_called, NULL) == 0;
    watch.process = getpid();
    watch.thread = pthread_self();
    watch.paused = watch.late = watch.blamed = watch.asked = watch.timed = 0;
    watch.inside = 0;
    watch.dying = 0;
    watch.stuck = NULL;
    watch.guard = false;
    watch.record = record;
    record->count = record->skip = record->thread = record->overflow = 0;
    record->threads_before = cell_threads_running();
    atomic_store(&record->kind, CRASH_RUNNING);
    use_own_stack();
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    struct sigaction interrupt = {.sa_sigaction = on_interrupt,
                                  .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (int i = 0; i < SIGNAL_COUNT; i++)
        sigaction(signals[i], &action, &watch.before[i]);
    sigaction(SIGINT, &interrupt, &watch.before_interrupt);
    sigaction(SIGALRM, &interrupt, &watch.before_alarm);
}

static void watch_no_more(void)
{
    for (int i = 0; i < SIGNAL_COUNT; i++)
        sigaction(signals[i], &watch.before[i], NULL);
    sigaction(SIGINT, &watch.before_interrupt, NULL);
    sigaction(SIGALRM, &watch.before_alarm, NULL);
    sigaltstack(&watch.stack_before, NULL);
    atomic_store(&watch.record->kind, CRASH_NONE);
    watch.record = NULL;
}

static int find_object(struct dl_phdr_info *info, size_t size, void *context)
{
    struct crash_record *record = context;
    (void)size;
    if (strcmp(info->dlpi_name, record->object) != 0)
        return 0;
    record->base = info->dlpi_addr;
    record->size = 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD &&
            info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz > record->size)
            record->size = info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    return 1;
}

static void note_object(struct crash_record *record, const char *object)
{
    snprintf(record->object, sizeof record->object, "%s", object);
    record->size = 0;
    dl_iterate_phdr(find_object, record);
}

/* A cell's function that is called by commands which are watched already. The time of the call that it
   is inside of counts, if that has a limit. */
static void call_inside(void (*function)(void), int seconds)
{
    sig_atomic_t paused = watch.paused;
    bool times = seconds > 0 && !watch.timed;
    watch.inside++;
    watch.paused = 0;
    if (times) {
        watch.timed = 1;
        alarm((unsigned)seconds);
    }
    function();
    if (--watch.inside == 0 && watch.guard)
        cell_threads_settle(watch.record->threads_before);
    if (times) {
        alarm(watch.stuck != NULL && watch.asked ? 1 : 0);
        watch.timed = 0;
    }
    watch.paused = paused;
}

void crash_call(struct crash_record *record, void (*function)(void), const char *object,
                int seconds)
{
    record->status = seconds;
    if (watch.record != NULL) {
        call_inside(function, seconds);
        return;
    }
    note_object(record, object);
    watch_for(record);
    watch.timed = seconds > 0;
    alarm((unsigned)seconds);
    function();
    cell_threads_settle(record->threads_before);
    alarm(0);
    watch_no_more();
}

bool crash_guard(struct crash_record *record, pid_t (*stuck)(void), bool (*working)(void))
{
    if (watch.record != NULL)
        return false;
    record->object[0] = '\0';
    record->size = 0;
    watch_for(record);
    watch.paused = 1;
    watch.stuck = stuck;
    watch.working = working;
    watch.guard = true;
    return true;
}

void crash_after_fork(void)
{
    if (watch.record == NULL)
        return;
    watch.process = getpid();
    watch.thread = pthread_self();
    watch.dying = 0;
}

void crash_unguard(void)
{
    watch.stuck = NULL;
    alarm(0);
    watch_no_more();
}

void crash_fail(const char *format, ...)
{
    struct crash_record *record = watch.record;
    va_list values;
    va_start(values, format);
    if (record != NULL && getpid() == watch.process) {
        be_the_first();
        vsnprintf(record->message, sizeof record->message, format, values);
        note_frames(record, 0);
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
    return watch.record == NULL || pthread_equal(pthread_self(), watch.thread) != 0;
}

void crash_commands(pid_t (*stuck)(void))
{
    watch.paused = 1;
    if (watch.stuck == NULL) {
        watch.asked = watch.blamed = 0;
        watch.stuck = stuck;
    }
}

void crash_commands_done(void)
{
    if (!watch.guard) {
        if (watch.asked && !watch.timed)
            alarm(0);
        watch.stuck = NULL;
    }
    crash_pause(false);
}

void crash_pause(bool paused)
{
    watch.paused = paused;
    if (!paused && watch.late) {
        watch.late = 0;
        raise(SIGALRM);
    }
}
