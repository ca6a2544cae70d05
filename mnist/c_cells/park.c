/*
 * park - SIGTRAP, and who is asleep.
 */
#include "mnist/c_cells/park.h"

#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { RANGES_MAX = 8, QUIET_ROUNDS = 2, STEP_FLAG = 0x100, TURN_NS = 100000 };

/* Where the C library and the loader are. */
static struct {
    uintptr_t begin[RANGES_MAX], end[RANGES_MAX];
    int count;
} library;

static struct sigaction before;
static bool parking;

static int note_library(struct dl_phdr_info *info, size_t size, void *context)
{
    const char *slash = strrchr(info->dlpi_name, '/'), *name = slash != NULL ? slash + 1 : "";
    (void)size, (void)context;
    if (strncmp(name, "libc.so", 7) != 0 && strncmp(name, "ld-linux", 8) != 0)
        return 0;
    for (int i = 0; i < info->dlpi_phnum && library.count < RANGES_MAX; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0)
            continue;
        library.begin[library.count] = info->dlpi_addr + part->p_vaddr;
        library.end[library.count++] = info->dlpi_addr + part->p_vaddr + part->p_memsz;
    }
    return 0;
}

static bool in_library(uintptr_t place)
{
    for (int i = 0; i < library.count; i++)
        if (place >= library.begin[i] && place < library.end[i])
            return true;
    return false;
}

#if defined __x86_64__
static uintptr_t place_of(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

static void step(ucontext_t *context, bool on)
{
    greg_t *flags = &context->uc_mcontext.gregs[REG_EFL];
    *flags = on ? *flags | STEP_FLAG : *flags & ~(greg_t)STEP_FLAG;
}
#else
static uintptr_t place_of(const ucontext_t *context)
{
#if defined __aarch64__
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

static void step(ucontext_t *context, bool on)
{
    (void)context, (void)on;
}
#endif

static void on_trap(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    bool inside = in_library(place_of(context));
    step(context, inside);
    while (!inside)
        pause();
}

/* Not in the kernel, waiting, and not ended. */
static bool runs(pid_t thread)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)thread);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    const char *name_end = fgets(line, sizeof line, file) != NULL ? strrchr(line, ')') : NULL;
    fclose(file);
    return name_end != NULL && strncmp(name_end, ") R", 3) == 0;
}

void park_threads(const pid_t *threads, int count)
{
    const struct timespec turn = {.tv_nsec = TURN_NS};
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_RESTART};
    library.count = 0;
    dl_iterate_phdr(note_library, NULL);
    sigfillset(&action.sa_mask);
    sigaction(SIGTRAP, &action, &before);
    parking = true;
    int quiet = 0;
    for (int i = 0; i < PARK_MS * 1000000 / TURN_NS && quiet < QUIET_ROUNDS; i++) {
        quiet++;
        for (int t = 0; t < count; t++)
            if (runs(threads[t])) {
                syscall(SYS_tgkill, getpid(), threads[t], SIGTRAP);
                quiet = 0;
            }
        nanosleep(&turn, NULL);
    }
}

void park_end(void)
{
    if (parking)
        sigaction(SIGTRAP, &before, NULL);
    parking = false;
}
