/*
 * sanitize_report - the finding that ended the run comes first, then the others in their order;
 * leaks last.
 */
#include "mnist/c_cells/faults/sanitize_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mnist/c_cells/faults/sanitize_log.h"

enum { LOG_PATH_SIZE = CRASH_PATH_SIZE + 64 };

static const char *const last_line = "The session is as it was before the cell.";

static bool read_logs(struct sanitize_log *log, const char *object, pid_t process)
{
    static const char *const kinds[] = {"ubsan", "asan"};
    char folder[CRASH_PATH_SIZE], path[LOG_PATH_SIZE];
    const char *slash = strrchr(object, '/');
    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - object) : 0, object);
    bool good = true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        snprintf(path, sizeof path, "%s.%s.%ld", object, kinds[i], (long)process);
        good = sanitize_log_read(log, path, folder) && good;
        unlink(path);
    }
    return good;
}

static void put_headline(FILE *to, const struct sanitize_finding *finding)
{
    fputs(finding->title, to);
    if (finding->place.line > 0)
        fprintf(to, "%s in %s, line %d", finding->kind == SANITIZE_UNDEFINED ? "," : "",
                finding->place.file, finding->place.line);
}

static void put_finding(FILE *to, const struct sanitize_finding *finding)
{
    put_headline(to, finding);
    fputc('\n', to);
    if (finding->access[0] != '\0' || finding->memory[0] != '\0')
        fprintf(to, "%s%s%s\n", finding->access,
                finding->access[0] != '\0' && finding->memory[0] != '\0' ? ", " : "",
                finding->memory);
    fputs(finding->calls, to);
}

/* The finding that ended the run, else the first one. */
static const struct sanitize_finding *main_finding(const struct sanitize_log *log)
{
    for (int i = 0; i < log->count; i++)
        if (log->findings[i].kind == SANITIZE_MEMORY)
            return &log->findings[i];
    return log->count > 0 ? &log->findings[0] : NULL;
}

static void put_others(FILE *to, const struct sanitize_log *log,
                       const struct sanitize_finding *shown)
{
    for (int i = 0; i < log->count; i++)
        if (&log->findings[i] != shown)
            put_finding(to, &log->findings[i]);
    if (log->dropped > 0)
        fprintf(to, "... and %d more finding%s\n", log->dropped, log->dropped == 1 ? "" : "s");
}

static void put_text(FILE *to, const struct sanitize_log *log, const struct sanitize_finding *first)
{
    int others = log->count - 1 + log->dropped;
    put_headline(to, first);
    if (others > 0)
        fprintf(to, " (and %d finding%s more)", others, others > 1 ? "s" : "");
}

/* The report of findings without a crash. */
static bool report_findings(const struct sanitize_log *log, struct crash_report *report)
{
    size_t text_size, detail_size;
    const struct sanitize_finding *first = main_finding(log);
    FILE *text = open_memstream(&report->text, &text_size);
    FILE *detail = open_memstream(&report->detail, &detail_size);
    report->name = SANITIZE_ERROR;
    if (text != NULL)
        put_text(text, log, first);
    if (detail != NULL) {
        put_finding(detail, first);
        put_others(detail, log, first);
        fputs(last_line, detail);
    }
    bool good = text != NULL && fclose(text) == 0;
    return detail != NULL && fclose(detail) == 0 && good;
}

/* The report of a crash, followed by earlier findings. */
static bool report_death(const struct sanitize_log *log, const struct sanitize_death *death,
                         struct crash_report *report)
{
    size_t size;
    char *whole = NULL;
    crash_report_make(death->record, death->status, report);
    if (report->detail == NULL || log->count == 0)
        return report->detail != NULL;
    FILE *detail = open_memstream(&whole, &size);
    if (detail == NULL)
        return false;
    fprintf(detail, "%.*s", (int)(strlen(report->detail) - strlen(last_line)), report->detail);
    fputs("Before that, the sanitizers found:\n", detail);
    put_others(detail, log, NULL);
    fputs(last_line, detail);
    if (fclose(detail) != 0) {
        free(whole);
        return false;
    }
    free(report->detail);
    report->detail = whole;
    return true;
}

/* True if the process ended without a crash record: a sanitizer ended it, with a finding. */
static bool ended_by_sanitizer(const struct sanitize_death *death, const struct sanitize_log *log)
{
    const struct sanitize_finding *finding = main_finding(log);
    return death->record->kind == CRASH_RUNNING && finding != NULL &&
           finding->kind == SANITIZE_MEMORY;
}

bool sanitize_report_make(const char *object, pid_t process, const struct sanitize_death *death,
                          struct crash_report *report, struct error *error)
{
    struct sanitize_log log = {.count = 0};
    *report = (struct crash_report){0};
    bool good = read_logs(&log, object, process),
         done = good && death->record == NULL && log.count == 0;
    if (!done && good && death->record != NULL && death->record->kind == CRASH_NONE)
        error_set(error, ERROR_SYSTEM, "the sanitizers cannot start on this system: %s",
                  log.broken[0] != '\0' ? log.broken : "no message");
    else if (!done && good) {
        bool findings = death->record == NULL || ended_by_sanitizer(death, &log);
        good = findings ? report_findings(&log, report) : report_death(&log, death, report);
    }
    if (!good)
        error_memory(error, "a report", 0);
    sanitize_log_release(&log);
    return done;
}
