/*
 * openmp - a handler of pthread_atfork(3), which finds the runtime's function by name: cells may or
 * may not have loaded the runtime.
 */
#include "mnist/c_cells/openmp.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

enum { PAUSE_SOFT = 1 }; /* omp_pause_soft of omp.h, OpenMP 5.0 */

/* Fails inside a parallel region; then the fork is not usable for OpenMP. */
static void end_threads(void)
{
    int (*pause)(int kind);
    *(void **)&pause = dlsym(RTLD_DEFAULT, "omp_pause_resource_all");
    if (pause != NULL)
        (void)pause(PAUSE_SOFT);
}

void openmp_watch_forks(void)
{
    static bool watching;
    if (!watching)
        watching = pthread_atfork(end_threads, NULL, NULL) == 0;
}
