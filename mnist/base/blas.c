/*
 * blas - the environment at start, buffers, threads; see blas.h.
 */
#include "mnist/base/blas.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Internal functions of OpenBLAS that its builds export. Without them buffers are checked, but not
   mapped. */
extern void *blas_memory_alloc(int position) __attribute__((weak));
extern void blas_memory_free(void *buffer) __attribute__((weak));

/* ---- before OpenBLAS is initialised ---- */

#if defined(__linux__)

/* The constructor of OpenBLAS reads the environment on the stack, which has no room for another
   variable, and setenv has no effect before the constructor of the C library. One variable is
   therefore replaced until the constructors of all libraries have run. */
static char one_thread[] = "OPENBLAS_NUM_THREADS=1";
static char *displaced; /* NULL = none */

static bool is_variable(const char *text, const char *name)
{
    size_t size = strlen(name);
    return strncmp(text, name, size) == 0 && text[size] == '=';
}

/* The variable to replace: the user's setting, else one that no library reads, else the last. NULL
   if the environment is empty. */
static char **find_place(char **environment)
{
    static const char *const names[] = {"OPENBLAS_NUM_THREADS", "_", "OLDPWD", "SHLVL", "PWD"};
    char **place = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (place = environment; *place != NULL; place++)
            if (is_variable(*place, names[i]))
                return place;
    return place > environment ? place - 1 : NULL;
}

static void hold_to_one_thread(int count, char **arguments, char **environment)
{
    (void)count;
    char **place = find_place(environment);
    if (place == NULL) {
        char *const no_other[] = {one_thread, NULL};
        execve("/proc/self/exe", arguments, no_other);
        return;
    }
    displaced = *place;
    *place = one_thread;
}

__attribute__((section(".preinit_array"),
               used)) static void (*const before_libraries)(int, char **,
                                                            char **) = hold_to_one_thread;

/* The program's constructors run after those of its libraries. */
__attribute__((constructor)) static void restore_environment(void)
{
    for (char **place = environ; displaced != NULL && *place != NULL; place++)
        if (*place == one_thread)
            *place = displaced;
}

#endif

/* ---- buffers ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int buffers; /* number of buffers that OpenBLAS has mapped at least */

static bool fits(int count)
{
    size_t size = (size_t)count * BLAS_BUFFER_SIZE;
    void *probe = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED)
        return false;
    munmap(probe, size);
    return true;
}

/* OpenBLAS maps a new buffer only if all others are in use, so all are allocated at once. */
static void map_buffers(int count)
{
    void *taken[256];
    int used = 0;
    if (blas_memory_alloc == NULL || blas_memory_free == NULL)
        return;
    while (used < count && used < (int)(sizeof taken / sizeof taken[0]))
        taken[used++] = blas_memory_alloc(0);
    buffers = used;
    while (used > 0)
        blas_memory_free(taken[--used]);
}

static bool refuse(int threads, struct error *error)
{
    struct rlimit limit;
    double needed_mib = (double)threads * BLAS_BUFFER_SIZE / (1024 * 1024);
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return error_set(error, ERROR_SYSTEM,
                         "out of memory: OpenBLAS needs %.0f MiB of address space for %d thread%s",
                         needed_mib, threads, threads > 1 ? "s" : "");
    return error_set(
        error, ERROR_SYSTEM,
        "out of memory: OpenBLAS needs %.0f MiB of address space for %d thread%s, which "
        "the limit of %.0f MiB for this process (ulimit -v) does not leave; raise it",
        needed_mib, threads, threads > 1 ? "s" : "", (double)limit.rlim_cur / (1024 * 1024));
}

bool blas_reserve(int threads, struct error *error)
{
    pthread_mutex_lock(&lock);
    bool good = threads <= buffers || fits(threads - buffers);
    if (good && threads > buffers)
        map_buffers(threads);
    pthread_mutex_unlock(&lock);
    return good || refuse(threads, error);
}

/* ---- threads ---- */

bool blas_begin(int threads, int *before, struct error *error)
{
    if (!blas_reserve(threads, error))
        return false;
    *before = openblas_get_num_threads();
    if (*before != 1)
        openblas_set_num_threads(1);
    return true;
}

void blas_end(int before)
{
    if (before != 1)
        openblas_set_num_threads(before);
}
