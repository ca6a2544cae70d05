/*
 * crash_report - makes the error from a crash record: which signal, which line, which calls.
 *
 * source_location.h turns addresses into lines. The object of the cell that crashed is read from
 * its file; objects of earlier cells are loaded in this process at the same addresses, because it
 * is a copy of the process that died.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "mnist/c_cells/faults/crash.h"
#include "mnist/c_cells/source_location.h"

enum { SHOWN_MAX = 12 };

/* The cells' functions at a frame. 0 = not in a cell; then the first place may have the name of a
   library function. A return address is the byte after the call: the byte before it has the call's
   line. */
static int places_of(const struct crash_record *record, int index,
                     struct source_location places[SOURCE_LOCATIONS_MAX])
{
    uint64_t address = record->frames[index] - (index > record->skip ? 1 : 0);
    Dl_info info;
    places[0] = (struct source_location){.line = 0};
    if (record->object[0] != '\0' && address >= record->base &&
        address < record->base + record->size)
        return source_location_look_up(places, record->object, address - record->base);
    if (dladdr((void *)(uintptr_t)address, &info) == 0 || info.dli_fname == NULL)
        return 0;
    if (strstr(info.dli_fname, "/cell-") != NULL)
        return source_location_look_up(places, info.dli_fname,
                                       address - (uint64_t)(uintptr_t)info.dli_fbase);
    if (info.dli_sname != NULL)
        snprintf(places[0].function, sizeof places[0].function, "%s", info.dli_sname);
    return 0;
}

static bool same_place(const struct source_location *a, const struct source_location *b)
{
    return a->line == b->line && strcmp(a->file, b->file) == 0 &&
           strcmp(a->function, b->function) == 0;
}

static void put_repeated(FILE *to, int count)
{
    if (count > 0)
        fprintf(to, "  ... the same call, %d times%s\n", count,
                count > CRASH_FRAMES_MAX / 2 ? " and more" : "");
}

struct traceback {
    FILE *to;
    int count, shown, repeated;
    struct source_location first, last;
};

static void add_place(struct traceback *t, const struct source_location *place)
{
    if (t->count == 0)
        t->first = *place;
    bool again = t->count > 0 && same_place(place, &t->last);
    t->repeated += again;
    if (!again) {
        put_repeated(t->to, t->repeated);
        t->repeated = 0;
        if (t->shown++ < SHOWN_MAX)
            source_location_put(t->to, place);
    }
    t->last = *place;
    t->count++;
}

/* The calls in cells, innermost first. inside: the library function that the innermost call is in;
   or "". */
static void write_traceback(struct traceback *t, const struct crash_record *record,
                            char inside[SOURCE_LOCATION_NAME_SIZE])
{
    struct source_location places[SOURCE_LOCATIONS_MAX];
    inside[0] = '\0';
    for (int i = record->skip; i < record->count; i++) {
        int count = places_of(record, i, places);
        for (int p = 0; p < count; p++)
            add_place(t, &places[p]);
        if (count == 0 && t->count == 0 && inside[0] == '\0')
            snprintf(inside, SOURCE_LOCATION_NAME_SIZE, "%s", places[0].function);
    }
    put_repeated(t->to, t->repeated);
    if (t->shown > SHOWN_MAX)
        fprintf(t->to, "  ... and %d more call%s\n", t->shown - SHOWN_MAX,
                t->shown - SHOWN_MAX == 1 ? "" : "s");
}

struct signal_text {
    int signal;
    const char *name, *text;
};

static const struct signal_text signal_texts[] = {
    {SIGSEGV, "SIGSEGV", "segmentation fault"},
    {SIGBUS, "SIGBUS", "bus error"},
    {SIGFPE, "SIGFPE", "arithmetic error"},
    {SIGILL, "SIGILL", "illegal instruction"},
    {SIGABRT, "SIGABRT", "aborted"},
    {SIGSYS, "SIGSYS", "bad system call"},
    {SIGTRAP, "SIGTRAP", "trap"},
    {SIGKILL, "SIGKILL", "killed: out of memory?"},
};

static const struct signal_text *text_of_signal(int number)
{
    static const struct signal_text unknown = {0, "Signal", "killed by a signal"};
    for (size_t i = 0; i < sizeof signal_texts / sizeof *signal_texts; i++)
        if (signal_texts[i].signal == number)
            return &signal_texts[i];
    return &unknown;
}

