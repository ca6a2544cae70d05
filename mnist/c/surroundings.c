/*
 * surroundings - set up, and put back.
 */
#include "mnist/c/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/c/crash.h"
#include "mnist/offspring.h"

enum {
    FILES_FROM = 100, /* copies are put where a cell will hardly close them     */
    FILES_KEPT = 64,  /* that a cell cannot open: the next cell's compiler needs some */
};

/* ---- stdin ------------------------------------------------------------------------------------- */

/* A line that the reader answers with, its end included. */
static bool ask(struct surroundings *around)
{
    struct error error;
    char *answer = NULL;
    free(around->line);
    around->line = NULL;
    around->size = around->read = 0;
    if (!around->output->ask(around->output, "", false, &answer, &error))
        crash_fail("stdin: %s", error.text);
    size_t size = strlen(answer);
    around->line = realloc(answer, size + 2);
    if (around->line == NULL)
        return false;
    around->line[size] = '\n';
    around->size = size + 1;
    return true;
}

static ssize_t read_answer(void *context, char *to, size_t size)
{
    struct surroundings *around = context;
    if (around->read == around->size && !ask(around))
        return 0;
    size_t left = around->size - around->read, given = left < size ? left : size;
    memcpy(to, around->line + around->read, given);
    around->read += given;
    return (ssize_t)given;
}

/* ---- processes ----------------------------------------------------------------------------------- */

/* Those of before, as far as there is room. */
static int note_children(int list[SURROUNDINGS_CHILDREN_MAX])
{
    pid_t all[OFFSPRING_MAX];
    int count = offspring_list(getpid(), all);
    count = count < SURROUNDINGS_CHILDREN_MAX ? count : SURROUNDINGS_CHILDREN_MAX;
    for (int i = 0; i < count; i++)
        list[i] = all[i];
    return count;
}

static bool was_there(const struct surroundings *around, int pid)
{
    for (int i = 0; i < around->child_count; i++)
        if (around->children[i] == pid)
            return true;
    return false;
}

/* What the cell has started and left, and what that has started. */
static int end_children(const struct surroundings *around, bool (*keeps)(void *context, int pid),
                        void *context)
{
    pid_t now[OFFSPRING_MAX];
    int count = offspring_list(getpid(), now), left = 0;
    for (int i = 0; i < count; i++) {
        int status;
        if (was_there(around, now[i]) || keeps(context, now[i]))
            continue;
        if (waitpid(now[i], &status, WNOHANG) != now[i]) /* else it had ended, only nobody asked */
            now[left++] = now[i];
    }
    int ended = offspring_end(now, left);
    for (int i = 0; i < left; i++)
        while (waitpid(now[i], NULL, 0) < 0 && errno == EINTR)
            continue;
    return ended;
}

/* ---- memory ---------------------------------------------------------------------------------------- */

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

static void limit_memory(struct surroundings *around, uint64_t memory)
{
    getrlimit(RLIMIT_AS, &around->memory);
    struct rlimit limit = around->memory;
    if (memory == 0)
        return;
    limit.rlim_cur = memory_in_use() + memory;
    if (limit.rlim_cur < around->memory.rlim_cur)
        setrlimit(RLIMIT_AS, &limit);
}

/* ---- files ------------------------------------------------------------------------------------------- */

static void limit_files(struct surroundings *around)
{
    getrlimit(RLIMIT_NOFILE, &around->open_files);
    struct rlimit limit = around->open_files;
    if (limit.rlim_cur <= 2 * FILES_KEPT)
        return;
    limit.rlim_cur -= FILES_KEPT;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- both ends -------------------------------------------------------------------------------------- */

void surroundings_begin(struct surroundings *around, struct output *output, uint64_t memory)
{
    static const cookie_io_functions_t functions = {.read = read_answer};
    *around = (struct surroundings){.output = output, .input_before = stdin};
    fflush(NULL);
    for (int i = 0; i < 3; i++)
        around->files[i] = fcntl(i, F_DUPFD_CLOEXEC, FILES_FROM);
    around->folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    sigprocmask(SIG_SETMASK, NULL, &around->mask);
    around->child_count = note_children(around->children);
    around->input = fopencookie(around, "r", functions);
    if (around->input != NULL) {
        setvbuf(around->input, NULL, _IOLBF, BUFSIZ);
        stdin = around->input;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    limit_files(around);
    limit_memory(around, memory);
}

static void put_back(int copy, int file)
{
    if (copy < 0)
        return;
    dup2(copy, file);
    close(copy);
}

int surroundings_end(struct surroundings *around, bool (*keeps)(void *context, int pid),
                     void *context)
{
    setrlimit(RLIMIT_AS, &around->memory);
    setrlimit(RLIMIT_NOFILE, &around->open_files);
    fflush(stdout);
    fflush(stderr);
    if (around->input != NULL)
        fclose(around->input);
    stdin = around->input_before;
    free(around->line);
    for (int i = 0; i < 3; i++)
        put_back(around->files[i], i);
    setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    clearerr(stdout);
    clearerr(stderr);
    if (around->folder >= 0 && fchdir(around->folder) == 0)
        errno = 0;
    close(around->folder);
    sigprocmask(SIG_SETMASK, &around->mask, NULL);
    return end_children(around, keeps, context);
}
