/*
 * crash_report - a crash record in words: which signal, which line, who called.
 *
 * Addresses become lines by DWARF (elfutils' libdwfl). The object of the cell that crashed is read from its file; earlier
 * cells' are loaded here, too, at the same addresses, since this process is a copy of the one that died.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "mnist/c/crash.h"
#include "mnist/c/unit.h"

enum { SHOWN_MAX = 12, INLINED_MAX = 16, LINE_SIZE = 256, NAME_SIZE = 128 };

struct place {
    char function[NAME_SIZE]; /* "" = the cell's own statements, or not known  */
    char file[NAME_SIZE];     /* "cell 3"; "" = no cell's                      */
    char object[CRASH_PATH_SIZE];
    int line;
};

static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .section_address = dwfl_offline_section_address};

/* "" for the function that holds a cell's statements. */
static void take_name(struct place *place, const char *name)
{
    if (strncmp(name, UNIT_ENTRY, strlen(UNIT_ENTRY)) == 0)
        name = "";
    if (strcmp(name, "mnist_main_") == 0)
        name = "main";
    snprintf(place->function, sizeof place->function, "%s", name);
}

static void take_file(struct place *place, const char *file)
{
    const char *base = file != NULL ? strrchr(file, '/') : NULL;
    snprintf(place->file, sizeof place->file, "%s",
             base != NULL   ? base + 1
             : file != NULL ? file
                            : "");
}

/* Where in the source the call stands that was inlined here. */
static void take_call(struct place *place, Dwarf_Die *unit, Dwarf_Die *inlined)
{
    Dwarf_Attribute attribute;
    Dwarf_Word line, number;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0)
        place->line = (int)line;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &number) == 0 &&
        dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count)
        take_file(place, dwarf_filesrc(files, number, NULL, NULL));
}

/* The functions that the address is in, from the innermost inlined one to the one that has a frame. Returns how many. */
static int take_functions(struct place *places, Dwarf_Die *unit, Dwarf_Addr address)
{
    Dwarf_Die *innermost = NULL, *scopes = NULL;
    int count = unit != NULL ? dwarf_getscopes(unit, address, &innermost) : 0, found = 0;
    if (count >
        0) /* its own chain leads from an inlined function to where that was written, not to its caller */
        count = dwarf_getscopes_die(&innermost[0], &scopes);
    free(innermost);
    for (int i = 0; i < count && found < INLINED_MAX; i++) {
        int tag = dwarf_tag(&scopes[i]);
        const char *name = dwarf_diename(&scopes[i]);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        take_name(&places[found], name != NULL ? name : "");
        found++;
        if (tag == DW_TAG_subprogram || found == INLINED_MAX)
            break;
        places[found] = places[found - 1];
        take_call(&places[found], unit, &scopes[i]);
    }
    free(scopes);
    return found;
}

/* offset: of the object's beginning, as the loader maps it. Returns how many of places are filled; 0 = no cell's. */
static int look_up(struct place places[INLINED_MAX], const char *object, uint64_t offset)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);
    Dwfl_Module *module = dwfl != NULL ? dwfl_report_offline(dwfl, "", object, -1) : NULL;
    int count = 0;
    if (module != NULL && dwfl_report_end(dwfl, NULL, NULL) == 0) {
        Dwarf_Addr start, bias;
        dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
        Dwfl_Line *line = dwfl_module_getsrc(module, start + offset);
        if (line != NULL)
            take_file(&places[0], dwfl_lineinfo(line, NULL, &places[0].line, NULL, NULL, NULL));
        snprintf(places[0].object, sizeof places[0].object, "%s", object);
        Dwarf_Die *unit = dwfl_module_addrdie(module, start + offset, &bias);
        count = take_functions(places, unit, start + offset - bias);
        if (line == NULL || strncmp(places[0].file, "cell", 4) != 0)
            count = 0;
    }
    dwfl_end(dwfl);
    return count;
}

/* The user's functions at a frame; 0 = it is none of the user's, then the first place may have a function's name. A call's
   return address is behind the call: its line is that of the byte before. */
static int places_of(const struct crash_record *record, int index, struct place places[INLINED_MAX])
{
    uint64_t address = record->frames[index] - (index > record->skip ? 1 : 0);
    Dl_info info;
    places[0] = (struct place){.line = 0};
    if (record->object[0] != '\0' && address >= record->base &&
        address < record->base + record->size)
        return look_up(places, record->object, address - record->base);
    if (dladdr((void *)(uintptr_t)address, &info) == 0 || info.dli_fname == NULL)
        return 0;
    if (strstr(info.dli_fname, "/cell-") != NULL)
        return look_up(places, info.dli_fname, address - (uint64_t)(uintptr_t)info.dli_fbase);
    if (info.dli_sname != NULL)
        snprintf(places[0].function, sizeof places[0].function, "%s", info.dli_sname);
    return 0;
}

