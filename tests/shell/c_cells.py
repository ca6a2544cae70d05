"""c_cells - C cells that several test files run."""


SLEEP = """%%c
#include <stdio.h>
#include <unistd.h>
puts("sleeps");
fflush(stdout);
sleep(1000);
"""
SPIN = """%%c
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int done = 0;
volatile long turns[3];
void *spin(void *number) { puts("in"); for (;;) turns[(long)number]++; return 0; }
void start(int count)
{
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        pthread_create(&thread, 0, spin, (void *)i);
    }
}

"""


THREADS_RUN = """%%c
#include <dirent.h>
int tasks = -2;
DIR *folder = opendir("/proc/self/task");
while (readdir(folder)) tasks++;
tasks > 2 && done == 7 && turns[0] > 0

"""


PLUGINS = """%%c
#include <mnist.h>
#include <stdio.h>
#include <stdlib.h>
int calls = 0;
/* Says how often it was called. */
void count(const struct mnist_call *call) { printf("%d of %g\\n", ++calls, mnist_number(call, "of")); }
register_command(count, "of=3");
void crash(const struct mnist_call *call) { calls = 100; abort(); }
register_command(crash);
void endless(const struct mnist_call *call) { puts("begun"); for (;;) calls = 200; }
register_command(endless);
"""
