/*
 * crash_frames - backtrace(3), the registers of a signal's context, and dl_iterate_phdr(3).
 */
#include "mnist/c_cells/faults/crash_frames.h"

#include <execinfo.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void crash_frames_prepare(void)
{
    void *frames[4];
    backtrace(frames, 4);
}

void crash_frames_record(struct crash_record *record, uint64_t pc)
{
    void *frames[CRASH_FRAMES_MAX];
    int count = backtrace(frames, CRASH_FRAMES_MAX);
    record->count = record->skip = 0;
    for (int i = 0; i < count; i++) {
        if (pc != 0 && (uint64_t)(uintptr_t)frames[i] == pc)
            record->skip = i;
        record->frames[record->count++] = (uint64_t)(uintptr_t)frames[i];
    }
    if (pc != 0 && record->skip == 0) { /* the unwinder did not get past the handler */
        record->count = 1;
        record->frames[0] = pc;
    }
}

struct crash_hit crash_hit_of(const ucontext_t *context)
{
#if defined __x86_64__
    const greg_t *registers = context->uc_mcontext.gregs;
    return (struct crash_hit){(uint64_t)registers[REG_RIP], (uint64_t)registers[REG_RSP]};
#elif defined __aarch64__
    return (struct crash_hit){context->uc_mcontext.pc, context->uc_mcontext.sp};
#else
    (void)context;
    return (struct crash_hit){0, 0};
#endif
}

static int find_object(struct dl_phdr_info *info, size_t size, void *context)
{
    struct crash_record *record = context;
    (void)size;
    if (strcmp(info->dlpi_name, record->object) != 0)
        return 0;
    record->base = info->dlpi_addr;
    record->size = 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD &&
            info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz > record->size)
            record->size = info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    return 1;
}

void crash_frames_object(struct crash_record *record, const char *object)
{
    snprintf(record->object, sizeof record->object, "%s", object);
    record->size = 0;
    dl_iterate_phdr(find_object, record);
}
