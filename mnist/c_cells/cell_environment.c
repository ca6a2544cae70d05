/*
 * cell_environment - saves and restores the state of the process.
 *
 * stdin is a stream of fopencookie(3): a read that finds no rest of the last answer asks the front
 * end for a line.
 */
#include "mnist/c_cells/cell_environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/c_cells/cell_threads.h"
#include "mnist/c_cells/faults/crash.h"
#include "mnist/process/process_state.h"
#include "mnist/process/process_tree.h"

enum { FILES_KEPT = 64 }; /* descriptors that a cell cannot use: the next compiler needs some */

/* ---- stdin -------------------------------------------------------------------------------------
   */

/* Asks the front end for a line; input->line then holds it with its newline. False: out of memory.
   */
static bool ask(struct cell_input *input)
{
    struct error error;
    char *answer = NULL;
    free(input->line);
    input->line = NULL;
    input->size = input->read = 0;
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    bool answered = input->output->ask(input->output, "", false, &answer, &error);
    process_state_numbers_leave(&cell);
    if (!answered)
        crash_fail("stdin: %s", error.text);
    size_t size = strlen(answer);
    input->line = realloc(answer, size + 2);
    if (input->line == NULL)
        return false;
    input->line[size] = '\n';
    input->size = size + 1;
    return true;
}

static ssize_t read_answer(void *context, char *to, size_t size)
{
    struct cell_input *input = context;
    if (input->output == NULL || (input->read == input->size && !ask(input)))
        return 0;
    size_t left = input->size - input->read, given = left < size ? left : size;
    memcpy(to, input->line + input->read, given);
    input->read += given;
    return (ssize_t)given;
}

/* The cell has closed stdin, which must not be closed twice. */
static int note_closed(void *context)
{
    struct cell_input *input = context;
    input->file = NULL;
    return 0;
}

/* The new stdin of a cell; NULL without memory. */
static struct cell_input *open_input(struct output *output)
{
    static const cookie_io_functions_t functions = {.read = read_answer, .close = note_closed};
    struct cell_input *input = calloc(1, sizeof *input);
    if (input == NULL)
        return NULL;
    input->output = output;
    input->file = fopencookie(input, "r", functions);
    if (input->file == NULL) {
        free(input);
        return NULL;
    }
    setvbuf(input->file, NULL, _IOLBF, BUFSIZ);
    return input;
}

/* Threads that outlive the cell may still read from the stream: then it is kept, at end of file.
   The lock waits for a thread that is being answered. */
static void close_input(struct cell_input *input)
{
    if (input == NULL)
        return;
    if (input->file != NULL && cell_threads_running() > 0) {
        flockfile(input->file);
        input->output = NULL;
        funlockfile(input->file);
        return;
    }
    if (input->file != NULL)
        fclose(input->file);
    free(input->line);
    free(input);
}

/* ---- processes
   ----------------------------------------------------------------------------------- */

/* The children at the start of the cell; at most CELL_ENVIRONMENT_CHILDREN_MAX. */
static int note_children(int list[CELL_ENVIRONMENT_CHILDREN_MAX])
{
    pid_t all[PROCESS_TREE_MAX];
    int count = process_tree_list(getpid(), all);
    count = count < CELL_ENVIRONMENT_CHILDREN_MAX ? count : CELL_ENVIRONMENT_CHILDREN_MAX;
    for (int i = 0; i < count; i++)
        list[i] = all[i];
    return count;
}

static bool existed_before(const struct cell_environment *around, int pid)
{
    for (int i = 0; i < around->child_count; i++)
        if (around->children[i] == pid)
            return true;
    return false;
}

/* Kills the children that the cell has started, and their descendants. Returns their number. */
static int kill_children(const struct cell_environment *around,
                         bool (*keeps)(void *context, int pid), void *context)
{
    pid_t now[PROCESS_TREE_MAX];
    int count = process_tree_list(getpid(), now), left = 0;
    for (int i = 0; i < count; i++) {
        int status;
        if (existed_before(around, now[i]) || keeps(context, now[i]))
            continue;
        if (waitpid(now[i], &status, WNOHANG) !=
            now[i]) /* still running; a zombie has been reaped */
            now[left++] = now[i];
    }
    int killed = process_tree_end(now, left);
    for (int i = 0; i < left; i++)
        while (waitpid(now[i], NULL, 0) < 0 && errno == EINTR)
            continue;
    return killed;
}

/* ---- limits
   ---------------------------------------------------------------------------------------- */

static uint64_t memory_in_use(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%llu", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* A hard limit that the cell has lowered can only be raised by root; then the soft limit becomes as
   high as allowed. */
static void restore_limits(const struct cell_environment *around)
{
    for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit now, wanted = around->limits[i];
        if (setrlimit(i, &wanted) == 0 || getrlimit(i, &now) != 0)
            continue;
        wanted.rlim_max = now.rlim_max;
        wanted.rlim_cur = wanted.rlim_cur < now.rlim_max ? wanted.rlim_cur : now.rlim_max;
        setrlimit(i, &wanted);
    }
}

static void set_limits(struct cell_environment *around, uint64_t memory)
{
    for (unsigned i = 0; i < RLIM_NLIMITS; i++)
        getrlimit(i, &around->limits[i]);
    struct rlimit files = around->limits[RLIMIT_NOFILE], bytes = around->limits[RLIMIT_AS];
    if (files.rlim_cur > 2 * FILES_KEPT) {
        files.rlim_cur -= FILES_KEPT;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (memory == 0)
        return;
    bytes.rlim_cur = memory_in_use() + memory;
    if (bytes.rlim_cur < around->limits[RLIMIT_AS].rlim_cur)
        setrlimit(RLIMIT_AS, &bytes);
}

/* Timers that would expire during a later command. crash.c stops ITIMER_REAL, the time limit. */
static void stop_timers(void)
{
    static const struct itimerval never;
    setitimer(ITIMER_VIRTUAL, &never, NULL);
    setitimer(ITIMER_PROF, &never, NULL);
}

/* ---- begin and end
   ---------------------------------------------------------------------------------- */

void cell_environment_begin(struct cell_environment *around, struct output *output, uint64_t memory)
{
    *around = (struct cell_environment){.input_before = stdin};
    streams_begin(&around->streams);
    around->folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    around->child_count = note_children(around->children);
    sched_getaffinity(0, sizeof around->processors, &around->processors);
    around->input = open_input(output);
    if (around->input != NULL)
        stdin = around->input->file;
    set_limits(around, memory);
    process_state_enter_cell();
}

int cell_environment_stop(struct cell_environment *around, bool (*keeps)(void *context, int pid),
                          void *context)
{
    stop_timers();
    process_state_restore();
    restore_limits(around);
    return kill_children(around, keeps, context);
}

void cell_environment_end(struct cell_environment *around)
{
    close_input(around->input);
    stdin = around->input_before;
    streams_end(&around->streams);
    if (around->folder >= 0 && fchdir(around->folder) == 0)
        errno = 0;
    close(around->folder);
    sched_setaffinity(0, sizeof around->processors, &around->processors);
}
