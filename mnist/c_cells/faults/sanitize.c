/*
 * sanitize - compiler options, sanitizer settings, and the copy of the session.
 *
 * -O0: an optimiser removes code without effect, which errors often are, and changes lines.
 * -fno-sanitize=object-size: the address sanitizer reports the same errors better.
 * -fgnu89-inline: an `inline` function that is not inlined exists, as in an optimised cell.
 */
#include "mnist/c_cells/faults/sanitize.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/c_cells/faults/sanitize_heap.h"
#include "mnist/c_cells/faults/sanitize_report.h"

enum { WAIT_MS = 5, SIGNAL_MS = 50, INTERRUPT_MAX_MS = 2000, PROJECT_PATHS_SIZE = 64 };

/* ---- compiling ---- */

/* The path of a file of the compiler; "" = the compiler does not have it. */
static void find_file(const struct compiler_job *job, const char *name, char path[CRASH_PATH_SIZE])
{
    char question[PROJECT_PATHS_SIZE + 32], *answer = NULL;
    snprintf(question, sizeof question, "-print-file-name=%s", name);
    const char *const flags[] = {question, NULL}, *const none[] = {NULL};
    struct compiler_job asking = *job;
    struct error error;
    asking.source = "";
    asking.flags = flags;
    asking.links = none;
    path[0] = '\0';
    if (compiler_run(&asking, &answer, &error) == COMPILER_DONE && answer[0] == '/')
        snprintf(path, CRASH_PATH_SIZE, "%.*s", (int)strcspn(answer, "\n"), answer);
    free(answer);
}

/* clang by default links a static runtime, which a shared object cannot use; gcc does not have this
   file. */
static bool find_clang_runtime(const struct compiler_job *job, char path[CRASH_PATH_SIZE])
{
    struct utsname machine;
    char name[PROJECT_PATHS_SIZE];
    uname(&machine);
    snprintf(name, sizeof name, "libclang_rt.asan-%.32s.so", machine.machine);
    find_file(job, name, path);
    if (path[0] == '\0')
        find_file(job, "libclang_rt.asan.so", path);
    return path[0] != '\0';
}

void sanitize_flags_find(struct sanitize_flags *flags, const struct compiler_job *job)
{
    static const char *const always[] = {"-O0", "-fgnu89-inline", "-fsanitize=address,undefined",
                                         "-fno-sanitize=object-size"};
    char path[CRASH_PATH_SIZE];
    int count = 0;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        flags->list[count++] = always[i];
    if (find_clang_runtime(job, path)) {
        *strrchr(path, '/') = '\0';
        snprintf(flags->path, sizeof flags->path, "-Wl,-rpath,%.*s",
                 (int)sizeof flags->path - PROJECT_PATHS_SIZE, path);
        flags->list[count++] = "-shared-libasan";
        flags->list[count++] = flags->path;
    }
    flags->list[count] = NULL;
}

/* crash.c handles signals, and source_location.c finds the lines of addresses. */
#define SETTINGS                                                                             \
    "symbolize=0:color=never:print_summary=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:" \
    "handle_sigill=0:handle_abort=0:use_sigaltstack=0:allocator_may_return_null=1"

bool sanitize_settings(char **source, const char *object)
{
    static const char attributes[] =
        "__attribute__((visibility(\"default\"), no_sanitize(\"address\", \"undefined\")))";
    char *whole = NULL;
    int size =
        asprintf(&whole,
                 "%s\n"
                 "%s const char *__asan_default_options(void) { return \"" SETTINGS
                 ":verify_asan_link_order=0:detect_leaks=1:leak_check_at_exit=0:"
                 "detect_odr_violation=0:detect_stack_use_after_return=1:log_path='%s.asan'\"; }\n"
                 "%s const char *__ubsan_default_options(void) { return \"" SETTINGS
                 ":print_stacktrace=0:log_path='%s.asan'\"; }\n",
                 *source, attributes, object, attributes, object);
    if (size < 0)
        return false;
    free(*source);
    *source = whole;
    return true;
}

bool sanitize_is_missing(const char *messages, const char *compiler, struct error *error)
{
    bool missing = strstr(messages, "asan") != NULL || strstr(messages, "ubsan") != NULL;
    if (!missing ||
        (strstr(messages, "cannot find") == NULL && strstr(messages, "No such file") == NULL &&
         strstr(messages, "unable to find") == NULL))
        return false;
    error_set(error, ERROR_SYSTEM,
              "the C compiler \"%s\" has no sanitizer libraries here: install them (Debian: "
              "libgcc-12-dev for gcc 12, libclang-rt-14-dev for clang 14)",
              compiler);
    return true;
}

/* ---- the copy ---- */

enum sanitize_stage { STAGE_LOADING, STAGE_REFUSED, STAGE_LEAKS, STAGE_DONE };

/* Shared by both processes. */
struct shared_page {
    _Atomic int stage;
    struct error error; /* REFUSED */
    struct crash_record record;
};

static _Noreturn void run_copy(const struct sanitize_config *config, struct shared_page *page,
                               pid_t session)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != session)
        _exit(1);
    config->forget(config->session);
    sanitize_heap_begin();
    bool ran = config->run(config->context, &page->record, &page->error);
    fflush(NULL);
    if (!ran) {
        page->stage = STAGE_REFUSED;
        _exit(1);
    }
    page->stage = STAGE_LEAKS;
    sanitize_heap_find_leaks();
    page->stage = STAGE_DONE;
    _exit(0);
}

/* ---- the session ---- */

/* Waits for the copy. An interrupt sends it SIGINT, as to a cell, which records its position; after
   INTERRUPT_MAX_MS, SIGKILL. Returns true if interrupted. */
static bool wait_for(pid_t copy, const struct sanitize_config *config, int *status)
{
    int stopping_ms = 0;
    bool stopped = false;
    while (waitpid(copy, status, WNOHANG) == 0) {
        poll(NULL, 0, WAIT_MS);
        stopped = stopped || config->stop(config->session);
        if (!stopped)
            continue;
        if (stopping_ms % SIGNAL_MS == 0)
            kill(copy, stopping_ms < INTERRUPT_MAX_MS ? SIGINT : SIGKILL);
        stopping_ms += WAIT_MS;
    }
    return stopped;
}

/* True: nothing was found. */
static bool judge(const struct sanitize_config *config, const struct shared_page *page, pid_t copy,
                  int status, bool stopped, struct crash_report *report, struct error *error)
{
    struct sanitize_death death = {.record = &page->record, .status = status};
    if (page->stage == STAGE_REFUSED)
        return error_set(error, page->error.kind, "%s", page->error.text);
    if (page->stage == STAGE_LEAKS || page->stage == STAGE_DONE)
        death.record = NULL; /* the cell has ended; the search for leaks may fail on this system */
    if (death.record != NULL && death.record->kind == CRASH_RUNNING && stopped)
        return error_interrupted(error);
    return sanitize_report_make(config->object, copy, &death, report, error);
}

bool sanitize_run(const struct sanitize_config *config, struct crash_report *report,
                  struct error *error)
{
    struct shared_page *page =
        mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return error_memory(error, "a checked cell", sizeof *page);
    int status = 0;
    fflush(NULL);
    pid_t session = getpid(), copy = fork();
    if (copy == 0)
        run_copy(config, page, session);
    bool good = copy > 0 || error_system(error, "a process for the checked cell cannot be started");
    if (good) {
        bool stopped = wait_for(copy, config, &status);
        good = judge(config, page, copy, status, stopped, report, error);
    }
    munmap(page, sizeof *page);
    return good;
}
