/*
 * spawn_program - vfork and exec; see spawn_program.h.
 *
 * Between vfork and exec the child runs in the caller's memory and on its stack. It therefore only
 * makes system calls, allocates nothing and never returns; signals are blocked until their handlers
 * have been removed.
 */
#include "mnist/process/spawn_program.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- environment ---- */

static bool has_name(const char *variable, const char *name)
{
    size_t size = strcspn(name, "=");
    return strncmp(variable, name, size) == 0 && variable[size] == '=';
}

static bool is_changed(const char *variable, const char *const *changes)
{
    for (; changes != NULL && *changes != NULL; changes++)
        if (has_name(variable, *changes))
            return true;
    return false;
}

/* The list is the caller's to free; the strings are borrowed. NULL when out of memory. */
static char **make_environment(const char *const *changes)
{
    size_t count = 0, used = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    for (size_t i = 0; changes != NULL && changes[i] != NULL; i++)
        count++;
    char **list = malloc((count + 1) * sizeof *list);
    if (list == NULL)
        return NULL;
    for (size_t i = 0; environ != NULL && environ[i] != NULL; i++)
        if (!is_changed(environ[i], changes))
            list[used++] = environ[i];
    for (; changes != NULL && *changes != NULL; changes++)
        if (strchr(*changes, '=') != NULL)
            list[used++] = (char *)(uintptr_t)*changes;
    list[used] = NULL;
    return list;
}

/* ---- in the child ---- */

/* glibc's sigaction refuses the signals that it reserves for threads, which may be inherited as
   ignored. The system call takes them. A kernel's struct of zeros is SIG_DFL without flags. */
static void reset_signals(void)
{
    static const uint64_t default_action[8];
    enum { SIGNAL_SET_SIZE = 8 };
    sigset_t none;
    for (int number = 1; number <= SIGNAL_SET_SIZE * 8; number++)
        syscall(SYS_rt_sigaction, number, default_action, NULL, SIGNAL_SET_SIZE);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* files[i] becomes descriptor i. All are first moved above the targets, so that no dup2 closes a
   file that is still needed. */
static bool arrange_files(const struct spawn_config *config)
{
    int files[SPAWN_FILES_MAX];
    for (int i = 0; i < config->file_count; i++) {
        files[i] = fcntl(config->files[i], F_DUPFD_CLOEXEC, SPAWN_FILES_MAX);
        if (files[i] < 0)
            return false;
    }
    for (int i = 0; i < config->file_count; i++)
        if (dup2(files[i], i) < 0)
            return false;
    close_range((unsigned)config->file_count, ~0U, 0); /* without it: all but close-on-exec files */
    return true;
}

static _Noreturn void become(const struct spawn_config *config, char **environment, pid_t caller,
                             volatile int *failure)
{
    if (config->end_with_caller) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != caller)
            _exit(127); /* the caller ended before prctl */
    }
    if (config->new_group)
        setpgid(0, 0);
    reset_signals();
    if ((config->folder == NULL || chdir(config->folder) == 0) && arrange_files(config))
        execvpe(config->program, (char *const *)(uintptr_t)config->arguments, environment);
    *failure = errno;
    _exit(127);
}

/* ---- in the caller ---- */

int spawn_program(const struct spawn_config *config, pid_t *pid)
{
    assert(config->program != NULL && config->arguments != NULL && config->files != NULL);
    assert(config->file_count >= 3 && config->file_count <= SPAWN_FILES_MAX);
    volatile int failure = 0;
    sigset_t all, before;
    char **environment = make_environment(config->variables);
    if (environment == NULL)
        return ENOMEM;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t caller = getpid(), child = vfork();
    if (child == 0)
        become(config, environment, caller, &failure);
    int number = child < 0 ? errno : failure;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(environment);
    if (child > 0 && number != 0)
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            continue;
    *pid = number == 0 ? child : 0;
    return number;
}

int spawn_with_pipes(const struct spawn_config *config, pid_t *pid, int *in, int *out)
{
    int to_child[2], from_child[2];
    assert(config->files == NULL);
    *pid = 0;
    *in = *out = -1;
    if (pipe2(to_child, O_CLOEXEC) != 0)
        return errno;
    int number = pipe2(from_child, O_CLOEXEC) == 0 ? 0 : errno;
    if (number != 0) {
        close(to_child[0]);
        close(to_child[1]);
        return number;
    }
    const int files[] = {to_child[0], from_child[1], from_child[1]};
    struct spawn_config piped = *config;
    piped.files = files;
    piped.file_count = 3;
    number = spawn_program(&piped, pid);
    close(to_child[0]);
    close(from_child[1]);
    if (number != 0) {
        close(to_child[1]);
        close(from_child[0]);
        return number;
    }
    *in = to_child[1];
    *out = from_child[0];
    return 0;
}
