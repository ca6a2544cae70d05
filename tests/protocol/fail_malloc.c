/*
 * fail_malloc - makes allocations of the front process fail; a library for LD_PRELOAD.
 *
 * While the file $FAIL_MALLOC exists, every $FAIL_MALLOC_EVERY-th call of malloc, calloc and
 * realloc returns NULL, if it is made in the main thread of mnist-kernel by its own code, jansson
 * or OpenSSL. Calls by ZeroMQ and the C library succeed: ZeroMQ ends the process when memory runs
 * out.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static __thread int inside;

static int caller_counts(void *caller)
{
    Dl_info info;
    if (dladdr(caller, &info) == 0 || info.dli_fname == NULL)
        return 0;
    return strstr(info.dli_fname, "mnist-kernel") != NULL ||
           strstr(info.dli_fname, "jansson") != NULL || strstr(info.dli_fname, "crypto") != NULL;
}

static int fails(void *caller)
{
    static long every, count;
    static const char *file;
    if (inside || getpid() != gettid())
        return 0;
    inside = 1;
    if (every == 0) {
        const char *text = getenv("FAIL_MALLOC_EVERY");
        every = text != NULL && strcmp(program_invocation_short_name, "mnist-kernel") == 0
                    ? strtol(text, NULL, 10)
                    : -1;
        file = getenv("FAIL_MALLOC");
    }
    int saved = errno;
    int failed = every > 0 && file != NULL && caller_counts(caller) && access(file, F_OK) == 0 &&
                 ++count % every == 0;
    errno = failed ? ENOMEM : saved;
    inside = 0;
    return failed;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}
