/*
 * openmp - before each fork.
 */
#include "mnist/c_cells/openmp.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

enum { PAUSE_SOFT = 1 }; /* omp_pause_soft of omp.h, OpenMP 5.0 */

/* Refused inside a parallel region, where nothing can be done. */
static void send_threads_home(void)
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
        watching = pthread_atfork(send_threads_home, NULL, NULL) == 0;
}