/* "segmentation fault: NULL pointer dereference" */
static void put_what(FILE *to, const struct crash_record *record)
{
    fputs(text_of_signal(record->signal)->text, to);
    if (record->signal == SIGFPE && record->code == FPE_INTDIV)
        fputs(": integer division by zero", to);
    if (record->signal == SIGSEGV && record->overflow)
        fputs(": the stack overflowed (too many calls, or too large a local array)", to);
    else if (record->signal == SIGSEGV && record->address == 0)
        fputs(": NULL pointer dereference", to);
    else if (record->signal == SIGSEGV && record->address < 4096)
        fprintf(to, ": NULL pointer dereference (address 0x%llx)",
                (unsigned long long)record->address);
    else if (record->signal == SIGSEGV || record->signal == SIGBUS)
        fprintf(to, ": address 0x%llx", (unsigned long long)record->address);
}

static const char *put_headline(FILE *to, const struct crash_record *record, int status)
{
    switch ((enum crash_kind)record->kind) {
    case CRASH_SIGNAL: put_what(to, record); return text_of_signal(record->signal)->name;
    case CRASH_EXIT: fprintf(to, "the cell called exit(%d)", record->status); return "Exit";
    case CRASH_INTERRUPT: fputs("interrupted", to); return "KeyboardInterrupt";
    case CRASH_TIMEOUT:
        fprintf(to, "the cell took longer than %d s (`set c.time=`)", record->status);
        return "TimeoutError";
    case CRASH_MISUSE: fputs(record->message, to); return "UsageError";
    case CRASH_NONE:
    case CRASH_RUNNING: break;
    }
    if (WIFSIGNALED(status)) {
        fputs(text_of_signal(WTERMSIG(status))->text, to);
        return text_of_signal(WTERMSIG(status))->name;
    }
    fprintf(to, "the cell ended its process (exit status %d)", WEXITSTATUS(status));
    return "Exit";
}

/* A copy with valid sizes and terminated strings: the cell that died could write into the record.
   */
static struct crash_record trusted(const struct crash_record *record)
{
    struct crash_record r = *record;
    r.count = r.count < 0 ? 0 : r.count > CRASH_FRAMES_MAX ? CRASH_FRAMES_MAX : r.count;
    r.skip = r.skip < 0 ? 0 : r.skip;
    r.object[CRASH_PATH_SIZE - 1] = r.message[CRASH_MESSAGE_SIZE - 1] = '\0';
    return r;
}

void crash_report_make(const struct crash_record *given, int status, struct crash_report *report)
{
    const struct crash_record copy = trusted(given), *record = &copy;
    char *head = NULL, *calls = NULL;
    size_t head_size, calls_size;
    struct traceback traceback = {.count = 0};
    char inside[SOURCE_LOCATION_NAME_SIZE] = "";
    *report =
        (struct crash_report){.name = "Crash", .interrupted = record->kind == CRASH_INTERRUPT};
    FILE *head_file = open_memstream(&head, &head_size);
    FILE *calls_file = open_memstream(&calls, &calls_size);
    traceback.to = calls_file;
    if (calls_file != NULL && record->kind != CRASH_NONE && record->kind != CRASH_RUNNING)
        write_traceback(&traceback, record, inside);
    const struct source_location first = traceback.first;
    if (head_file != NULL) {
        report->name = put_headline(head_file, record, status);
        if (first.line > 0)
            fprintf(head_file, ", in %s, line %d", first.file, first.line);
        if (record->kind == CRASH_SIGNAL && inside[0] != '\0' && record->signal != SIGABRT)
            fprintf(head_file, " (inside %s)", inside);
        if (record->thread)
            fputs(", in a thread", head_file);
    }
    if (head_file != NULL && fclose(head_file) == 0)
        report->text = head;
    if (calls_file != NULL && fclose(calls_file) == 0 && report->text != NULL &&
        asprintf(&report->detail, "%s\n%sThe session is as it was before %s.", report->text, calls,
                 record->threads_before > 0 ? "the running threads were started" : "the cell") < 0)
        report->detail = NULL;
    free(calls);
}

void crash_report_release(struct crash_report *report)
{
    free(report->text);
    free(report->detail);
    *report = (struct crash_report){0};
}
