/*
 * compiler - a child process with a pipe for its input and a pipe for its messages.
 *
 * Both pipes are served in one poll loop: the compiler may write messages before it has read all of
 * the source. The child has a process group of its own, so that an interrupt also ends its
 * assembler and linker. Between fork and exec only async-signal-safe functions are called: threads
 * of cells may run, and may hold locks of the C library (cell_threads.h).
 */
#include "mnist/c_cells/compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/process/spawn_program.h"

enum { ARGUMENTS_MAX = 2 * COMPILER_FLAGS_MAX + 32, POLL_MS = 50 };

struct compiler_process {
    const struct compiler_job *job;
    pid_t pid;
    int in, out; /* our ends of the pipes; -1 = closed */
    char *messages;
    size_t written, used;
};

/* -pipe: no temporary file between compiler and assembler. -fno-omit-frame-pointer: for stack
   frames in a crash report. */
static int arguments_of(const struct compiler_job *job, const char *arguments[ARGUMENTS_MAX])
{
    const char *const first[] = {job->program,
                                 "-x",
                                 "c",
                                 "-",
                                 "-o",
                                 job->object,
                                 "-shared",
                                 "-fPIC",
                                 "-pipe",
                                 "-g",
                                 "-fno-semantic-interposition",
                                 "-fno-omit-frame-pointer",
                                 job->colours ? "-fdiagnostics-color=always"
                                              : "-fdiagnostics-color=never"};
    int count = 0;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        arguments[count++] = first[i];
    for (int i = 0; job->flags[i] != NULL && i < COMPILER_FLAGS_MAX; i++)
        arguments[count++] = job->flags[i];
    for (int i = 0; job->links[i] != NULL && i < COMPILER_FLAGS_MAX / 2; i++)
        arguments[count++] = job->links[i];
    arguments[count] = NULL;
    return count;
}

static bool start_failed(const struct compiler_job *job, int number, struct error *error)
{
    errno = number;
    if (number == ENOENT)
        return error_set(
            error, ERROR_SYSTEM,
            "the C compiler \"%s\" was not found: install one (Debian: apt-get install gcc), or "
            "name another with `set c.compiler=`",
            job->program);
    return error_system(error, "the C compiler \"%s\" cannot be started", job->program);
}

static bool start(struct compiler_process *run, struct error *error)
{
    static const char *const variables[] = {"LD_PRELOAD", "LC_ALL=C.UTF-8", NULL};
    const char *arguments[ARGUMENTS_MAX];
    arguments_of(run->job, arguments);
    const struct spawn_config config = {.program = run->job->program,
                                        .arguments = arguments,
                                        .folder = run->job->folder,
                                        .variables = variables,
                                        .new_group = true};
    int number = spawn_with_pipes(&config, &run->pid, &run->in, &run->out);
    if (number != 0)
        return start_failed(run->job, number, error);
    fcntl(run->in, F_SETFL, O_NONBLOCK);
    return true;
}

static void shut(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

static void write_source(struct compiler_process *run)
{
    size_t size = strlen(run->job->source) - run->written;
    ssize_t done = write(run->in, run->job->source + run->written, size);
    if (done > 0)
        run->written += (size_t)done;
    if ((done < 0 && errno != EAGAIN && errno != EINTR) || (size_t)(done > 0 ? done : 0) == size)
        shut(&run->in);
}

/* Messages beyond COMPILER_MESSAGES_MAX are read and dropped. */
static void read_messages(struct compiler_process *run)
{
    char bytes[16 * 1024];
    ssize_t size = read(run->out, bytes, sizeof bytes);
    if (size == 0 || (size < 0 && errno != EINTR))
        shut(&run->out);
    size_t room = COMPILER_MESSAGES_MAX - run->used;
    size_t kept = size > 0 && (size_t)size < room ? (size_t)size : size > 0 ? room : 0;
    memcpy(run->messages + run->used, bytes, kept);
    run->used += kept;
}

static bool serve(struct compiler_process *run, struct error *error)
{
    while (run->out >= 0) {
        struct pollfd waits[2] = {{.fd = run->out, .events = POLLIN},
                                  {.fd = run->in, .events = POLLOUT}};
        if (run->job->stop != NULL && run->job->stop(run->job->context)) {
            kill(-run->pid, SIGKILL);
            kill(run->pid, SIGKILL);
            return error_interrupted(error);
        }
        if (poll(waits, 2, POLL_MS) <= 0)
            continue;
        if (waits[1].revents != 0)
            write_source(run);
        if (waits[0].revents != 0)
            read_messages(run);
    }
    return true;
}

static enum compiler_status judge(const struct compiler_process *run, int status,
                                  struct error *error)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return COMPILER_DONE;
    if (WIFSIGNALED(status) || run->used == 0) {
        error_set(error, ERROR_SYSTEM, "the C compiler \"%s\" failed without a message (%s %d)",
                  run->job->program, WIFSIGNALED(status) ? "signal" : "exit status",
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return COMPILER_FAILED;
    }
    return COMPILER_REFUSED;
}

enum compiler_status compiler_run(const struct compiler_job *job, char **messages,
                                  struct error *error)
{
    struct compiler_process run = {.job = job, .in = -1, .out = -1};
    enum compiler_status result = COMPILER_FAILED;
    int status = 0;
    *messages = NULL;
    run.messages = malloc(COMPILER_MESSAGES_MAX + 1);
    if (run.messages == NULL) {
        error_memory(error, "the compiler's messages", COMPILER_MESSAGES_MAX);
        return COMPILER_FAILED;
    }
    bool served = start(&run, error) && serve(&run, error);
    shut(&run.in);
    shut(&run.out);
    while (run.pid > 0 && waitpid(run.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (served)
        result = judge(&run, status, error);
    run.messages[run.used] = '\0';
    if (result == COMPILER_FAILED)
        free(run.messages);
    else
        *messages = run.messages;
    return result;
}