/* The line's text, without what it is indented by; "" if it cannot be read. */
static void text_of(const struct place *place, char text[LINE_SIZE])
{
    char path[CRASH_PATH_SIZE + NAME_SIZE], line[LINE_SIZE] = "";
    const char *slash = strrchr(place->object, '/');
    snprintf(path, sizeof path, "%.*s/%s", slash != NULL ? (int)(slash - place->object) : 0,
             place->object, place->file);
    FILE *file = fopen(path, "r");
    text[0] = '\0';
    for (int i = 0; file != NULL && i < place->line; i++)
        if (fgets(line, sizeof line, file) == NULL)
            line[0] = '\0';
    if (file != NULL)
        fclose(file);
    const char *begin = line + strspn(line, " \t");
    snprintf(text, LINE_SIZE, "%.*s", (int)strcspn(begin, "\r\n"), begin);
}

static void put_place(FILE *to, const struct place *place)
{
    char text[LINE_SIZE];
    text_of(place, text);
    fprintf(to, "  %s, line %d", place->file, place->line);
    if (place->function[0] != '\0')
        fprintf(to, ", in %s", place->function);
    fprintf(to, ":\n      %s\n", text);
}

static bool same_place(const struct place *a, const struct place *b)
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

struct telling {
    FILE *to;
    int count, shown, repeated;
    struct place first, last;
};

static void tell_place(struct telling *t, const struct place *place)
{
    if (t->count == 0)
        t->first = *place;
    bool again = t->count > 0 && same_place(place, &t->last);
    t->repeated += again;
    if (!again) {
        put_repeated(t->to, t->repeated);
        t->repeated = 0;
        if (t->shown++ < SHOWN_MAX)
            put_place(t->to, place);
    }
    t->last = *place;
    t->count++;
}

/* The calls that are the user's, innermost first. inside: the function of a library in which it happened; or "". */
static void tell_places(struct telling *t, const struct crash_record *record,
                        char inside[NAME_SIZE])
{
    struct place places[INLINED_MAX];
    inside[0] = '\0';
    for (int i = record->skip; i < record->count; i++) {
        int count = places_of(record, i, places);
        for (int p = 0; p < count; p++)
            tell_place(t, &places[p]);
        if (count == 0 && t->count == 0 && inside[0] == '\0')
            snprintf(inside, NAME_SIZE, "%s", places[0].function);
    }
    put_repeated(t->to, t->repeated);
    if (t->shown > SHOWN_MAX)
        fprintf(t->to, "  ... and %d calls more\n", t->shown - SHOWN_MAX);
}

struct meaning {
    int signal;
    const char *name, *text;
};

static const struct meaning meanings[] = {
    {SIGSEGV, "SIGSEGV", "segmentation fault"},
    {SIGBUS, "SIGBUS", "bus error"},
    {SIGFPE, "SIGFPE", "arithmetic that has no result"},
    {SIGILL, "SIGILL", "illegal instruction"},
    {SIGABRT, "SIGABRT", "aborted"},
    {SIGSYS, "SIGSYS", "bad system call"},
    {SIGTRAP, "SIGTRAP", "trap"},
    {SIGKILL, "SIGKILL", "killed: out of memory?"},
};

static const struct meaning *meaning_of(int number)
{
    static const struct meaning unknown = {0, "Signal", "killed by a signal"};
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].signal == number)
            return &meanings[i];
    return &unknown;
}

/* "segmentation fault: NULL is no address to read or write" */
static void put_what(FILE *to, const struct crash_record *record)
{
    fputs(meaning_of(record->signal)->text, to);
    if (record->signal == SIGFPE && record->code == FPE_INTDIV)
        fputs(": a whole number divided by zero", to);
    if (record->signal == SIGSEGV && record->overflow)
        fputs(": the stack overflowed (too many calls, or too large a local array)", to);
    else if (record->signal == SIGSEGV && record->address < 4096)
        fprintf(to, ": NULL%s",
                record->address > 0 ? ", or near it, is no address" : " is no address");
    else if (record->signal == SIGSEGV || record->signal == SIGBUS)
        fprintf(to, ": address 0x%llx", (unsigned long long)record->address);
}

static const char *put_headline(FILE *to, const struct crash_record *record, int status)
{
    switch ((enum crash_kind)record->kind) {
    case CRASH_SIGNAL: put_what(to, record); return meaning_of(record->signal)->name;
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
        fputs(meaning_of(WTERMSIG(status))->text, to);
        return meaning_of(WTERMSIG(status))->name;
    }
    fprintf(to, "the cell ended its process (exit status %d)", WEXITSTATUS(status));
    return "Exit";
}

void crash_tell(const struct crash_record *record, int status, struct crash_report *report)
{
    char *head = NULL, *calls = NULL;
    size_t head_size, calls_size;
    struct telling telling = {.count = 0};
    char inside[NAME_SIZE] = "";
    *report = (struct crash_report){.name = "Crash"};
    FILE *head_file = open_memstream(&head, &head_size);
    FILE *calls_file = open_memstream(&calls, &calls_size);
    telling.to = calls_file;
    if (calls_file != NULL && record->kind != CRASH_RUNNING)
        tell_places(&telling, record, inside);
    const struct place first = telling.first;
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
        asprintf(&report->detail, "%s\n%sThe session is as it was before the cell.", report->text,
                 calls) < 0)
        report->detail = NULL;
    free(calls);
}

void crash_report_release(struct crash_report *report)
{
    free(report->text);
    free(report->detail);
    *report = (struct crash_report){0};
}
